"""Which of several predictions is better: paired differences, each with its interval.

All predictions are scored with the same weights in every replicate, so that what makes a recording hard for all of them
cancels out. One is called better only where the interval of the difference does not hold zero. Intervals are not
widened for the number of pairs: among twenty pairs of equals, one will look different.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import Statistic, tails
from canopy.evaluation.metrics.boxes import box_scores
from canopy.evaluation.metrics.ranking import RankedLabels, curve_areas
from canopy.inference.framewise import Framewise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
COLUMNS = ["metric", "first", "second", "difference", "low", "high", "better", "n"]


def compare(
    statistics: Mapping[str, Mapping[str, Statistic]], weights: Floats, *, n: int, level: float = 0.95
) -> pd.DataFrame:
    """Compare predictions in pairs.

    Parameters
    ----------
    statistics : mapping of str to mapping of str to callable
        For each prediction, by metric: from weights (n_rows, n_replicates) to (n_replicates,).
    weights : ndarray, shape (n_rows, n_replicates)
    n : int
        Recordings behind the figures.
    level : float

    Returns
    -------
    DataFrame
        metric, first, second, difference (first minus second), low, high, better (the name of the better one, empty
        where the interval holds zero), n. Pairs that have no value are left out.
    """
    values = {
        name: {metric: np.append(one(np.ones((len(weights), 1))), one(weights)) for metric, one in by_metric.items()}
        for name, by_metric in statistics.items()
    }
    rows = []
    for metric in dict.fromkeys(metric for by_metric in statistics.values() for metric in by_metric):
        for first, second in combinations([name for name in values if metric in values[name]], 2):
            drawn = values[first][metric] - values[second][metric]
            if np.isnan(drawn).any():
                continue
            low, high = np.quantile(drawn[1:], tails(weights, level=level))
            better = first if low > 0 else second if high < 0 else ""
            rows.append((metric, first, second, drawn[0], low, high, better, n))
    return pd.DataFrame(rows, columns=COLUMNS)


def recording_statistics(truth: Flags, known: Flags, logits: Floats) -> dict[str, Statistic]:
    """Return LWLRAP and, over the recordings whose labels are known, mean average precision and ROC AUC of species.

    Parameters
    ----------
    truth, known : ndarray of bool, shape (n_recordings, n_species)
    logits : ndarray, shape (n_recordings, n_species)
    """
    rows = [np.flatnonzero(known[:, column]) for column in range(known.shape[1])]
    items = [(truth[of, column], logits[of, column], of) for column, of in enumerate(rows)]
    return {"lwlrap": RankedLabels.of(truth, logits).overall, **mean_curves(items)}


def box_statistics(
    boxes: pd.DataFrame, framewise: Framewise, recording_ids: Sequence[str], species: Sequence[str]
) -> dict[str, Statistic]:
    """Return mean average precision and ROC AUC of species inside true against false boxes (polarity +1 and -1)."""
    row = pd.Index(list(recording_ids)).get_indexer(pd.Index(boxes.recording_id))
    logits = box_scores(boxes, framewise, list(species))
    true = boxes.polarity.to_numpy() > 0
    of_species = [boxes.species.to_numpy() == name for name in species]
    curves = mean_curves([(true[of], logits[of], row[of]) for of in of_species])
    return {f"box_{name}": statistic for name, statistic in curves.items()}


def mean_curves(items: Sequence[tuple[Flags, Floats, NDArray[np.int64]]]) -> dict[str, Statistic]:
    """Return the means over species of average precision and ROC AUC; of (truth, scores, row) for each species.

    Species without both kinds are left out; nothing is returned where none is left.
    """
    kept = [item for item in items if item[0].any() and not item[0].all()]
    if not kept:
        return {}

    def mean(which: int) -> Statistic:
        return lambda weights: np.mean(
            [curve_areas(truth, scores, weights[row])[which] for truth, scores, row in kept], axis=0
        )

    return {"average_precision": mean(0), "roc_auc": mean(1)}
