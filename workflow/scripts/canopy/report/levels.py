"""What the report draws of a recording, whatever its features are."""

import numpy as np

from canopy.config.cqt import CqtFeatures
from canopy.config.features import FeatureSet, MelFeatures
from canopy.config.waveform import WaveformFeatures
from canopy.features.mel import log_mel
from canopy.features.waveform import samples_of
from canopy.report.plots.frequency import FrequencyAxis, mel_axis

WINDOW_S = 0.032
MOST_BANDS = 64
LOWEST_HZ = 50.0


def levels(values: np.ndarray, features: FeatureSet) -> np.ndarray:
    """Return the spectrogram to draw: the features themselves or, of a waveform, its log-mel spectrogram.

    Parameters
    ----------
    values : numpy.ndarray
        A recording's features, shape `(n_frames, n_bins)`.
    features : FeatureSet
        What they are.

    Returns
    -------
    numpy.ndarray
        Shape `(n_frames, n_bins)`, with the bins of `axis_of(features)`.
    """
    if isinstance(features, WaveformFeatures):
        return log_mel(samples_of(values), _drawn(features))[: len(values)]
    return values


def axis_of(features: FeatureSet) -> FrequencyAxis:
    """Return which frequencies the bins stand for that are drawn of a feature set."""
    if isinstance(features, WaveformFeatures):
        return axis_of(_drawn(features))
    if isinstance(features, CqtFeatures):
        return FrequencyAxis("octave", features.low_hz, features.high_hz, features.n_bins)
    if isinstance(features, MelFeatures):
        return mel_axis(features.low_hz, features.high_hz, features.n_bands)
    raise TypeError(f"{type(features).__name__} have no frequency axis")


def _drawn(features: WaveformFeatures) -> MelFeatures:
    half_hz, n_fft = features.sample_rate_hz / 2, max(32, round(WINDOW_S * features.sample_rate_hz))
    return MelFeatures(
        sample_rate_hz=features.sample_rate_hz,
        hop_samples=features.hop_samples,
        n_fft=n_fft,
        n_bands=min(MOST_BANDS, n_fft // 8),
        low_hz=min(LOWEST_HZ, half_hz / 4),
        high_hz=half_hz,
    )
