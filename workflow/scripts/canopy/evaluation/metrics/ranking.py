"""Ranking metrics: LWLRAP over rows; average precision and ROC AUC of one list of scores.

All of them take weights of the rows, one column per bootstrap replicate, and sort only once for all replicates.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]


def label_precisions(truth: ArrayLike, scores: ArrayLike) -> Floats:
    """Return the precision at the rank of each label: the terms that LWLRAP averages.

    Parameters
    ----------
    truth : array-like, shape (n_rows, n_species)
        True or 1 where the species is a label of the row.
    scores : array-like, shape (n_rows, n_species)
        Any increasing score; only the order within a row matters.

    Returns
    -------
    ndarray, shape (n_rows, n_species)
        For a label, the share of labels among the species that score at least as high as it
        (scikit-learn's rule for ties); 0 elsewhere.

    Raises
    ------
    ValueError
        Where the shapes differ or a score is not finite.
    """
    labels, values = _checked(truth, scores, ndim=2)
    n_species = labels.shape[1]
    order = np.argsort(-values, axis=1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=1)
    hits = np.cumsum(np.take_along_axis(labels, order, axis=1), axis=1)
    last_of_tie = np.full(labels.shape, n_species - 1)
    last_of_tie[:, :-1] = np.where(ranked[:, :-1] != ranked[:, 1:], np.arange(n_species - 1), n_species - 1)
    last_of_tie = np.minimum.accumulate(last_of_tie[:, ::-1], axis=1)[:, ::-1]
    precisions = np.empty(labels.shape)
    np.put_along_axis(precisions, order, np.take_along_axis(hits, last_of_tie, axis=1) / (last_of_tie + 1), axis=1)
    return np.where(labels, precisions, 0.0)


@dataclass(frozen=True)
class RankedLabels:
    """Labels with the precision at each one's rank, from which LWLRAP follows for any weights of the rows.

    Attributes
    ----------
    truth : ndarray of bool, shape (n_rows, n_species)
    precisions : ndarray, shape (n_rows, n_species)
        As `label_precisions` returns them.
    """

    truth: NDArray[np.bool_]
    precisions: Floats

    @classmethod
    def of(cls, truth: ArrayLike, scores: ArrayLike) -> "RankedLabels":
        """Rank `scores` (n_rows, n_species) once."""
        return cls(np.asarray(truth).astype(bool), label_precisions(truth, scores))

    def overall(self, weights: Floats) -> Floats:
        """Return LWLRAP, shape (n_replicates,), for row weights (n_rows, n_replicates); NaN without labels."""
        return _share(self.precisions.sum(axis=1) @ weights, self.truth.sum(axis=1).astype(float) @ weights)

    def by_species(self, weights: Floats) -> Floats:
        """Return each species' mean precision, (n_species, n_replicates), for row weights (n_rows, n_replicates)."""
        return _share(self.precisions.T @ weights, self.truth.T.astype(float) @ weights)


def lwlrap(truth: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Return the label-weighted label-ranking average precision over all rows at once.

    The mean, over all labels of all rows, of the precision at the label's rank within its row. Rows without labels
    have no part in it. It equals scikit-learn's `label_ranking_average_precision_score` with the rows weighted by
    their numbers of labels. Introduced with DCASE 2019 task 2 (Fonseca et al., 2019, "Audio tagging with noisy
    labels and minimal supervision").

    Parameters
    ----------
    truth, scores : array-like, shape (n_rows, n_species)
    weights : array-like, shape (n_rows,), optional
        Weight of each row, on top of its number of labels.

    Returns
    -------
    float
        In (0, 1]; NaN when no row has a label.

    Examples
    --------
    >>> lwlrap([[1, 0, 1], [0, 1, 0]], [[0.9, 0.5, 0.1], [0.3, 0.2, 0.1]])  # (1 + 2/3 + 1/2) / 3
    0.7222222222222222
    """
    ranked = RankedLabels.of(truth, scores)
    return float(ranked.overall(_columns(weights, len(ranked.truth)))[0])


def species_lwlrap(truth: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Return each species' LWLRAP and its weight, both (n_species,); the sum of their products is the overall LWLRAP.

    The weight is the species' share of all labels; the value is NaN where that is 0.
    """
    ranked = RankedLabels.of(truth, scores)
    counts = ranked.truth.sum(axis=0)
    return ranked.by_species(_columns(None, len(ranked.truth)))[:, 0], counts / max(1, counts.sum())


def curve_areas(truth: ArrayLike, scores: ArrayLike, weights: Floats) -> tuple[Floats, Floats]:
    """Return average precision and area under the ROC curve of one list of scores, for many weights at once.

    Average precision is the step sum over the distinct scores, from the highest, of (gain in recall) x precision, as
    in scikit-learn; the ROC area is the weighted share of (positive, negative) pairs in the right order, a tie
    counting one half.

    Parameters
    ----------
    truth, scores : array-like, shape (n,)
    weights : ndarray, shape (n, n_replicates)
        Weights of the items, not negative.

    Returns
    -------
    average_precision, roc_auc : ndarray, shape (n_replicates,)
        Average precision is NaN without positives, the ROC area without both kinds.
    """
    labels, values = _checked(truth, scores, ndim=1)
    thresholds, group = np.unique(-values[labels], return_inverse=True)
    n = len(thresholds)
    # Each negative lies before a threshold (slot 2i), at it (2i + 1) or behind the last one (2n).
    place = np.searchsorted(thresholds, -values[~labels])
    slot = 2 * place + np.isin(-values[~labels], thresholds)
    bins = np.empty(len(values), dtype=np.int64)
    bins[labels], bins[~labels] = group, n + slot
    one_hot = csr_array((np.ones(len(values)), (bins, np.arange(len(values)))), shape=(3 * n + 1, len(values)))
    sums = one_hot @ weights
    gain, others = sums[:n], np.cumsum(sums[n:], axis=0)
    gained, above, at_least, n_negative = np.cumsum(gain, axis=0), others[:-1:2], others[1::2], others[-1]
    precision = np.divide(gained, gained + at_least, out=np.zeros_like(gained), where=gained + at_least > 0)
    in_order = (gain * (n_negative - (above + at_least) / 2)).sum(axis=0)
    n_positive = gain.sum(axis=0)
    return _share((gain * precision).sum(axis=0), n_positive), _share(in_order, n_positive * n_negative)


def average_precision(truth: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Return the average precision of one list of scores (see `curve_areas`); `weights` has shape (n,)."""
    return float(curve_areas(truth, scores, _columns(weights, len(np.asarray(truth))))[0][0])


def roc_auc(truth: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Return the area under the ROC curve of one list of scores (see `curve_areas`); `weights` has shape (n,)."""
    return float(curve_areas(truth, scores, _columns(weights, len(np.asarray(truth))))[1][0])


def _checked(truth: ArrayLike, scores: ArrayLike, *, ndim: int) -> tuple[NDArray[np.bool_], Floats]:
    labels: NDArray[Any] = np.asarray(truth)
    values = np.asarray(scores, dtype=float)
    if labels.shape != values.shape or labels.ndim != ndim:
        raise ValueError(f"truth {labels.shape} and scores {values.shape} must have the same {ndim}-d shape")
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite")
    return labels.astype(bool), values


def _columns(weights: ArrayLike | None, n_rows: int) -> Floats:
    """Return row weights (n_rows,) as one column; ones where there are none."""
    return np.ones((n_rows, 1)) if weights is None else np.asarray(weights, dtype=float).reshape(n_rows, 1)


def _share(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN where `whole` is 0; rounding must not carry it above 1."""
    return np.minimum(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0), 1.0)
