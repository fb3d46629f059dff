"""A share with an interval that does not vanish where all of few examples agree."""

import numpy as np
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import Estimate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def proportion(hits: Flags, among: Flags, weights: Floats, *, seed: int = 0, level: float = 0.95) -> Estimate:
    """Return the share of examples that are hits, with its interval.

    The plain bootstrap says that 5 of 5 is 100 % for certain. Here each replicate has half an example more of either
    kind, with weights drawn from Gamma(1/2): where every recording holds one example, that is the Bayesian interval
    under Jeffreys' prior, Beta(hits + 1/2, misses + 1/2).

    Parameters
    ----------
    hits, among : ndarray of bool, shape (n,)
        Of the examples in `among`, those in `hits` count.
    weights : ndarray, shape (n, n_replicates)
        Of the Bayesian bootstrap over recordings.
    seed : int
        Of the additional halves.
    level : float

    Returns
    -------
    Estimate
        NaN without examples.
    """
    if not among.any():
        return Estimate(*(np.array(np.nan),) * 3)
    halves = np.random.default_rng(seed).gamma(0.5, size=(2, weights.shape[1]))
    hit, all_of_them = (weights[of].sum(axis=0) for of in (hits & among, among))
    drawn = (hit + halves[0]) / (all_of_them + halves.sum(axis=0))
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(np.array((hits & among).sum() / among.sum()), low, high)
