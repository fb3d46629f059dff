"""What labels weigh in the loss, so that it depends on neither the number of species nor on what else a batch holds.

A present label weighs 1. An absent one does too, and an unknown one `unknown_weight`, unless all of them together would
outweigh the present ones by more than a bound: with 264 species, one is present in a window and 263 are not. Then
each weighs less. The bounds hold for the mean of a training's windows, so that single labels weigh the same in every
batch.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from canopy.training.targets import ABSENT, PRESENT, SOMEWHERE, UNKNOWN

CLIP_BOUNDS = (3.0, 1.0)
FRAME_BOUNDS = (9.0, 3.0)
"""What absent, and what unknown labels weigh together at the most, over all present ones."""
Counts = np.ndarray[Any, np.dtype[np.float64]]


class Scale(NamedTuple):
    """What an absent and an unknown label weigh, and all labels of a window on average; a present one weighs 1."""

    absent: float
    unknown: float
    per_window: float


class Scales(NamedTuple):
    """The weights of the labels of windows and of those of frames."""

    clip: Scale
    frames: Scale


def scale(counts: Counts, bounds: tuple[float, float], *, unknown_weight: float) -> Scale:
    """Return what labels weigh.

    Parameters
    ----------
    counts : numpy.ndarray
        Present, absent and unknown labels of a window, on average.
    bounds : tuple of float
        Weight of all absent and of all unknown labels over that of all present ones, at the most.
    unknown_weight : float
        What an unknown label weighs below its bound.
    """
    present, absent, unknown = (float(count) for count in counts)

    def bounded(count: float, weight: float, bound: float) -> float:
        together = weight * count
        return weight * min(1.0, bound * present / together) if present and together else weight

    of_absent, of_unknown = bounded(absent, 1.0, bounds[0]), bounded(unknown, unknown_weight, bounds[1])
    return Scale(of_absent, of_unknown, max(present + of_absent * absent + of_unknown * unknown, 1e-6))


def scales(batches: Iterable[Any], *, unknown_weight: float) -> Scales:
    """Return the weights that suit some batches of a training's windows.

    Parameters
    ----------
    batches : iterable of Batch
        Enough of them to stand for all.
    unknown_weight : float
        As in the loss's settings.
    """
    clip, frames, n_windows = np.zeros(3), np.zeros(3), 0
    for batch in batches:
        clip += clip_counts(batch)
        frames += [np.count_nonzero(batch.frames == value) for value in (PRESENT, ABSENT, UNKNOWN)]
        n_windows += len(batch.clip)
    return Scales(
        scale(clip / n_windows, CLIP_BOUNDS, unknown_weight=unknown_weight),
        scale(frames / n_windows, FRAME_BOUNDS, unknown_weight=unknown_weight),
    )


def clip_counts(batch: Any) -> Counts:
    """Return the present, absent and unknown labels of windows.

    A bag's species count once for the bag and once for all of its windows together; a refuted stretch counts once, and
    an unknown label as absent as far as such stretches cover its window.
    """
    unknown, absent = batch.clip == UNKNOWN, batch.frames == ABSENT
    quiet = ~((batch.frames == PRESENT) | (batch.frames == SOMEWHERE)).any(axis=1)
    covered = np.where(unknown & quiet, absent.mean(axis=1), 0.0).sum()
    sizes = (batch.bag[:, None] == batch.bag[None, :]).sum(axis=1)
    bags = ((batch.clip == SOMEWHERE) & (batch.bag >= 0)[:, None]) / sizes[:, None]
    present = np.count_nonzero(batch.clip == PRESENT) + 2 * bags.sum()
    stretches = np.count_nonzero(unknown & absent.any(axis=1))
    n_absent = np.count_nonzero(batch.clip == ABSENT) + stretches + covered
    return np.array([present, n_absent, np.count_nonzero(unknown) - covered], float)
