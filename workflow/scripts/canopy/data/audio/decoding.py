"""Decoding recordings, whole or piece by piece, mixed to mono, at any rate."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import soxr

from canopy.data.audio.file import AudioFile, BadRecording
from canopy.data.audio.part import Samples
from canopy.runtime.errors import CanopyError

MARGIN_S = 1
"""Resampled pieces are decoded with so many seconds more on each side, more than the resampler's filter is long."""


class Recording(AudioFile):
    """A recording that is open for decoding at any rate; the rest is as of `AudioFile`."""

    def length(self, rate_hz: int) -> int:
        """Return the number of samples at a rate: what soxr makes of the whole recording."""
        return (2 * self.n_samples * rate_hz + self.rate_hz) // (2 * self.rate_hz)

    def read(self, first: int, last: int, rate_hz: int) -> Samples:
        """Decode samples `first` to `last - 1` of one channel, counted at `rate_hz`.

        Returns
        -------
        numpy.ndarray
            Shape `(last - first,)`, float32: the values of `read_mono`.
        """
        if rate_hz == self.rate_hz:
            return self.read_mono(first, last)
        # Whole seconds lie on a sample at both rates, so that a piece is resampled in step with the whole.
        begin_s = max(first // rate_hz - MARGIN_S, 0)
        end_s = -(-last // rate_hz) + MARGIN_S
        source = self.read_mono(begin_s * self.rate_hz, min(end_s * self.rate_hz, self.n_samples))
        piece = soxr.resample(source, self.rate_hz, rate_hz, quality="HQ")
        return piece[first - begin_s * rate_hz : last - begin_s * rate_hz]

    def read_whole(self, rate_hz: int) -> Samples:
        """Decode all of it, one channel, at a rate."""
        mono = self.read_mono(0, self.n_samples)
        return mono if rate_hz == self.rate_hz else soxr.resample(mono, self.rate_hz, rate_hz, quality="HQ")


@contextmanager
def listed(path: str | os.PathLike[str], *, channel: int | None = None) -> Iterator[Recording]:
    """Open a recording that was found usable when the recordings were listed, as a block in which it is decoded.

    Parameters
    ----------
    path : path-like
        An audio file.
    channel : int, optional
        As of `Recording`.

    Raises
    ------
    CanopyError
        If the file cannot be decoded to its end.
    """
    try:
        with Recording(path, channel=channel) as recording:
            yield recording
    except BadRecording as bad:
        raise CanopyError(
            f"{path}: cannot be decoded ({bad}), although it could when the recordings were listed; restore the file "
            "and run the same command again"
        ) from None


def read_mono(path: str | os.PathLike[str], sample_rate_hz: int, *, channel: int | None = None) -> Samples:
    """Decode a whole recording that was found usable before.

    Parameters
    ----------
    path : path-like
        An audio file.
    sample_rate_hz : int
        The rate of the result, in Hz; other rates are resampled (soxr, high quality).
    channel : int, optional
        As of `Recording`.

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
    with listed(path, channel=channel) as recording:
        return np.ascontiguousarray(recording.read_whole(sample_rate_hz))
