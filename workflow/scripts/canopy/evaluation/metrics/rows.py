"""Rows of a table of metrics, `metric, species, value, low, high, n`: one number with its interval each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import NO_INTERVAL, SHARE, Estimate, groups_behind, interval, n_groups
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

    held = np.asarray(truth.any(axis=1))[:, None]
    rows = np.hstack([held, truth]) if len(species) else held
    found = interval(statistic, weights, behind=groups_behind(rows, weights), bounds=SHARE)
    return metric_rows(metric, ["", *species], found, rows.sum(axis=0).tolist())


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
    behind = _behind([items[number] for number in kept], weights)
    found = interval(statistic, weights, behind=np.tile(behind, (2, 1)), bounds=SHARE)
    names = ["", *(species[number] for number in kept)]
    return join_rows(
        *(
            metric_rows(name, names, Estimate(found.value[which], found.low[which], found.high[which]), counts)
            for which, name in enumerate([precision_name, area_name])
        )
    )


def _behind(items: Sequence[tuple[NDArray[np.bool_], Floats, NDArray[np.int64]]], weights: Floats) -> list[int]:
    """Return the groups behind the mean over species and each of them: of either kind of items, the rarer one's."""
    rows = [[row[truth], row[~truth]] for truth, _, row in items]
    every = [np.concatenate(kind) for kind in zip(*rows, strict=True)]
    return [min(n_groups(weights[of]) for of in kinds) for kinds in (every, *rows)]


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
    some = np.asarray(counts.any(axis=2))
    whole = np.asarray(some.any(axis=1))
    rows = np.column_stack([whole, whole, some])
    found = interval(f1_statistic(counts), weights, behind=groups_behind(rows, weights), bounds=SHARE)
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
    return f"{metric} {row.value:.3f} {told_interval(row.low, row.high)}, n = {row.n}"


def told_interval(low: float, high: float, form: str = ".3f") -> str:
    """Tell the ends of an interval, `[0.897, 0.925]`, or why there is none."""
    return f"[{NO_INTERVAL}]" if np.isnan(low) else f"[{low:{form}}, {high:{form}}]"


def recording_rows(
    truth: NDArray[np.bool_], logits: Floats, known: NDArray[np.bool_], species: Sequence[str], weights: Floats
) -> pd.DataFrame:
    """Return average precision and ROC AUC over the recordings whose labels of a species are known."""
    rows = [np.flatnonzero(known[:, column]) for column in range(len(species))]
    items = [(truth[of, column], logits[of, column], of) for column, of in enumerate(rows)]
    return curve_rows("average_precision", "roc_auc", items, species, weights)
