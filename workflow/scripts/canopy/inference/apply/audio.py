"""Decoding pieces of a recording, mixed to mono, at any rate: the samples that decoding it whole would give."""

import os
from types import TracebackType

import numpy as np
import soundfile as sf
import soxr

from canopy.data.audio.container import bytes_missing
from canopy.data.audio.probe import UNKNOWN_FRAMES, probe

MARGIN_S = 1
"""Resampled pieces are decoded with so many seconds more on each side, more than the resampler's filter is long."""
BLOCK_SAMPLES = 1 << 18


class BadRecording(Exception):
    """A recording that cannot be used to its end; the message says why, and how to mend it."""


class Recording:
    """A recording that is open for decoding in pieces; use it in a `with` block.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    rate_hz, channels, n_samples : int
    duration_s : float

    Raises
    ------
    BadRecording
        Here and in `read`, where the file cannot be decoded.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        try:
            self._file = sf.SoundFile(path)
        except (sf.LibsndfileError, OSError):
            raise self._bad() from None
        self.rate_hz, self.channels, self.n_samples = self._file.samplerate, self._file.channels, self._file.frames
        if not 0 < self.n_samples < UNKNOWN_FRAMES or bytes_missing(path):
            self._file.close()
            raise self._bad()
        self.duration_s = self.n_samples / self.rate_hz

    def __enter__(self) -> "Recording":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def length(self, rate_hz: int) -> int:
        """Return the number of samples at a rate: what soxr makes of the whole recording."""
        return (2 * self.n_samples * rate_hz + self.rate_hz) // (2 * self.rate_hz)

    def read(self, first: int, last: int, rate_hz: int) -> np.ndarray:
        """Decode samples `first` to `last - 1`, counted at `rate_hz`.

        Returns
        -------
        numpy.ndarray
            Shape `(last - first,)`, float32: the values of `canopy.data.audio.decoding.read_mono`.
        """
        if rate_hz == self.rate_hz:
            return self._decode(first, last)
        # Whole seconds lie on a sample at both rates, so that a piece is resampled in step with the whole.
        begin_s = max(first // rate_hz - MARGIN_S, 0)
        end_s = -(-last // rate_hz) + MARGIN_S
        source = self._decode(begin_s * self.rate_hz, min(end_s * self.rate_hz, self.n_samples))
        piece = soxr.resample(source, self.rate_hz, rate_hz, quality="HQ")
        return piece[first - begin_s * rate_hz : last - begin_s * rate_hz]

    def _decode(self, first: int, last: int) -> np.ndarray:
        mono = np.empty(last - first, np.float32)
        try:
            self._file.seek(first)
            for start in range(0, len(mono), BLOCK_SAMPLES):
                wanted = mono[start : start + BLOCK_SAMPLES]
                block = self._file.read(len(wanted), dtype="float32", always_2d=True)
                if len(block) < len(wanted):
                    raise self._bad()
                wanted[:] = block[:, 0] if self.channels == 1 else block.mean(axis=1)
        except sf.LibsndfileError:
            raise self._bad() from None
        if not np.isfinite(mono).all():
            raise self._bad()
        return mono

    def _bad(self) -> BadRecording:
        name = os.path.basename(os.fspath(self.path))
        return BadRecording(
            probe(self.path).problem or f"{name} could not be decoded, although it can now: run the same command again"
        )
