"""Precision and recall at every threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_POINTS = 250


@dataclass(frozen=True)
class Curve:
    """Precision and recall where a score counts as a detection from each threshold on; recall never falls.

    Attributes
    ----------
    threshold, precision, recall : ndarray, shape (n_points,)
    n_positive, n_negative : int
        The scored items of each kind.
    """

    threshold: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    n_positive: int
    n_negative: int


def precision_recall(truth: ArrayLike, scores: ArrayLike, *, max_points: int = MAX_POINTS) -> Curve | None:
    """Return precision and recall at every distinct score, from the highest to the lowest.

    Parameters
    ----------
    truth : array-like of bool, shape (n,)
    scores : array-like, shape (n,)
    max_points : int
        Of more points, so many are kept at even steps; the first and the last among them.

    Returns
    -------
    Curve or None
        None where there are no positives or no negatives.
    """
    labels, values = np.asarray(truth, dtype=bool), np.asarray(scores, dtype=float)
    n_positive = int(labels.sum())
    if n_positive in (0, len(labels)):
        return None
    order = np.argsort(-values, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
    hits = np.cumsum(labels[order])[last_of_tie]
    kept = np.unique(np.round(np.linspace(0, len(hits) - 1, min(max_points, len(hits)))).astype(int))
    return Curve(
        threshold=values[order][last_of_tie][kept],
        precision=(hits / (last_of_tie + 1))[kept],
        recall=(hits / n_positive)[kept],
        n_positive=n_positive,
        n_negative=len(labels) - n_positive,
    )
