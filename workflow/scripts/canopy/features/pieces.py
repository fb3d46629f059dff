"""Features of a recording piece by piece, in memory that does not grow with its length.

A piece is decoded and computed together with the sound around it on which it depends, so its frames are those of the
recording computed whole: the same, or but for rounding where a resampler, a smoother or a network passes over them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy.config.features import FeatureSet
from canopy.data.audio.decoding import Recording
from canopy.data.recordings.chunks import chunk_seconds, chunk_starts

Compute = Callable[[np.ndarray, Any], np.ndarray]
"""From samples at the feature set's rate, and its settings, to values of shape `(n_frames, n_bins)`."""


@dataclass(frozen=True)
class Span:
    """Frames `first` to `last - 1` of a recording."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def frames(self) -> range:
        """The frames, one by one."""
        return range(self.first, self.last)


def frames_between(start_s: int, end_s: int | None, features: FeatureSet, n_frames: int) -> Span:
    """Return the frames whose centres lie from `start_s` up to, not at, `end_s` (None: to the recording's end)."""
    rate, hop = features.sample_rate_hz, features.hop_samples
    first = -(-start_s * rate // hop)
    last = n_frames if end_s is None else -(-end_s * rate // hop)
    return Span(min(first, n_frames), min(last, n_frames))


def n_frames(recording: Recording, features: FeatureSet) -> int:
    """Return the number of frames that a recording has."""
    return 1 + recording.length(features.sample_rate_hz) // features.hop_samples


def piece(recording: Recording, span: Span, features: FeatureSet, compute: Compute) -> NDArray[np.float32]:
    """Return some frames of a recording's features, as computing them over the whole recording gives them."""
    hop = features.hop_samples
    reach = -(-features.reach_samples // hop)
    begin = max(span.first - reach, 0) // features.period_frames * features.period_frames
    before = span.first - begin
    length = recording.length(features.sample_rate_hz)
    last = length if span.last > length // hop else min((span.last - 1) * hop + features.reach_samples, length)
    audio = recording.read(begin * hop, last, features.sample_rate_hz)
    return compute(audio, features)[before : before + len(span)]


def pieces(recording: Recording, features: FeatureSet, compute: Compute) -> Iterator[NDArray[np.float32]]:
    """Yield all frames of a recording's features, a chunk at a time.

    Parameters
    ----------
    recording : Recording
    features : FeatureSet
    compute : callable
        Of the feature set's kind.

    Yields
    ------
    numpy.ndarray
        Shape `(n_frames, n_bins)`, one after another. One shorter than a chunk and ten seconds is computed whole.
    """
    n_all = n_frames(recording, features)
    starts: list[int | None] = [*chunk_starts(recording.duration_s, chunk_seconds(recording.rate_hz)), None]
    for start_s, end_s in pairwise(starts):
        span = frames_between(start_s or 0, end_s, features, n_all)
        if len(span):
            yield piece(recording, span, features, compute)
