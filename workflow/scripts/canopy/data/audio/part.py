"""One stream of an audio file, decoded from any place."""

import os

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from canopy.data.audio import flac
from canopy.data.audio.flac_fast import FastFlac, open_fast
from canopy.data.audio.streams import UNKNOWN, Stream
from canopy.data.audio.view import View

BLOCK_SAMPLES = 1 << 18
LEADS = {"MPEG_LAYER_III": 16 * 1152, "MPEG_LAYER_II": 16 * 1152, "OPUS": 48000, "VORBIS": 1 << 14}
"""Some formats are decoded from so many samples earlier, as their frames depend on those before."""
MPEG_TAIL = 4 * 1152
"""By how many samples libsndfile may overrate the length of MPEG audio."""

Samples = NDArray[np.float32]


class Steady(sf.SoundFile):
    """A file that is read on and on: soundfile's own seeks to where it is after a read, which breaks MPEG audio."""

    def seekable(self) -> bool:
        """Return that soundfile must not seek by itself; `seek` still works."""
        return False


class Part:
    """One stream of a file, open for decoding.

    Parameters
    ----------
    path : path-like
    stream : Stream
    alone : bool
        Whether it is the only one, which the decoder finds by itself.

    Raises
    ------
    soundfile.LibsndfileError
        If it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], stream: Stream, *, alone: bool) -> None:
        self._path, self._stream = path, stream
        self._view: View | None = None
        self._direct = alone and not stream.prefix
        self.file = self._open()
        self.rate_hz, self.channels = int(self.file.samplerate), int(self.file.channels)
        self._at, self._lead = 0, LEADS.get(self.file.subtype, 0)
        self._fast: FastFlac | None = None
        try:
            self.n_samples = self._count()
            if self._direct and self.file.format == "FLAC":
                self._fast = open_fast(path, self.file.subtype, self.n_samples, self.channels)
        except BaseException:
            self.close()
            raise

    def _open(self) -> Steady:
        if self._direct:
            return Steady(self._path)
        self._view = View(self._path, self._stream)
        try:
            return Steady(self._view)
        except BaseException:
            self._view.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._slow()
        self.file.close()
        if self._view is not None:
            self._view.close()

    def _slow(self) -> None:
        """Leave the rest to libsndfile."""
        if self._fast is not None:
            self._fast.close()
            self._fast = None

    def read(self, first: int, into: Samples) -> int:
        """Decode samples from `first` on into an array of shape `(n_samples, n_channels)`; return how many came."""
        if self._fast is not None:
            follows = self._fast.follows(first)
            if follows and self._fast.read(into):
                return len(into)
            self._slow()
            if follows:  # as of reading on and on: a seek in a damaged file may end elsewhere
                self._at = -1
                self._skip(0, first)
                self._at = first
        if first != self._at:
            self._go(first)
        self._at = -1
        n_samples = len(self.file.read(out=into))
        self._at = first + n_samples
        return n_samples

    def _go(self, first: int) -> None:
        start = max(0, first - self._lead)
        try:
            if not sf.SoundFile.seekable(self.file):
                raise RuntimeError("cannot seek")
            self.file.seek(start)
        except (sf.LibsndfileError, RuntimeError):
            self._again()
            start = 0
        self._skip(start, first)

    def _skip(self, start: int, first: int) -> None:
        while start < first:
            skipped = len(self.file.read(min(BLOCK_SAMPLES, first - start), dtype="float32", always_2d=True))
            if not skipped:
                break
            start += skipped

    def _again(self) -> None:
        self.close()
        self.file = self._open()

    def _count(self) -> int:
        if self.file.frames >= UNKNOWN:
            return self._learn_length()
        n_samples = int(self.file.frames)
        if self.file.format == "MP3":
            return self._end(min(n_samples, self._stream.n_samples or n_samples))
        return n_samples

    def _learn_length(self) -> int:
        """Decode a stream whose header leaves its length open; a FLAC stream then gets it into its header, to seek."""
        n_samples = 0
        while n := len(self.file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)):
            n_samples += n
        if self.file.format == "FLAC":
            with open(self._path, "rb") as handle:
                handle.seek(self._stream.start)
                self._stream = flac.with_length(handle.read(flac.HEADER_BYTES), self._stream, n_samples)
            self._direct = False
        self._again()
        return n_samples

    def _end(self, n_samples: int) -> int:
        """Find the end of MPEG audio, whose length libsndfile may overrate a little."""
        start = max(0, n_samples - MPEG_TAIL)
        self.file.seek(start)
        found = start + len(self.file.read(n_samples - start, dtype="float32", always_2d=True))
        self._again()  # after a seek, not all samples would be the same to the last bit
        return found
