"""Log-mel spectrograms with librosa's values, block by block in float32.

Conventions: power spectrum of Hann-windowed, zero-padded, centred frames (frame `i` is centred on
sample `i * hop_samples`); Slaney mel scale, Slaney norm (each triangle has unit area in Hz); decibels
re 1 with a floor of 1e-10 (-100 dB) and no ceiling below the maximum. This is
`librosa.power_to_db(librosa.feature.melspectrogram(y, ..., power=2), ref=1, top_db=None)`, transposed.
"""

from functools import lru_cache

import librosa
import numpy as np
import scipy.fft
import scipy.signal
import scipy.sparse

from canopy.config.features import MelFeatures

FLOOR_POWER = 1e-10
BLOCK_FRAMES = 128


def log_mel(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    """Compute the log-mel spectrogram of a recording.

    Parameters
    ----------
    audio : numpy.ndarray
        Shape `(n_samples,)`, float32, at `settings.sample_rate_hz`.
    settings : MelFeatures
        Window, hop and bands.

    Returns
    -------
    numpy.ndarray
        Shape `(1 + n_samples // hop_samples, n_bands)`, float32, in dB.

    Examples
    --------
    >>> log_mel(np.zeros(3200, "float32"), MelFeatures()).shape
    (11, 64)
    """
    result = mel_power(audio, settings)
    np.maximum(result, FLOOR_POWER, out=result)
    np.log10(result, out=result)
    result *= 10
    return result


def mel_power(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    """Compute the mel power spectrogram of a recording: as `log_mel`, before decibels."""
    n_fft, hop = settings.n_fft, settings.hop_samples
    padded = np.pad(audio, (n_fft // 2, n_fft - n_fft // 2))
    n_frames = 1 + len(audio) // hop
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop][:n_frames]
    window = scipy.signal.get_window("hann", n_fft).astype(np.float32)[:, None]
    used, mel = _mel_matrix(settings)
    result = np.empty((n_frames, settings.n_bands), np.float32)
    for start in range(0, n_frames, BLOCK_FRAMES):
        block = slice(start, start + BLOCK_FRAMES)
        # A frame a column: the transform takes neighbouring columns at once, and the product needs no transposed copy.
        power = np.abs(scipy.fft.rfft(frames[block].T * window, axis=0, overwrite_x=True)[used])
        power *= power
        result[block] = (mel @ power).T
    return result


@lru_cache(maxsize=4)
def _mel_matrix(settings: MelFeatures) -> tuple[slice, scipy.sparse.csr_array]:
    """Return which bins of the spectrum lie in any band, and the bands' weights on those."""
    dense = librosa.filters.mel(
        sr=settings.sample_rate_hz,
        n_fft=settings.n_fft,
        n_mels=settings.n_bands,
        fmin=settings.low_hz,
        fmax=settings.high_hz,
    )
    bins = np.flatnonzero(dense.any(axis=0))
    used = slice(int(bins.min(initial=0)), int(bins.max(initial=0)) + 1)
    return used, scipy.sparse.csr_array(dense[:, used])
