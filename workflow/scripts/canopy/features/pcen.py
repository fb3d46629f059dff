"""Per-channel energy normalisation: levels relative to each band's own recent past, then compressed.

Conventions: of the mel power spectrogram that `mel` makes, scaled by 2**31 (as librosa advises for audio whose full
scale is 1). The smoothed level of each band starts at its mean over the first time constant, so that a recording does
not begin with a burst. Otherwise `librosa.pcen`, transposed: `(E / (eps + M)**gain + bias)**power - bias**power`.
"""

import math

import numpy as np
import scipy.signal

from canopy.config.features import MelFeatures, Pcen
from canopy.features.mel import log_mel, mel_power

SCALE = 2.0**31


def mel_values(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    """Compute a mel spectrogram: per-channel energy normalised where the settings say so, else in decibels."""
    return mel_pcen(audio, settings) if settings.pcen else log_mel(audio, settings)


def mel_pcen(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    """Compute the mel spectrogram of a recording, normalised by `settings.pcen`.

    Parameters
    ----------
    audio : numpy.ndarray
        Shape `(n_samples,)`, float32, at `settings.sample_rate_hz`.
    settings : MelFeatures
        Window, hop, bands and normalisation.

    Returns
    -------
    numpy.ndarray
        Shape `(1 + n_samples // hop_samples, n_bands)`, float32, not negative, without unit.

    Raises
    ------
    ValueError
        If the settings have no `pcen`.
    """
    if settings.pcen is None:
        raise ValueError("the feature set has no `pcen`")
    return pcen(SCALE * mel_power(audio, settings), settings.pcen, hop_s=settings.hop_s)


def pcen(energy: np.ndarray, settings: Pcen, *, hop_s: float) -> np.ndarray:
    """Normalise a spectrogram.

    Parameters
    ----------
    energy : numpy.ndarray
        Shape `(n_frames, n_bands)`, not negative.
    settings : Pcen
        Gain, bias, power, time constant and floor.
    hop_s : float
        Seconds between frames.

    Returns
    -------
    numpy.ndarray
        The same shape, float32.

    References
    ----------
    Wang, Getreuer, Hughes, Lyon and Saurous 2017, "Trainable frontend for robust and far-field keyword spotting"; the
    smoother's coefficient from its time constant as in librosa.
    """
    n_frames = settings.time_constant_s / hop_s
    share = (math.sqrt(1 + 4 * n_frames**2) - 1) / (2 * n_frames**2)
    first = energy[: max(1, round(n_frames))].mean(axis=0, keepdims=True)
    smooth, _ = scipy.signal.lfilter([share], [1, share - 1], energy, axis=0, zi=(1 - share) * first)
    gained = energy * np.exp(-settings.gain * np.log(settings.eps + smooth))
    return ((gained + settings.bias) ** settings.power - settings.bias**settings.power).astype(np.float32)
