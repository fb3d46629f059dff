"""Which frames of each grid belong to a chunk, and which frames around them its networks must see."""

import numpy as np
from numpy.typing import NDArray

from canopy.features.pieces import Span


def needed(grid: Span, grid_hop_s: float, hop_s: float, n_frames: int) -> Span:
    """Return the frames between which a member's logits are interpolated to the frames of another grid."""
    first = min(int(grid.first * (grid_hop_s / hop_s)), n_frames - 1)
    last = min(int((grid.last - 1) * (grid_hop_s / hop_s)) + 1, n_frames - 1)
    return Span(first, last + 1)


def with_context(wanted: Span, *, window: int, hop: int, context: int, n_frames: int) -> Span:
    """Return the frames to give a network, so that `wanted` comes out as if it had seen the whole recording.

    Parameters
    ----------
    wanted : Span
    window, hop, context : int
        Frames of a window, from one window to the next, and before and after a window that have a say in it.
    n_frames : int
        Frames of the recording.

    Returns
    -------
    Span
        It begins where a window does, and holds all windows that reach into `wanted`, with their context.
    """
    first = max(wanted.first - window - context, 0) // hop * hop
    return Span(first, min(wanted.last + window + context, n_frames))


def reaching(starts: NDArray[np.int64], window: int, wanted: Span) -> NDArray[np.bool_]:
    """Return which windows, by their first frames, reach into `wanted`."""
    return (starts < wanted.last) & (starts + window > wanted.first)
