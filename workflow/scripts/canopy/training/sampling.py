"""Which boxes an epoch visits, and where their windows lie."""

import math
from typing import NamedTuple, TypeVar

import numpy as np

from canopy.config.training import Crops

Box = tuple[str, float, float]
"""Recording, onset and offset in seconds."""
ROUNDING = 1e-6
Thing = TypeVar("Thing")


def taking_turns(boxes: list[Thing], n: int, rng: np.random.Generator) -> list[Thing]:
    """Draw boxes, none again before all have had their turn.

    Parameters
    ----------
    boxes : list
        Of boxes or places. Not empty, unless `n` is 0.
    n : int
        How many to draw.

    Returns
    -------
    list
        `n` of them.
    """
    turns = -(-n // len(boxes)) if n else 0
    order = [number for _ in range(turns) for number in rng.permutation(len(boxes))]
    return [boxes[number] for number in order[:n]]


def expected_visits(species: list[str], *, repeats: int, balance: float) -> np.ndarray:
    """Return how often an epoch visits each box, on the average.

    Parameters
    ----------
    species : list of str
        Of each box.
    repeats : int
        Visits per box, over all boxes.
    balance : float
        A species of `n` boxes is visited in proportion to `n ** (1 - balance)`.

    Returns
    -------
    numpy.ndarray
        Shape `(n_boxes,)`, of sum `repeats * n_boxes`; exactly `repeats` without balance.
    """
    _, which, counts = np.unique(species, return_inverse=True, return_counts=True)
    weight = counts[which] ** -float(balance)
    return repeats * (weight / weight.mean())


class VisitCounts(NamedTuple):
    """How often an epoch visits what.

    Attributes
    ----------
    expected : numpy.ndarray
        Visits of each true box, on the average.
    n_refuted, n_rest : int
        Windows around refuted boxes, and in the rest of reviewed time.
    n_steps : int
        Batches.
    """

    expected: np.ndarray
    n_refuted: int
    n_rest: int
    n_steps: int


def visit_counts(
    species: list[str],
    sizes: np.ndarray,
    settings: Crops,
    *,
    n_refuted: int,
    n_rest: int,
    batch_size: int,
    least_steps: int,
) -> VisitCounts:
    """Settle how often an epoch visits each box and the rest of reviewed time, and how many batches that makes.

    Parameters
    ----------
    species : list of str
        Of each true box.
    sizes : numpy.ndarray
        How many windows show each of them. An epoch has a window for each box, also where bags have several.
    settings : Crops
        Shares and repeats.
    n_refuted, n_rest : int
        Refuted boxes, and windows that the rest of reviewed time holds.
    batch_size : int
        Windows per batch.
    least_steps : int
        Batches at the least: all is visited more often until there are so many.
    """
    once = expected_visits(species, repeats=settings.repeats, balance=settings.balance)
    once *= once.sum() / (once @ sizes)

    def others(times: float) -> tuple[int, int]:
        """Return the windows around refuted boxes and in the rest, of an epoch so many times as long."""
        n = times * len(species) * settings.repeats
        most = 2 * settings.repeats * times
        return (
            min(round(settings.refuted_per_positive * n), round(most * n_refuted)),
            min(round(settings.reviewed_per_positive * n), round(most * n_rest)),
        )

    natural = float(once @ sizes) + sum(others(1.0))
    times = max(1.0, 1.0 / once.sum(), least_steps * batch_size / natural)
    n_windows = round(times * (once @ sizes)) + sum(others(times))
    return VisitCounts(times * once, *others(times), max(1, -(-n_windows // batch_size), least_steps))


def systematic(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw each number as often as expected, rounded up or down, and in all as often as expected in all.

    Systematic sampling (Madow 1949) after a shuffle; whole expectations draw nothing at random.

    Returns
    -------
    numpy.ndarray
        Shape `(round(sum of expected),)`: numbers from 0, each as often as it was drawn, in order.
    """
    counts = np.floor(expected).astype(int)
    rest = expected - counts
    missing = round(expected.sum()) - counts.sum()
    if missing:
        order = rng.permutation(len(expected))
        ends = np.cumsum(rest[order]) * (missing / rest.sum())
        marks = np.floor(ends + rng.random())
        counts[order] += np.diff(marks, prepend=0).astype(int).clip(0, 1)
    return np.repeat(np.arange(len(expected)), counts)


def place_window(onset: float, offset: float, n_window: int, n_recording: int, *, position: float) -> int:
    """Choose where a window begins so that it holds a box, or, if the box is longer, lies in it to the frame.

    Parameters
    ----------
    onset, offset : float
        The box, in frames.
    n_window, n_recording : int
        Lengths, in frames.
    position : float
        From 0 to 1: where between the earliest and the latest possible place.

    Returns
    -------
    int
        First frame of the window; inside the recording unless that is shorter than the window, when
        the window holds all of it.
    """
    earliest, latest = sorted((math.ceil(offset - n_window - ROUNDING), math.floor(onset + ROUNDING)))
    bounds = sorted((0, n_recording - n_window))
    first = min(earliest + int(position * (latest - earliest + 1)), latest)
    return min(max(first, bounds[0]), bounds[1])
