"""Features of pieces of a recording, of any kind."""

import math

import numpy as np
from numpy.typing import NDArray

from canopy.config.cqt import CqtFeatures
from canopy.config.features import FeatureSet, MelFeatures
from canopy.config.waveform import WaveformFeatures
from canopy.errors import CanopyError
from canopy.features.cqt import log_cqt
from canopy.features.mel import log_mel
from canopy.features.waveform import frames_of
from canopy.inference.apply.audio import Recording
from canopy.inference.apply.frames import Span


def n_frames(recording: Recording, features: FeatureSet) -> int:
    """Return the number of frames that a recording has."""
    return 1 + recording.length(features.sample_rate_hz) // features.hop_samples


def reach(features: FeatureSet) -> int:
    """Return how many samples before and after its centre a frame may depend on."""
    if isinstance(features, MelFeatures):
        return features.n_fft
    if isinstance(features, WaveformFeatures):
        return features.hop_samples
    if isinstance(features, CqtFeatures):
        return 2 * math.ceil(features.quality * features.sample_rate_hz / features.low_hz)
    raise CanopyError(f"{type(features).__name__} cannot be applied to recordings by this version of Canopy")


def piece(recording: Recording, span: Span, features: FeatureSet) -> NDArray[np.float32]:
    """Return some frames of a recording's features, as computing them over the whole recording gives them."""
    hop = features.hop_samples
    before = min(-(-reach(features) // hop), span.first)
    last = min((span.last - 1) * hop + reach(features), recording.length(features.sample_rate_hz))
    audio = recording.read((span.first - before) * hop, last, features.sample_rate_hz)
    return _compute(audio, features)[before : before + len(span)]


def _compute(audio: NDArray[np.float32], features: FeatureSet) -> NDArray[np.float32]:
    if isinstance(features, MelFeatures):
        return log_mel(audio, features)
    if isinstance(features, CqtFeatures):
        return log_cqt(audio, features)
    if isinstance(features, WaveformFeatures):
        return frames_of(audio, features)
    raise TypeError(features)
