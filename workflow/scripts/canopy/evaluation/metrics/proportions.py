"""A share with an interval that does not vanish where all of few examples agree."""

import numpy as np
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import FEWEST, Estimate, n_groups, tails

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
        NaN without examples; without an interval where they come from too few recordings.
    """
    if not among.any():
        return Estimate(*(np.array(np.nan),) * 3)
    n = n_groups(weights[among])
    *halves, seen = np.random.default_rng(seed).gamma(np.array([[0.5], [0.5], [n]]), size=(3, weights.shape[1]))
    hit, all_of_them = (weights[of].sum(axis=0) * seen / n for of in (hits & among, among))
    drawn = (hit + halves[0]) / (all_of_them + halves[0] + halves[1])
    low, high = _ends(drawn, n, level, expanded=n < int(among.sum()))
    return Estimate(np.array((hits & among).sum() / among.sum()), np.array(low), np.array(high))


def rated_proportion(
    fired: Flags,
    calls: Flags,
    free: Flags,
    weights: Floats,
    *,
    share: Floats,
    once: Floats,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """Return the share of calls in what fires, where calls and other time were judged apart, and their rate estimated.

    Parameters
    ----------
    fired, calls, free : ndarray of bool, shape (n,)
    weights : ndarray, shape (n, n_replicates)
        Of the Bayesian bootstrap over recordings.
    share : ndarray, shape (n_replicates,)
        Of time with a call, in each replicate.
    once : ndarray, shape (1,)
        The same without weights.
    seed, level
        See `proportion`.
    """
    halves = np.random.default_rng(seed).gamma(0.5, size=(4, weights.shape[1]))
    found = [
        (weights[kind & fired].sum(axis=0) + halves[2 * at])
        / (weights[kind].sum(axis=0) + halves[2 * at : 2 * at + 2].sum(axis=0))
        for at, kind in enumerate((calls, free))
    ]
    drawn = share * found[0] / (share * found[0] + (1 - share) * found[1])
    hit, false = once * fired[calls].mean(), (1 - once) * fired[free].mean()
    n = min(n_groups(weights[kind]) for kind in (calls, free))
    low, high = _ends(drawn, n, level, expanded=True)
    return Estimate(np.array((hit / (hit + false))[0] if hit + false > 0 else np.nan), np.array(low), np.array(high))


def _ends(drawn: Floats, n: int, level: float, *, expanded: bool) -> tuple[float, float]:
    """Return the ends of an interval, of `n` recordings; they lie further out where few hold several examples each."""
    if n < FEWEST:
        return np.nan, np.nan
    low, high = np.quantile(drawn, tails(n if expanded else 0, level=level))
    return float(low), float(high)
