"""Decoding recordings: any format that libsndfile reads, mixed to mono, at the rate that is wanted."""

import os

import numpy as np
import soundfile as sf
import soxr

from canopy.errors import CanopyError


def read_mono(path: str | os.PathLike[str], sample_rate_hz: int) -> np.ndarray:
    """Decode a whole recording.

    Parameters
    ----------
    path : path-like
        An audio file.
    sample_rate_hz : int
        The rate of the result, in Hz; other rates are resampled (soxr, high quality).

    Returns
    -------
    numpy.ndarray
        Shape `(n_samples,)`, float32. Integer formats are scaled by their full scale to [-1, 1), as
        libsndfile, librosa and torchaudio do; channels are averaged.

    Raises
    ------
    CanopyError
        If the file cannot be decoded to its end.
    """
    try:
        audio, rate = sf.read(path, dtype="float32", always_2d=True)
    except sf.LibsndfileError as error:
        raise CanopyError(
            f"{path}: cannot be decoded ({error.error_string.rstrip('.')}), although it could when the recordings "
            "were listed; restore the file and run the same command again"
        ) from None
    mono = audio[:, 0] if audio.shape[1] == 1 else audio.mean(axis=1)
    if rate != sample_rate_hz:
        mono = soxr.resample(mono, rate, sample_rate_hz, quality="HQ")
    return np.ascontiguousarray(mono)
