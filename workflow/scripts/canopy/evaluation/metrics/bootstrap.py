"""Cluster bootstrap: what a figure would be, had other recordings been drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtrit

from canopy.runtime.imports import numpy_probability

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From row weights (n_rows, n_replicates) to values (..., n_replicates)."""
FEWEST = 3
"""Groups below which there is no interval, and so no verdict: nothing tells how much groups differ."""
FEW = 20
"""Groups below which percentiles of the replicates alone are too narrow."""
NO_INTERVAL = f"no interval: fewer than {FEWEST} recordings or groups"
SHARE = (0.0, 1.0)
"""The bounds of a score."""


@dataclass(frozen=True)
class Estimate:
    """A value, or an array of values, and the interval of each; all three have the statistic's shape."""

    value: Floats
    low: Floats
    high: Floats


def bayesian_weights(groups: ArrayLike, *, n_replicates: int = 1000, seed: int = 0) -> Floats:
    """Draw row weights of the Bayesian bootstrap over groups of rows.

    Each replicate draws the groups' weights from a flat Dirichlet distribution (Rubin, 1981, "The Bayesian
    bootstrap"); all rows of a group share its weight, as rows of one recording or one site are not independent.
    Unlike resampling with replacement no group ever vanishes, so that a rare species has a value in every replicate.

    Parameters
    ----------
    groups : array-like, shape (n_rows,)
        The group of each row: recording ids, or sites.
    n_replicates : int
    seed : int
        The same seed and the same set of groups give the same weights, whatever the order of the rows.

    Returns
    -------
    ndarray, shape (n_rows, n_replicates)
        Positive, of mean 1 over the groups.
    """
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        return np.ones((len(group), n_replicates))
    # TFP on NumPy: the same draws with any thread count, and no GPU is claimed.
    tfp = numpy_probability()

    drawn = tfp.distributions.Dirichlet(np.ones(len(names))).sample(n_replicates, seed=seed)
    return np.ascontiguousarray(np.asarray(drawn).T[group] * len(names))


def interval(
    statistic: Statistic,
    weights: Floats,
    *,
    level: float = 0.95,
    behind: ArrayLike | None = None,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """Return a statistic of the unweighted rows with the interval of its replicates.

    Of few groups, and where no replicate differs, percentiles of the replicates are too narrow: nothing that was not
    seen is in them. There each replicate of a bounded statistic has half a group more at either bound, with weights
    drawn from Gamma(1/2), as Jeffreys' prior has for a share; the interval of others is Student's. Of fewer
    than `FEWEST` groups there is none.

    Parameters
    ----------
    statistic : callable
        Takes weights (n_rows, n_replicates), returns values (..., n_replicates).
    weights : ndarray, shape (n_rows, n_replicates)
    level : float
        Share of datasets whose interval is to hold the population's value.
    behind : array-like of int, optional
        The groups that each value rests on; all without it.
    bounds : (float, float), optional
        The lowest and the highest value there can be.

    Returns
    -------
    Estimate
        NaN where the statistic is; low and high are NaN too where too few groups are behind a value.
    """
    value = statistic(np.ones((len(weights), 1)))[..., 0]
    drawn = statistic(weights)
    n = np.broadcast_to(n_groups(weights) if behind is None else np.asarray(behind), value.shape)
    ends = np.array([span(one, at, int(of), level=level, bounds=bounds) for one, at, of in _flat(drawn, value, n)])
    low, high = ends.reshape(-1, 2).T.reshape(2, *value.shape)
    return Estimate(value, low, high)


def span(
    drawn: Floats,
    value: float,
    n: int,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] | None = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the ends of the interval of one value, of its replicates (n_replicates,) and the groups behind it."""
    if n < FEWEST or not np.isfinite(value):
        return np.nan, np.nan
    is_stiff = bounds is not None and value in bounds and bool(np.ptp(drawn) < 1e-12)
    if bounds is not None and (n < FEW or is_stiff):
        least, most, seen = np.random.default_rng(seed).gamma(np.array([[0.5], [0.5], [n]]), size=(3, len(drawn)))
        drawn = (seen * drawn + bounds[0] * least + bounds[1] * most) / (seen + least + most)
    low, high = np.quantile(drawn, tails(n, level=level))
    if bounds is None and n < FEW:
        reach = -stdtrit(n - 1, (1 - level) / 2) * drawn.std() * np.sqrt((n + 1) / (n - 1))
        low, high = value - reach, value + reach
    return float(low), float(high)


def tails(n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the two quantiles of the replicates that bound an interval of the given level, of `n` groups.

    Plain percentiles make intervals too narrow: the bootstrap's variance is `(n - 1) / (n + 1)` of the
    unbiased one, and a normal quantile stands where Student's belongs. So the quantiles lie further out (the expanded
    percentile interval of Hesterberg, 2015, "What teachers should know about the bootstrap", with the Bayesian
    bootstrap's variance); of 60 groups 1.7 % and 98.3 % instead of 2.5 % and 97.5 %.
    """
    tail = (1 - level) / 2
    if n > 1:
        tail = float(ndtr(stdtrit(n - 1, tail) * np.sqrt((n + 1) / (n - 1))))
    return tail, 1 - tail


def n_groups(weights: Floats) -> int:
    """Return how many groups share the weights (n_rows, n_replicates) of `bayesian_weights`."""
    return len(np.unique(weights[:, 0])) if weights.size else 0


def groups_behind(rows: ArrayLike, weights: Floats) -> NDArray[np.int64]:
    """Return how many groups some rows belong to, for each column of flags (n_rows, n_values)."""
    flags = np.asarray(rows, dtype=bool).reshape(len(weights), -1)
    return np.array([n_groups(weights[flags[:, at]]) for at in range(flags.shape[1])], dtype=np.int64)


def _flat(drawn: Floats, value: Floats, n: NDArray[np.int64]) -> Iterator[tuple[Floats, float, int]]:
    return zip(drawn.reshape(-1, drawn.shape[-1]), np.ravel(value).tolist(), np.ravel(n).tolist(), strict=True)


def difference(
    first: Statistic, second: Statistic, weights: Floats, *, level: float = 0.95, behind: ArrayLike | None = None
) -> Estimate:
    """Return first minus second with its interval, both taken on the same weights in every replicate."""
    return interval(lambda drawn: first(drawn) - second(drawn), weights, level=level, behind=behind)
