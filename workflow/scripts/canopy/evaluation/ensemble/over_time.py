"""Combining experiments where species are too few to be ranked within a recording: by average precision over time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.ensemble.choose import Comparison, Method
from canopy.evaluation.ensemble.combine import scales
from canopy.evaluation.ensemble.greedy import grown
from canopy.evaluation.metrics.bootstrap import SHARE, Statistic, bayesian_weights, difference, groups_behind, interval
from canopy.evaluation.metrics.comparisons import mean_curves
from canopy.evaluation.metrics.windows import Windows

Floats = NDArray[np.float64]


def spreads_over_time(members: Floats) -> Floats:
    """Return each member's spread: the standard deviation of its logits over time, within species.

    Parameters
    ----------
    members : ndarray, shape (n_members, n_windows, n_species)

    Returns
    -------
    ndarray, shape (n_members,)
        1 for a member whose logits never differ.
    """
    spread = np.sqrt(members.var(axis=1).mean(axis=1))
    return np.where(spread > 0, spread, 1.0)


def precision_over_time(windows: Windows, scores: Floats, rows: NDArray[np.bool_] | None = None) -> Statistic | None:
    """Return the mean over species of average precision of windows, or of those in `rows`; None without both kinds."""
    kept = np.ones(len(windows.row), dtype=bool) if rows is None else rows
    some = Windows(windows.row[kept], scores[kept], windows.truth[kept], windows.known[kept])
    return mean_curves(some.items()).get("average_precision")


def greedy_over_time(windows: Windows, members: Floats, rows: NDArray[np.bool_] | None = None) -> Floats:
    """Return the weights of greedy selection by average precision over time (see `grown`)."""
    if precision_over_time(windows, members[0], rows) is None:
        return np.full(len(members), 1 / len(members))
    ones = np.ones((int(windows.row.max(initial=0)) + 1, 1))

    def value(scores: Floats) -> float:
        found = precision_over_time(windows, scores, rows)
        return float(found(ones)[0]) if found else 0.0

    return grown(members, value)


def compare_over_time(
    windows: Windows,
    members: Floats,
    folds: NDArray[np.int64],
    *,
    metric: str,
    groups: Sequence[str],
    replicates: int = 1000,
    seed: int = 1,
) -> Comparison | None:
    """Compare greedy selection with equal weights under nested cross-validation.

    Parameters
    ----------
    windows : Windows
    members : ndarray, shape (n_members, n_windows, n_species)
    folds : ndarray of int, shape (n_windows,)
    metric : str
        What average precision over these windows is called.
    groups : sequence of str
        What the bootstrap draws, of each recording.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    Comparison or None
        None where fewer than two folds have calls.
    """
    called = (windows.truth & windows.known).any(axis=1)
    if len(np.unique(folds[called])) < 2:
        return None
    combined = {way: np.zeros(members.shape[1:]) for way in ("mean", "greedy")}
    for fold in np.unique(folds):
        held, others = folds == fold, folds != fold
        unit = members / spreads_over_time(members[:, others])[:, None, None]
        combined["mean"][held] = unit[:, held].mean(axis=0)
        combined["greedy"][held] = np.tensordot(greedy_over_time(windows, unit, others), unit[:, held], axes=1)
    overall = {way: precision_over_time(windows, scores) for way, scores in combined.items()}
    mean, greedy = overall["mean"], overall["greedy"]
    if mean is None or greedy is None:
        return None
    drawn = bayesian_weights(groups, n_replicates=replicates, seed=seed)
    behind = groups_behind(called, drawn[windows.row])[0]
    return Comparison(
        {way: interval(one, drawn, behind=behind, bounds=SHARE) for way, one in (("mean", mean), ("greedy", greedy))},
        {"greedy": difference(greedy, mean, drawn, behind=behind)},
        len(np.unique(windows.row)),
        metric,
    )


def choose_over_time(
    windows: Windows, members: Floats, experiments: list[str], *, method: Method, comparison: Comparison | None
) -> pd.DataFrame:
    """Return the table of weights: experiment, weight, scale.

    `fitted` and `greedy` both select greedily; auto does where `comparison` shows it to be better.
    """
    spread = spreads_over_time(members) if members.shape[1] else np.ones(len(members))
    better = method == "auto" and comparison is not None and comparison.is_better("greedy")
    if better or method in ("fitted", "greedy"):
        weights = greedy_over_time(windows, members / spread[:, None, None])
    else:
        weights = np.full(len(members), 1 / len(members))
    return pd.DataFrame({"experiment": experiments, "weight": weights, "scale": scales(spread, weights)})
