"""Weights by greedy selection: members join one by one, again and again, as long as they help."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from canopy.evaluation.metrics.ranking import lwlrap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def greedy_weights(truth: Flags, members: Floats, *, rounds: int = 20) -> Floats:
    """Return the share of each member in the best of the growing ensembles.

    Caruana et al. 2004, "Ensemble selection from libraries of models": in every round the member joins whose
    addition to the sum gives the highest LWLRAP, the same one more than once if need be; the first of equals wins.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_recordings, n_species)
        Rows without labels have no influence.
    members : ndarray, shape (n_members, n_recordings, n_species)
        Brought to spread 1.
    rounds : int
        Members in the largest ensemble looked at.

    Returns
    -------
    ndarray, shape (n_members,)
        Not negative, of sum 1.
    """
    labelled = truth.any(axis=1)
    if len(members) == 1 or not labelled.any():
        return np.full(len(members), 1 / len(members))
    labels, logits = truth[labelled], members[:, labelled]
    return grown(logits, lambda scores: lwlrap(labels, scores), rounds=rounds)


def grown(members: Floats, value: Callable[[Floats], float], *, rounds: int = 20) -> Floats:
    """Return the share of each member in the best of the ensembles that grow by the best member each time.

    Parameters
    ----------
    members : ndarray, shape (n_members, ...)
        Brought to spread 1.
    value : callable
        Of the sum of members' scores.
    rounds : int
    """
    counts, total = np.zeros(len(members)), np.zeros(members.shape[1:])
    best, weights = -1.0, counts
    for _ in range(rounds):
        scores = [value(total + member) for member in members]
        winner = int(np.argmax(scores))
        counts[winner] += 1
        total = total + members[winner]
        if scores[winner] > best:
            best, weights = scores[winner], counts / counts.sum()
    return weights
