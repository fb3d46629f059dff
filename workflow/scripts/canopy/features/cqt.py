"""Constant-Q spectrograms with librosa's values.

Conventions: `librosa.cqt` with its defaults (Hann-windowed filters of unit L1 norm, scaled by the square root of
their length, so that white noise has one level at all frequencies; silence outside the recording); frame `i` is
centred on sample `i * hop_samples`. Power in decibels re 1 with a floor of 1e-10 (-100 dB), as for log-mel:
`librosa.amplitude_to_db(abs(librosa.cqt(y, ...)), ref=1, amin=1e-5, top_db=None)`, transposed.
"""

import math

import librosa
import numpy as np

from canopy.config.cqt import CqtFeatures

FLOOR_POWER = 1e-10


def log_cqt(audio: np.ndarray, settings: CqtFeatures) -> np.ndarray:
    """Compute the constant-Q spectrogram of a recording.

    Parameters
    ----------
    audio : numpy.ndarray
        Shape `(n_samples,)`, float32, at `settings.sample_rate_hz`. One shorter than two of the longest filters
        counts as followed by silence.
    settings : CqtFeatures
        Bins, filters and hop.

    Returns
    -------
    numpy.ndarray
        Shape `(1 + n_samples // hop_samples, n_bins)`, float32, in dB.

    References
    ----------
    Schörkhuber and Klapuri 2010, "Constant-Q transform toolbox for music processing", as librosa has it.
    """
    n_frames = 1 + len(audio) // settings.hop_samples
    longest = math.ceil(settings.quality * settings.sample_rate_hz / settings.low_hz)
    spectrum = librosa.cqt(
        np.pad(audio, (0, max(0, 2 * longest - len(audio)))),
        sr=settings.sample_rate_hz,
        hop_length=settings.hop_samples,
        fmin=settings.low_hz,
        n_bins=settings.n_bins,
        bins_per_octave=settings.bins_per_octave,
        filter_scale=settings.filter_scale,
        sparsity=settings.sparsity,
    )
    power = np.square(np.abs(spectrum.T[:n_frames]))
    return 10 * np.log10(np.maximum(power, FLOOR_POWER))
