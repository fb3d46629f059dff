"""How large a share of time a species calls in, where nobody reviewed that time."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]
USUAL_SHARE = 0.03
"""The share of stretches with a call that is assumed before anything is seen."""
USUAL_SPREAD = 1.0
"""How far that may be off: the deviation of its log-odds, a factor of some three to either side."""
USUAL_SLOPE = 0.5
"""The logarithm of the curve's slope, per deviation of the unjudged time's logits, that is assumed likewise."""
SMALLEST = 1e-5


def share_of(ratio: Floats, weights: Floats, *, start: float = USUAL_SHARE, steps: int = 500) -> Floats:
    """Return the share of calls among stretches that nobody judged, from how much likelier each is of a call.

    Saerens, Latinne and Decaestecker, 2002, "Adjusting the outputs of a classifier to new a priori probabilities": the
    share is the mean of the probabilities that it leads to.

    Parameters
    ----------
    ratio : ndarray, shape (n,)
        Logarithm of the densities' ratio, calls over other time, at each stretch's logit.
    weights : ndarray, shape (n, n_replicates)
    start : float
    steps : int

    Returns
    -------
    ndarray, shape (n_replicates,)
    """
    edges = np.unique(np.quantile(ratio, np.linspace(0, 1, 201))[1:-1])
    place = np.searchsorted(edges, ratio, side="right")
    mass = np.zeros((len(edges) + 1, weights.shape[1]))
    np.add.at(mass, place, weights / weights.sum(axis=0))
    size = np.bincount(place, minlength=len(mass))
    centre = np.bincount(place, weights=ratio, minlength=len(mass)) / np.maximum(size, 1)
    found = np.full(weights.shape[1], start)
    for _ in range(steps):
        before = found
        found = np.clip((mass * expit(centre[:, None] + logit(before))).sum(axis=0), SMALLEST, 1 - SMALLEST)
        if np.abs(found - before).max() < 1e-7:
            break
    return found


def presence_only(calls: Floats, time: Floats, *, share: float | None = None) -> tuple[float, float, float]:
    """Fit a logistic curve to logits of calls and of time that nobody judged.

    Ward, Hastie, Barry, Elith and Leathwick, 2009, "Presence-only data and the EM algorithm". Densities of calls and
    of other time have the ratio `exp(scale * logit + b)`; unjudged time is a mixture of both. The share of calls in it
    shows in how far the ratio of calls to unjudged time rises before it levels off at `1 / share`. As that is weak
    evidence, the share is pulled towards `USUAL_SHARE`, by `USUAL_SPREAD`.

    Parameters
    ----------
    calls, time : ndarray
        Highest logits of marked calls, and of stretches of unjudged time.
    share : float, optional
        Stated by somebody who knows; estimated without it.

    Returns
    -------
    scale, offset, share : float
        `expit(scale * logit + offset)` is the probability of a call in a stretch of unjudged time.
    """
    centre, spread = float(np.median(time)), float(time.std()) or 1.0
    level, count = binned((time - centre) / spread)
    both, mass = np.concatenate([(calls - centre) / spread, level]), np.concatenate([np.ones(len(calls)), count])
    odds = np.log(len(calls) / len(time))

    def loss(position: Floats) -> float:
        lift = np.exp(position[0]) * both + position[1]
        part = share if share is not None else expit(position[2])
        value = odds + lift - np.logaddexp(np.log1p(-part), np.log(part) + lift)
        pull = 0.0 if share is not None else ((position[2] - logit(USUAL_SHARE)) / USUAL_SPREAD) ** 2
        # The slope is pulled to one of the usual size: where calls and other time do not overlap, it would be infinite.
        pull += (position[0] - USUAL_SLOPE) ** 2
        return float(pull / 2 - value[: len(calls)].sum() + (mass * np.logaddexp(0, value)).sum())

    starts = [np.array([slope, at, logit(USUAL_SHARE)]) for slope, at in ((0.5, -1.0), (1.0, -4.0))]
    best = min((minimize(loss, start, method="BFGS") for start in starts), key=lambda found: float(found.fun))
    part = share if share is not None else float(expit(best.x[2]))
    scale = float(np.exp(best.x[0])) / spread
    return scale, float(best.x[1] - scale * centre + logit(part)), part


def binned(values: Floats, *, n_bins: int = 200) -> tuple[Floats, Floats]:
    """Return the means and the sizes of bins of equal numbers: few stand for many where a curve is fitted."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1))[1:-1])
    place = np.searchsorted(edges, values, side="right")
    count = np.bincount(place, minlength=1).astype(float)
    level = np.bincount(place, weights=values, minlength=1)
    return level[count > 0] / count[count > 0], count[count > 0]
