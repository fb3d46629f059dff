"""Long recordings in chunks, with enough context at their seams that nobody can tell where they were."""

from collections.abc import Iterable, Iterator

import numpy as np


def chunks(
    pieces: Iterable[np.ndarray], *, length: int, context: int, stride: int, shortest: int, silent: bool = False
) -> Iterator[tuple[np.ndarray, slice]]:
    """Cut a recording into chunks that overlap by their context.

    Parameters
    ----------
    pieces : iterable of numpy.ndarray
        The recording's frames, shape `(n, n_bins)` each, one piece after another; only a chunk of them is held.
    length : int
        Frames of a chunk without its context, a multiple of `stride`.
    context : int
        Frames before and after, a multiple of `stride`; fewer where the recording begins or ends.
    stride : int
        The recording is filled up to a multiple of it by repeating its last frame.
    shortest : int
        And to at least so many frames.
    silent : bool
        With zeros instead.

    Yields
    ------
    frames : numpy.ndarray
        Shape `(n, n_bins)`, `n` a multiple of `stride`.
    own : slice
        Which steps of `stride` frames of the chunk are its own, not context.
    """
    held: np.ndarray | None = None
    begin = start = 0  # the first frame that is held, and the first that no chunk has had for its own
    for piece in pieces:
        held = piece if held is None else np.concatenate([held, piece])
        while begin + len(held) > start + length + context:
            own = slice((start - begin) // stride, (start - begin + length) // stride)
            yield held[: start + length + context - begin], own
            start += length
            kept = max(start - context, 0)
            held, begin = held[kept - begin :], kept
    if held is None or begin + len(held) == 0:
        return
    end = max(-(-(begin + len(held)) // stride) * stride, shortest)
    missing = end - begin - len(held)
    if missing:
        beyond = np.zeros_like(held[-1:]) if silent else held[-1:]
        held = np.concatenate([held, np.repeat(beyond, missing, axis=0)])
    yield held, slice((start - begin) // stride, (end - begin) // stride)


def windows(blocks: Iterable[np.ndarray], n_window: int, hop: int) -> Iterator[tuple[int, np.ndarray]]:
    """Cut what comes in blocks into overlapping windows that cover it to its end.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray
        One after another, equal in shape but for the first axis; at least `n_window` long together.
    n_window, hop : int
        Length of a window, and from one's beginning to the next one's.

    Yields
    ------
    start : int
        Multiples of `hop`; the last window ends with the blocks.
    window : numpy.ndarray
        Of length `n_window`.
    """
    held: np.ndarray | None = None
    begin = start = 0  # of what is held, and of the next window
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        while start + n_window <= begin + len(held):
            yield start, held[start - begin : start - begin + n_window]
            start += hop
        kept = max(start - hop, 0)  # the last window may begin less than a hop after the one before
        held, begin = held[kept - begin :], kept
    last = begin + len(held) - n_window if held is not None else -1
    if held is not None and last > start - hop:
        yield last, held[last - begin :]
