"""What the report draws of a recording, whatever its features are."""

import numpy as np

from canopy.config.features import FeatureSet, MelFeatures
from canopy.features.mel import log_mel
from canopy.features.waveform import samples_of
from canopy.report.plots.frequency import FrequencyAxis

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
    if features.holds == "samples":
        return log_mel(samples_of(values), _drawn(features))[: len(values)]
    return values


def axis_of(features: FeatureSet) -> FrequencyAxis:
    """Return which frequencies the bins stand for that are drawn of a feature set."""
    drawn = _drawn(features) if features.holds == "samples" else features
    if not drawn.bin_hz:
        raise TypeError(f"{type(features).__name__} have no frequency axis")
    return FrequencyAxis(drawn.scale, drawn.bin_hz[0], drawn.bin_hz[-1], len(drawn.bin_hz))


def _drawn(features: FeatureSet) -> MelFeatures:
    half_hz, n_fft = features.sample_rate_hz / 2, max(32, round(WINDOW_S * features.sample_rate_hz))
    return MelFeatures(
        sample_rate_hz=features.sample_rate_hz,
        hop_samples=features.hop_samples,
        n_fft=n_fft,
        n_bands=min(MOST_BANDS, n_fft // 8),
        low_hz=min(LOWEST_HZ, half_hz / 4),
        high_hz=half_hz,
    )
