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

from canopy.evaluation.metrics.bootstrap import Statistic, groups_behind, n_groups, span
from canopy.evaluation.metrics.boxes import box_scores
from canopy.evaluation.metrics.ranking import RankedLabels, curve_areas
from canopy.evaluation.metrics.windows import Windows
from canopy.inference.framewise import Framewise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
COLUMNS = ["metric", "first", "second", "difference", "low", "high", "better", "n"]


def compare(
    statistics: Mapping[str, Mapping[str, Statistic]],
    weights: Floats,
    *,
    n: int,
    behind: Mapping[str, int] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare predictions in pairs.

    Parameters
    ----------
    statistics : mapping of str to mapping of str to callable
        For each prediction, by metric: from weights (n_rows, n_replicates) to (n_replicates,).
    weights : ndarray, shape (n_rows, n_replicates)
    n : int
        Recordings behind the figures.
    behind : mapping of str to int, optional
        The groups that each metric rests on, of `recordings_behind` and `boxes_behind`; all without it.
    level : float

    Returns
    -------
    DataFrame
        metric, first, second, difference (first minus second), low, high, better (the name of the better one, empty
        where the interval holds zero, or where too few groups are behind it to have one), n. Pairs that have no value
        are left out.
    """
    values = {
        name: {metric: np.append(one(np.ones((len(weights), 1))), one(weights)) for metric, one in by_metric.items()}
        for name, by_metric in statistics.items()
    }
    every, behind = n_groups(weights), behind or {}
    rows = []
    for metric in dict.fromkeys(metric for by_metric in statistics.values() for metric in by_metric):
        for first, second in combinations([name for name in values if metric in values[name]], 2):
            drawn = values[first][metric] - values[second][metric]
            if np.isnan(drawn).any():
                continue
            low, high = span(drawn[1:], drawn[0], behind.get(metric, every), level=level)
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


def recordings_behind(truth: Flags, known: Flags, weights: Floats) -> dict[str, int]:
    """Return how many groups are behind the figures of `recording_statistics`: of the rarer kind of recordings.

    Windows of time are of both kinds wherever a species calls.
    """
    kinds = [(truth & known).any(axis=1), (~truth & known).any(axis=1)]
    curves = min(groups_behind(of, weights)[0] for of in kinds)
    labelled = groups_behind(truth.any(axis=1), weights)[0]
    over_time = min(groups_behind(of, weights)[0] for of in (kinds[0], known.any(axis=1)))
    return {
        "lwlrap": int(labelled),
        **dict.fromkeys(("average_precision", "roc_auc"), int(curves)),
        **dict.fromkeys(("window_average_precision", "window_roc_auc"), int(over_time)),
    }


def boxes_behind(boxes: pd.DataFrame, recording_ids: Sequence[str], weights: Floats) -> dict[str, int]:
    """Return how many groups are behind the figures of `box_statistics`: of the rarer kind of boxes."""
    row = pd.Index(list(recording_ids)).get_indexer(pd.Index(boxes.recording_id))
    true = boxes.polarity.to_numpy() > 0
    n = min(n_groups(weights[row[kind]]) for kind in (true, ~true))
    return {"box_average_precision": n, "box_roc_auc": n}


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


def window_statistics(cut: Windows) -> dict[str, Statistic]:
    """Return mean average precision and ROC AUC of species over windows of time, where recordings were reviewed."""
    return {f"window_{name}": statistic for name, statistic in mean_curves(cut.items()).items()}


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
