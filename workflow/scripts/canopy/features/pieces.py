"""Features of a recording piece by piece, in memory that does not grow with its length.

A piece is decoded and computed together with the sound around it on which it depends, so its frames are those of the
recording computed whole: the same, or but for rounding where a resampler, a smoother or a network passes over them.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy.config.features import FeatureSet
from canopy.data.audio.decoding import Recording
from canopy.features.chunks import Span, chunk_seconds, chunk_starts, frames_between

Compute = Callable[[np.ndarray, Any], np.ndarray]
"""From samples at the feature set's rate, and its settings, to values of shape `(n_frames, n_bins)`."""


def n_frames(recording: Recording, features: FeatureSet) -> int:
    """Return the number of frames that a recording has."""
    return 1 + recording.length(features.sample_rate_hz) // features.hop_samples


def piece(recording: Recording, span: Span, features: FeatureSet, compute: Compute) -> NDArray[np.float32]:
    """Return some frames of a recording's features, as computing them over the whole recording gives them."""
    hop = features.hop_samples
    reach = -(-features.reach_samples // hop)
    begin = max(span.first - reach, 0) // features.period_frames * features.period_frames
    before = span.first - begin
    last = min((span.last - 1) * hop + features.reach_samples, recording.length(features.sample_rate_hz))
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
