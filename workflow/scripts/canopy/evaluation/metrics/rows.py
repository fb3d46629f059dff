"""Rows of a table of metrics, `metric, species, value, low, high, n`: one number with its interval each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import Estimate, interval
from canopy.evaluation.metrics.f1 import f1_statistic
from canopy.evaluation.metrics.ranking import RankedLabels, curve_areas

Floats = NDArray[np.float64]
COLUMNS = ["metric", "species", "value", "low", "high", "n"]


def lwlrap_rows(
    truth: NDArray[np.bool_], logits: Floats, species: Sequence[str], weights: Floats, *, metric: str = "lwlrap"
) -> pd.DataFrame:
    """Return LWLRAP overall and by species, for the species that have labels; overall alone where none is named."""
    ranked = RankedLabels.of(truth, logits)

    def statistic(drawn: Floats) -> Floats:
        overall = ranked.overall(drawn)[None]
        return np.vstack([overall, ranked.by_species(drawn)]) if len(species) else overall

    counts = [int(truth.any(axis=1).sum()), *(truth.sum(axis=0).tolist() if len(species) else [])]
    return metric_rows(metric, ["", *species], interval(statistic, weights), counts)


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


def f1_rows(
    metric: str, counts: NDArray[np.integer], species: Sequence[str], weights: Floats, n: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return F1 over all species together (`<metric>_micro`), its mean over the species, and each species' own.

    Parameters
    ----------
    metric : str
    counts : ndarray, shape (n_rows, n_species, 3)
        True positives, false positives and false negatives of each recording.
    species : sequence of str
    weights : ndarray, shape (n_rows, n_replicates)
    n : sequence of int, optional
        The recordings behind each species' number; all without it.

    Returns
    -------
    DataFrame
        Without the species that have neither events nor detections.
    """
    found = interval(f1_statistic(counts), weights)
    parts = [Estimate(found.value[at], found.low[at], found.high[at]) for at in (slice(0, 1), slice(1, None))]
    behind = list(n) if n is not None else [len(counts)] * len(species)
    most = max(behind, default=0)
    return join_rows(
        metric_rows(f"{metric}_micro", [""], parts[0], [most]),
        metric_rows(metric, ["", *species], parts[1], [most, *behind]),
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


def recording_rows(
    truth: NDArray[np.bool_], logits: Floats, known: NDArray[np.bool_], species: Sequence[str], weights: Floats
) -> pd.DataFrame:
    """Return average precision and ROC AUC over the recordings whose labels of a species are known."""
    rows = [np.flatnonzero(known[:, column]) for column in range(len(species))]
    items = [(truth[of, column], logits[of, column], of) for column, of in enumerate(rows)]
    return curve_rows("average_precision", "roc_auc", items, species, weights)
