"""F1 from counts of hits, false alarms and misses."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def flag_counts(truth: ArrayLike, predicted: ArrayLike) -> NDArray[np.int64]:
    """Return hits, false alarms and misses of flags of any shape, in a last axis of length 3."""
    true, said = np.asarray(truth, dtype=bool), np.asarray(predicted, dtype=bool)
    return np.stack([true & said, ~true & said, true & ~said], axis=-1).astype(np.int64)


def f1(counts: ArrayLike) -> Floats:
    """Return `2 tp / (2 tp + fp + fn)` of counts (..., 3); NaN where all three are 0."""
    hits, false, missed = np.moveaxis(np.asarray(counts, dtype=float), -1, 0)
    total = 2 * hits + false + missed
    return np.divide(2 * hits, total, out=np.full(np.shape(total), np.nan), where=total > 0)


def f1_statistic(counts: NDArray[np.integer]) -> Callable[[Floats], Floats]:
    """Return the statistic of the bootstrap over rows.

    Parameters
    ----------
    counts : ndarray, shape (n_rows, n_species, 3)

    Returns
    -------
    callable
        From weights (n_rows, n_replicates) to (2 + n_species, n_replicates): micro (all species' counts together),
        macro (the mean over species), and each species.
    """

    def statistic(weights: Floats) -> Floats:
        totals = np.einsum("nsc,nr->rsc", counts.astype(float), weights, optimize=True)
        own = f1(totals)
        known = ~np.isnan(own)
        # np.nanmean warns where there is nothing to average.
        macro = np.divide(
            np.where(known, own, 0).sum(axis=1),
            known.sum(axis=1),
            out=np.full(len(own), np.nan),
            where=known.any(axis=1),
        )
        return np.vstack([f1(totals.sum(axis=1)), macro, own.T])

    return statistic
