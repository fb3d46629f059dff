"""The rest of reviewed time: what somebody listened to and found nothing in, as one line from which windows are drawn.

How the same audio is cut into files makes no difference, but for stretches shorter than a window: a stretch is visited
by its length.
"""

from collections.abc import Iterable

import numpy as np

from canopy.training.sampling import Box

GUARD_S = 0.5
"""So close to a true box nothing counts as the rest: marks end too early and begin too late by so much."""
Stretch = tuple[str, int, int]
"""Recording, first frame, and the frame behind the last."""


def rest_of(boxes_s: np.ndarray, n_frames: int, *, hop_s: float, n_window: int) -> list[tuple[int, int]]:
    """Return the stretches of a recording that lie beside its true boxes and hold a window.

    Parameters
    ----------
    boxes_s : numpy.ndarray
        Shape `(n_boxes, 2)`: onsets and offsets in seconds.
    n_frames : int
        Length of the recording.
    hop_s : float
        Seconds between frames.
    n_window : int
        Length of a window, in frames.

    Returns
    -------
    list of (int, int)
        First frame, and the frame behind the last; all of a recording that is shorter than a window and has no box.
    """
    if not len(boxes_s):
        return [(0, n_frames)]
    taken = np.zeros(n_frames + 2, np.int64)
    first = np.floor((boxes_s[:, 0] - GUARD_S) / hop_s).clip(0, n_frames).astype(int)
    stop = np.ceil((boxes_s[:, 1] + GUARD_S) / hop_s).clip(0, n_frames).astype(int)
    np.add.at(taken, first + 1, 1)
    np.add.at(taken, stop + 1, -1)
    free = np.concatenate([[0], np.cumsum(taken)[1:-1] == 0, [0]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(free))
    return [(begin, end) for begin, end in edges.reshape(-1, 2).tolist() if end - begin >= n_window]


class ReviewedTime:
    """Stretches one after the other.

    Parameters
    ----------
    stretches : iterable of Stretch
        Their order is that of the line.
    n_window : int
        Length of a window, in frames.
    hop_s : float
        Seconds between frames.

    Attributes
    ----------
    n_frames : int
        Length of the line.
    """

    def __init__(self, stretches: Iterable[Stretch], *, n_window: int, hop_s: float) -> None:
        self.stretches, self.n_window, self.hop_s = list(stretches), n_window, hop_s
        self._ends = np.cumsum([stop - first for _, first, stop in self.stretches], dtype=np.int64)
        self.n_frames = int(self._ends[-1]) if self.stretches else 0

    @property
    def n_windows(self) -> int:
        """How many windows side by side it holds, at least one for each recording shorter than that."""
        return sum(max(1, (stop - first) // self.n_window) for _, first, stop in self.stretches)

    def spread(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw places on the line, one from each of `n` equal parts of it.

        Returns
        -------
        numpy.ndarray
            Shape `(n,)`, int64, rising.
        """
        return ((np.arange(n) + rng.random(n)) * (self.n_frames / max(n, 1))).astype(np.int64)

    def window(self, place: int) -> Box:
        """Return the window of a place: it lies as far along its stretch as the place does."""
        number = int(np.searchsorted(self._ends, place, side="right"))
        name, first, stop = self.stretches[number]
        length = stop - first
        along = (place - (int(self._ends[number]) - length)) / length
        begin = first + int(along * max(length - self.n_window + 1, 1))
        return name, begin * self.hop_s, min(begin + self.n_window, stop) * self.hop_s
