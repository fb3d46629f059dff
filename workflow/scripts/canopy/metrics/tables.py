"""Tables of metrics: `metric, species, value, low, high, n`, one row per number.

| metric | over | where |
| --- | --- | --- |
| lwlrap | labels ranked within their recording, what is not labelled taken as absent | everywhere |
| box_average_precision, box_roc_auc | true-positive against false-positive boxes of a species | partly labelled data |
| average_precision, roc_auc | recordings that were reviewed for a species | where any were |
| accuracy | recordings whose own species scores highest | where each has exactly one label, and all are known |

An empty species marks the overall figure; for all but LWLRAP that is the mean over the species that have both kinds.
`n` counts the recordings behind a number.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.framewise import Framewise
from canopy.metrics import boxes as in_boxes
from canopy.metrics.accuracy import accuracy_rows
from canopy.metrics.bootstrap import Estimate, bayesian_weights, interval
from canopy.metrics.ranking import RankedLabels, curve_areas
from canopy.metrics.truth import check_species, label_matrix, reviewed_matrix
from canopy.scores import species_of

Floats = NDArray[np.float64]
COLUMNS = ["metric", "species", "value", "low", "high", "n"]


def oof_metrics(
    scores: pd.DataFrame,
    framewise: Framewise,
    *,
    annotations: pd.DataFrame,
    train_recordings: pd.DataFrame,
    replicates: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Return the metrics of out-of-fold predictions on partly or completely labelled data.

    Parameters
    ----------
    scores : DataFrame
        recording_id and one column of logits per species.
    framewise : Framewise
        Of the same recordings and species.
    annotations : DataFrame
        recording_id, species, onset_s, offset_s, polarity; boxes of recordings without scores are left aside.
    train_recordings : DataFrame
        recording_id, reviewed, species.
    replicates, seed : int
        Of the bootstrap over recordings.

    Returns
    -------
    DataFrame
    """
    ids, species = scores.recording_id.tolist(), species_of(scores)
    logits = scores[species].to_numpy()
    weights = bayesian_weights(ids, n_replicates=replicates, seed=seed)
    marked = annotations[annotations.recording_id.isin(ids) & (annotations.polarity != 0)]
    check_species(marked, species)
    truth = label_matrix(marked[marked.polarity > 0], ids, species)
    row = pd.Index(ids).get_indexer(pd.Index(marked.recording_id))
    box_logits = in_boxes.box_scores(marked, framewise, species)
    box_species = [marked.species.to_numpy() == name for name in species]
    polarity = marked.polarity.to_numpy() > 0
    boxes = [(polarity[of], box_logits[of], row[of]) for of in box_species]
    return join_rows(
        lwlrap_rows(truth, logits, species, weights),
        curve_rows("box_average_precision", "box_roc_auc", boxes, species, weights),
        _recording_rows(truth, logits, reviewed_matrix(train_recordings, ids, species), species, weights),
        *accuracy_rows(truth, logits, reviewed_matrix(train_recordings, ids, species), weights),
    )


def truth_metrics(scores: pd.DataFrame, truth: pd.DataFrame, *, replicates: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Return the metrics of predictions against complete truth.

    Parameters
    ----------
    scores : DataFrame
        recording_id and one column of logits per species.
    truth : DataFrame
        recording_id, species; one row per event. What is not there is absent.
    replicates, seed : int
        Of the bootstrap over recordings.

    Returns
    -------
    DataFrame
    """
    ids, species = scores.recording_id.tolist(), species_of(scores)
    logits = scores[species].to_numpy()
    weights = bayesian_weights(ids, n_replicates=replicates, seed=seed)
    labels = label_matrix(truth, ids, species)
    return join_rows(
        lwlrap_rows(labels, logits, species, weights),
        _recording_rows(labels, logits, np.ones_like(labels), species, weights),
    )


def lwlrap_rows(truth: NDArray[np.bool_], logits: Floats, species: Sequence[str], weights: Floats) -> pd.DataFrame:
    """Return LWLRAP overall and by species, for the species that have labels."""
    ranked = RankedLabels.of(truth, logits)

    def statistic(drawn: Floats) -> Floats:
        return np.vstack([ranked.overall(drawn), ranked.by_species(drawn)])

    counts = [int(truth.any(axis=1).sum()), *truth.sum(axis=0).tolist()]
    return metric_rows("lwlrap", ["", *species], interval(statistic, weights), counts)


def curve_rows(
    precision_name: str,
    area_name: str,
    items: Sequence[tuple[NDArray[np.bool_], Floats, NDArray[np.int64]]],
    species: Sequence[str],
    weights: Floats,
) -> pd.DataFrame:
    """Return average precision and ROC AUC by species, led by their means over species.

    Parameters
    ----------
    precision_name, area_name : str
        The names of the two metrics.
    items : sequence of (truth, scores, row)
        For each species, its scored items, each (n_items,), and the row of `weights` that each weighs as.
    species : sequence of str
    weights : ndarray, shape (n_rows, n_replicates)

    Returns
    -------
    DataFrame
        Without the species whose items are not of both kinds.
    """
    kept = [number for number, (truth, _, _) in enumerate(items) if truth.any() and not truth.all()]
    if not kept:
        return pd.DataFrame(columns=COLUMNS)

    def statistic(drawn: Floats) -> Floats:
        areas = [curve_areas(items[number][0], items[number][1], drawn[items[number][2]]) for number in kept]
        both = np.stack(areas, axis=1)
        return np.concatenate([both.mean(axis=1, keepdims=True), both], axis=1)

    rows = [items[number][2] for number in kept]
    counts = [len(np.unique(np.concatenate(rows))), *(len(np.unique(of)) for of in rows)]
    found = interval(statistic, weights)
    names = ["", *(species[number] for number in kept)]
    return join_rows(
        *(
            metric_rows(name, names, Estimate(found.value[which], found.low[which], found.high[which]), counts)
            for which, name in enumerate([precision_name, area_name])
        )
    )


def metric_rows(metric: str, species: Sequence[str], estimate: Estimate, n: Sequence[int]) -> pd.DataFrame:
    """Return the rows of one metric, without those that have no value."""
    value, low, high = (np.atleast_1d(numbers) for numbers in (estimate.value, estimate.low, estimate.high))
    table = pd.DataFrame(
        {"metric": metric, "species": list(species), "value": value, "low": low, "high": high, "n": list(n)}
    )
    return table[table.value.notna()].reset_index(drop=True)


def join_rows(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of tables of metrics in one table."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def headline(metrics: pd.DataFrame, metric: str) -> str:
    """Tell one overall metric in a line: `lwlrap 0.912 [0.897, 0.925], n = 80`."""
    found = metrics[(metrics.metric == metric) & (metrics.species == "")]
    if found.empty:
        return f"{metric}: no labels to compute it from"
    row = found.iloc[0]
    return f"{metric} {row.value:.3f} [{row.low:.3f}, {row.high:.3f}], n = {row.n}"


def _recording_rows(
    truth: NDArray[np.bool_], logits: Floats, known: NDArray[np.bool_], species: Sequence[str], weights: Floats
) -> pd.DataFrame:
    """Return average precision and ROC AUC over the recordings whose labels of a species are known."""
    rows = [np.flatnonzero(known[:, column]) for column in range(len(species))]
    items = [(truth[of, column], logits[of, column], of) for column, of in enumerate(rows)]
    return curve_rows("average_precision", "roc_auc", items, species, weights)
