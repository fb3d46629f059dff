"""From framewise logits to events: runs of frames at or above a threshold."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def frame_edges(n_frames: int, frame_s: float) -> Floats:
    """Return where frames begin and end, (n_frames + 1,) in seconds.

    Frame `i` is centred at `i * frame_s` and reaches half a step to both sides; the first and the last frame, which are
    centred on the ends of the recording, are cut there.
    """
    edges = (np.arange(n_frames + 1) - 0.5) * frame_s
    return np.clip(edges, 0.0, duration_s(n_frames, frame_s))


def duration_s(n_frames: int, frame_s: float) -> float:
    """Return how long a recording of so many frames lasts."""
    return max(n_frames - 1, 1) * frame_s


def runs(active: Flags) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the runs of True in each row.

    Parameters
    ----------
    active : ndarray of bool, shape (n_rows, n_frames)

    Returns
    -------
    row, first, stop : ndarray of int, shape (n_runs,)
        Sorted by row and time; `stop` is the frame behind the last.
    """
    padded = np.zeros((active.shape[0], active.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = active
    change = np.diff(padded, axis=1)
    row, first = np.nonzero(change == 1)
    return row, first, np.nonzero(change == -1)[1]


def detect(logits: NDArray[np.floating], threshold: float, frame_s: float) -> Floats:
    """Return the events of one species in one recording.

    Parameters
    ----------
    logits : ndarray, shape (n_frames,)
    threshold : float
        Frames at or above it are active.
    frame_s : float

    Returns
    -------
    ndarray, shape (n_events, 2)
        Onset and offset in seconds, without those that last no time (a first or last frame alone may).
    """
    edges = frame_edges(len(logits), frame_s)
    _, first, stop = runs(np.asarray(logits, dtype=float)[None] >= threshold)
    found = np.stack([edges[first], edges[stop]], axis=1)
    return found[found[:, 1] > found[:, 0]]
