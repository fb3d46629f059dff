"""Windows of recordings as vectors of unit length, so that a product of two is the cosine of the angle between them."""

from collections.abc import Iterator

import numpy as np

from canopy.data.audio.decoding import Recording
from canopy.data.recordings.chunks import chunk_seconds
from canopy.features.pieces import Span
from canopy.inference.apply.hearing import Hearing, Values


def windows(hearing: Hearing, recording: Recording) -> Iterator[Values]:
    """Yield the vectors of a recording's windows, in blocks, of which memory holds one.

    Yields
    ------
    ndarray of float32, shape (n, n_values)
        The mean over each window's positions, of unit length; 0 where nothing is heard.
    """
    grid, last = hearing.grid, hearing.count(recording)
    n_windows = grid.n_windows(recording.duration_s)
    at_once = max(1, int(chunk_seconds(recording.rate_hz) / grid.hop_s))
    for begin in range(0, n_windows, at_once):
        end = min(begin + at_once, n_windows)
        values = _heard(hearing, recording, Span(grid.window(begin).first, grid.window(end - 1).last), last)
        total = np.cumsum(np.concatenate([np.zeros_like(values[:1]), values]), axis=0, dtype=np.float64)
        starts = np.arange(end - begin) * grid.hop
        yield unit(((total[starts + grid.n_positions] - total[starts]) / grid.n_positions).astype(np.float32))


def part(hearing: Hearing, recording: Recording, onset_s: float, offset_s: float) -> Values:
    """Return the vectors of a part of a recording: one, or several where it is longer than a window."""
    last = hearing.count(recording)
    spans = [_inside(span, last) for span in hearing.grid.part(onset_s, offset_s)]
    return unit(np.stack([_heard(hearing, recording, span, last).mean(axis=0) for span in spans]))


def unit(vectors: Values) -> Values:
    """Return vectors of the same directions and of unit length; those of no length as they are."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1), np.float32)


def _inside(span: Span, n_positions: int) -> Span:
    first = min(span.first, n_positions - 1)
    return Span(first, max(first + 1, min(span.last, n_positions)))


def _heard(hearing: Hearing, recording: Recording, span: Span, n_positions: int) -> Values:
    """Return the vectors of positions; beyond the last, that one's."""
    there = _inside(span, n_positions)
    found = hearing.positions(recording, there)
    return np.concatenate([found, np.repeat(found[-1:], len(span) - len(there), axis=0)])
