"""Convex weights that maximise a smooth surrogate of LWLRAP."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from canopy.runtime.imports import numpy_probability

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
PAIRS_AT_ONCE = 2**21
"""How many (label, species) pairs of the surrogate are in memory at once."""


def soft_lwlrap(truth: Flags, members: Floats, weights: Floats, *, temperature: float = 0.1) -> tuple[float, Floats]:
    """Return a smooth surrogate of the LWLRAP of a weighted sum of members, and its gradient.

    The step in "how many species score at least as high as the label" is replaced by a logistic function of the
    difference (as in Qin, Liu and Li, 2010, "A general approximation framework for direct optimization of information
    retrieval measures").

    Parameters
    ----------
    truth : ndarray of bool, shape (n_recordings, n_species)
        At least one label in every row.
    members : ndarray, shape (n_members, n_recordings, n_species)
        Brought to spread 1.
    weights : ndarray, shape (n_members,)
    temperature : float
        Width of the logistic function, in units of the spread; towards 0 the surrogate becomes LWLRAP.

    Returns
    -------
    value : float
    gradient : ndarray, shape (n_members,)
        By the weights.
    """
    scores = np.tensordot(weights, members, axes=1) / temperature
    by_score = np.empty_like(scores)
    total = 0.0
    for rows in _blocks(truth):
        labels, block = truth[rows], scores[rows]
        row, column = np.nonzero(labels)
        above = expit(block[row] - block[row, column][:, None])
        hits = labels[row]
        # A label's comparison with itself gives one half of the 1 that it adds to its rank.
        rank = 0.5 + above.sum(axis=1)
        n_hits = 0.5 + (above * hits).sum(axis=1)
        total += float((n_hits / rank).sum())
        slope = above * (1 - above) * (hits / rank[:, None] - (n_hits / rank**2)[:, None])
        starts = np.flatnonzero(np.diff(row, prepend=-1))
        by_score[rows] = np.add.reduceat(slope, starts, axis=0)
        by_score[rows][labels] -= slope.sum(axis=1)
    n_labels = truth.sum()
    return total / n_labels, np.einsum("rs,mrs->m", by_score, members) / (temperature * n_labels)


def fit_weights(
    truth: Flags, members: Floats, *, temperature: float = 0.1, shrinkage: float = 1e-3, max_iterations: int = 100
) -> Floats:
    """Return the convex weights that maximise the surrogate of LWLRAP.

    The weights are a softmax; L-BFGS starts from equal weights and from the side of each member, and the best end is
    kept. A small pull towards equal weights decides between members that are equally good.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_recordings, n_species)
        Rows without labels have no influence.
    members : ndarray, shape (n_members, n_recordings, n_species)
        Brought to spread 1.
    temperature : float
        See `soft_lwlrap`.
    shrinkage : float
        Loss per squared distance from equal weights.
    max_iterations : int
        Of L-BFGS.

    Returns
    -------
    ndarray, shape (n_members,)
        Not negative, of sum 1.
    """
    n_members = len(members)
    labelled = truth.any(axis=1)
    if n_members == 1 or not labelled.any():
        return np.full(n_members, 1 / n_members)
    labels, logits = truth[labelled], np.ascontiguousarray(members[:, labelled])
    # TFP on NumPy: the same weights with any thread count, and no GPU is claimed.
    tfp = numpy_probability()

    def loss(position: Floats) -> tuple[Floats, Floats]:
        values, gradients = np.empty(len(position)), np.empty(position.shape)
        for start, one in enumerate(np.asarray(position)):
            weights = softmax(one)
            value, by_weight = soft_lwlrap(labels, logits, weights, temperature=temperature)
            pull = weights - 1 / n_members
            values[start] = shrinkage * float(pull @ pull) - value
            by_weight = 2 * shrinkage * pull - by_weight
            gradients[start] = weights * (by_weight - weights @ by_weight)
        return values, gradients

    starts = np.vstack([np.zeros(n_members), 2.0 * np.eye(n_members)])
    # A start that is already at its end makes 0 / 0 in TFP, which then leaves it where it is.
    with np.errstate(divide="ignore", invalid="ignore"):
        found = tfp.optimizer.lbfgs_minimize(loss, starts, tolerance=1e-7, max_iterations=max_iterations)
    return softmax(np.asarray(found.position)[int(np.argmin(found.objective_value))])


def _blocks(truth: Flags) -> Iterator[slice]:
    """Yield runs of rows whose labels make at most about `PAIRS_AT_ONCE` pairs with species."""
    ends = np.cumsum(truth.sum(axis=1)) * truth.shape[1]
    start = 0
    while start < len(truth):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + PAIRS_AT_ONCE, side="right")))
        yield slice(start, stop)
        start = stop
