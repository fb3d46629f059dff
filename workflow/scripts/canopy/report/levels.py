"""What the report draws of a recording, whatever its features are."""

from collections.abc import Callable

import numpy as np

from canopy.config.features import FeatureSet, MelFeatures
from canopy.features.mel import log_mel
from canopy.features.waveform import samples_of
from canopy.report.plots.frequency import FrequencyAxis

WINDOW_S = 0.032
MOST_BANDS = 64
LOWEST_HZ = 50.0
HOP_S = 0.02
"""Of spectrograms that are drawn of embeddings' sound, whose own frames are long."""


def levels(values: np.ndarray, features: FeatureSet, sound: Callable[[int], np.ndarray]) -> np.ndarray:
    """Return the spectrogram to draw: the features themselves or, of others, the log-mel spectrogram of the sound.

    Parameters
    ----------
    values : numpy.ndarray
        A recording's features, shape `(n_frames, n_bins)`.
    features : FeatureSet
        What they are.
    sound : callable
        From a sample rate in Hz to the recording's samples, shape `(n_samples,)`: embeddings do not tell them.

    Returns
    -------
    numpy.ndarray
        Shape `(n_frames, n_bins)`, with the frames of `hop_of(features)` and the bins of `axis_of(features)`.
    """
    if features.holds == "samples":
        return log_mel(samples_of(values), _drawn(features))[: len(values)]
    if features.holds == "embeddings":
        return log_mel(sound(features.sample_rate_hz), _drawn(features))
    return values


def axis_of(features: FeatureSet) -> FrequencyAxis:
    """Return which frequencies the bins stand for that are drawn of a feature set."""
    drawn = features if features.holds == "spectrograms" else _drawn(features)
    if not drawn.bin_hz:
        raise TypeError(f"{type(features).__name__} have no frequency axis")
    return FrequencyAxis(drawn.scale, drawn.bin_hz[0], drawn.bin_hz[-1], len(drawn.bin_hz))


def hop_of(features: FeatureSet) -> float:
    """Return the seconds between the frames that are drawn."""
    return _drawn(features).hop_s if features.holds == "embeddings" else features.hop_s


def _drawn(features: FeatureSet) -> MelFeatures:
    half_hz, n_fft = features.sample_rate_hz / 2, max(32, round(WINDOW_S * features.sample_rate_hz))
    return MelFeatures(
        sample_rate_hz=features.sample_rate_hz,
        hop_samples=round(HOP_S * features.sample_rate_hz) if features.holds == "embeddings" else features.hop_samples,
        n_fft=n_fft,
        n_bands=min(MOST_BANDS, n_fft // 8),
        low_hz=min(LOWEST_HZ, half_hz / 4),
        high_hz=half_hz,
    )
