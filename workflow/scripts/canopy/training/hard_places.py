"""Hard places: where a network half-way through its training hears calls in reviewed time that holds none.

Shrivastava, Gupta and Girshick 2016, "Training region-based object detectors with online hard example mining". A search
looks at windows spread over the rest of reviewed time and keeps the places of those that score highest; until the next
one, half of the windows of that time are drawn from them. The places are part of a training's state, so that a
checkpoint holds them.
"""

from collections.abc import Callable

import numpy as np

from canopy.training.reviewed_time import ReviewedTime
from canopy.training.targets import ABSENT
from canopy.training.windows import NO_PLACES, Windows

SHARES = (0.25, 0.5, 0.75)
"""How far a training has come when a search is made."""
MOST, SPARE = 128, 8
"""Places that are kept at the most, and windows that are looked at for each of them."""
ANOTHER = 2**33
"""Added to the seed, so that the draws of a search are not those of an epoch."""


def searches(n_epochs: int) -> list[int]:
    """Return after how many epochs a search is made, rising."""
    return sorted({max(1, round(share * n_epochs)) for share in SHARES} - {n_epochs})


def n_kept(rest: ReviewedTime) -> int:
    """Return how many places a search keeps."""
    return min(MOST, -(-rest.n_windows // SPARE))


def search(windows: Windows, score: Callable[[np.ndarray], np.ndarray], *, epoch: int) -> np.ndarray:
    """Return the places that score highest, of some that are spread over the rest of reviewed time.

    Parameters
    ----------
    windows : Windows
        The training's.
    score : callable
        From a batch of features to logits of its windows, `(batch, n_species)`.
    epoch : int
        Epochs that the network was trained for; the same number looks at the same windows.

    Returns
    -------
    numpy.ndarray
        Shape `(n_kept(windows.rest),)`, int64, the highest first.
    """
    rng = np.random.Generator(np.random.Philox(key=[windows.seed + ANOTHER, epoch]))
    n = n_kept(windows.rest)
    places = windows.rest.spread(n * SPARE, rng)
    heights = np.empty(len(places))
    for first in range(0, len(places), windows.batch_size):
        some = np.resize(places[first:], windows.batch_size)  # all batches of one size: one graph
        batch = windows.gather([windows.rest.window(place) for place in some.tolist()], rng)
        logits = np.where(batch.clip == ABSENT, score(batch.features), -np.inf).max(axis=1)
        heights[first : first + windows.batch_size] = logits[: len(places) - first]
    return places[np.argsort(-heights, kind="stable")[:n]]


def found(kept: np.ndarray) -> np.ndarray:
    """Return the places that a training's state holds: none before its first search."""
    return NO_PLACES if kept[0] < 0 else kept
