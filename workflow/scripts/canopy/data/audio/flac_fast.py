"""FLAC decoded by dr_flac, which takes less time than libFLAC, where it is sure that libFLAC gives the same.

dr_flac passes over damaged frames, and over bytes between frames, without a word. So it gets batches of frames with
which nothing is wrong, and must make of them the samples that they hold, no fewer and no more. All else is for
libsndfile.
"""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy.data.audio.flac_batches import Batches

try:
    import _miniaudio as miniaudio  # without its Python part, which imports what speaks with servers
except ImportError:  # there is no wheel for some machines
    miniaudio = None

SUBTYPES = ("PCM_S8", "PCM_16", "PCM_24")


class FastFlac:
    """A FLAC file of one stream that is decoded on and on, from its beginning.

    Parameters
    ----------
    path : path-like
    n_samples, channels : int
        As its header tells them.
    """

    def __init__(self, path: str | os.PathLike[str], n_samples: int, channels: int) -> None:
        self._batches, self._at = Batches(path, n_samples), 0
        self._left = np.empty((0, channels), np.float32)

    def close(self) -> None:
        """Close the file."""
        self._batches.close()

    def follows(self, first: int) -> bool:
        """Return whether sample `first` is the next one to be decoded."""
        return first == self._at

    def read(self, into: NDArray[np.float32]) -> bool:
        """Decode the next samples into an array of shape `(n_samples, n_channels)`, full scale being 1.

        Returns
        -------
        bool
            Whether all of them came. If not, the array holds anything, and nothing more can be read.
        """
        n_left = min(len(into), len(self._left))
        into[:n_left], self._left = self._left[:n_left], self._left[n_left:]
        done = n_left
        while done < len(into):
            room = into[done:]
            frames, n_samples = self._batches.next(len(room))
            fits = n_samples <= len(room) and into.flags.c_contiguous
            batch = room[:n_samples] if fits else np.empty((n_samples, into.shape[1]), np.float32)
            if not frames or not self._decode(frames, batch):
                return False
            if not fits:
                room[:n_samples], self._left = batch[: len(room)], batch[len(room) :]
            done += n_samples
        self._at += len(into)
        return True

    def _decode(self, frames: bytes, into: NDArray[np.float32]) -> bool:
        data = self._batches.head + frames
        decoder = miniaudio.lib.ma_dr_flac_open_memory(data, len(data), miniaudio.ffi.NULL)
        if not decoder:
            return False
        try:
            return bool(
                decoder.channels == into.shape[1]
                and self._came(decoder, into) == len(into)
                and self._came(decoder, np.empty((1, into.shape[1]), np.float32)) == 0
            )
        finally:
            miniaudio.lib.ma_dr_flac_close(decoder)

    @staticmethod
    def _came(decoder: Any, into: NDArray[np.float32]) -> int:
        pointer = miniaudio.ffi.cast("float *", miniaudio.ffi.from_buffer(into))
        return int(miniaudio.lib.ma_dr_flac_read_pcm_frames_f32(decoder, len(into), pointer))


def open_fast(path: str | os.PathLike[str], subtype: str, n_samples: int, channels: int) -> FastFlac | None:
    """Return a FLAC file that is open for fast decoding; None where its samples are not whole numbers of 8 to 24 bits.

    Parameters
    ----------
    path : path-like
    subtype : str
        libsndfile's name for how samples are encoded.
    n_samples, channels : int
    """
    return FastFlac(path, n_samples, channels) if miniaudio is not None and subtype in SUBTYPES else None
