"""How every kind of features is computed. A new kind is a module beside this one, imported here and put in `COMPUTE`.

What else there is to know of a kind is declared by its settings (`canopy.config.kinds`). A script that extracts one
kind does not read this list, so that no kind wakes another; applying a package does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from canopy.config.cqt import CqtFeatures
from canopy.config.embedding import EmbeddingFeatures
from canopy.config.features import FeatureSet, MelFeatures
from canopy.config.waveform import WaveformFeatures
from canopy.features.cqt import log_cqt
from canopy.features.embedding import embed
from canopy.features.pcen import mel_values
from canopy.features.waveform import frames_of

COMPUTE: dict[type[FeatureSet], Callable[[np.ndarray, Any], np.ndarray]] = {
    MelFeatures: mel_values,
    CqtFeatures: log_cqt,
    WaveformFeatures: frames_of,
    EmbeddingFeatures: embed,
}
"""From samples at the feature set's rate, and its settings, to values of shape `(n_frames, n_bins)`."""


def compute(audio: np.ndarray, features: FeatureSet) -> np.ndarray:
    """Return the features of samples, shape `(n_frames, n_bins)`."""
    return COMPUTE[type(features)](audio, features)
