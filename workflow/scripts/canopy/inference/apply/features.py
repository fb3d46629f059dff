"""Features of pieces of a recording, of any kind."""

import numpy as np
from numpy.typing import NDArray

from canopy.config.features import FeatureSet
from canopy.data.audio.decoding import Recording
from canopy.features.registry import compute
from canopy.inference.apply.frames import Span


def n_frames(recording: Recording, features: FeatureSet) -> int:
    """Return the number of frames that a recording has."""
    return 1 + recording.length(features.sample_rate_hz) // features.hop_samples


def piece(recording: Recording, span: Span, features: FeatureSet) -> NDArray[np.float32]:
    """Return some frames of a recording's features, as computing them over the whole recording gives them."""
    hop = features.hop_samples
    reach = -(-features.reach_samples // hop)
    begin = max(span.first - reach, 0) // features.period_frames * features.period_frames
    before = span.first - begin
    last = min((span.last - 1) * hop + features.reach_samples, recording.length(features.sample_rate_hz))
    audio = recording.read(begin * hop, last, features.sample_rate_hz)
    return compute(audio, features)[before : before + len(span)]
