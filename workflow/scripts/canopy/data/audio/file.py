"""One audio file, decoded whole or piece by piece at its own rate: all formats that libsndfile reads."""

import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import numpy as np
import soundfile as sf

from canopy.data.audio.container import examine
from canopy.data.audio.part import BLOCK_SAMPLES, Part, Samples
from canopy.data.audio.streams import AGAIN, Container
from canopy.data.audio.unreadable import why_not_decoded, why_unreadable
from canopy.runtime.errors import CanopyError

SMALL_SAMPLES = 1 << 6
"""Where a block cannot be decoded, as much of it as can be is found in steps of so many samples."""
HELD_SAMPLES = 1 << 20
"""So many samples of the end of a piece are held, for the next one begins before it."""
FLOATING = ("FLOAT", "DOUBLE")


class BadRecording(CanopyError):
    """A recording that cannot be used to its end; the message says why, and how to fix it.

    `decoded_s` is how much of it can be decoded, where that is known.
    """

    decoded_s: float | None = None


class AudioFile:
    """An audio file that is open for decoding at its own rate; use it in a `with` block.

    Parameters
    ----------
    path : path-like
    channel : int, optional
        The channel to hear, from 1; the mean of all without one. A recording of one channel is heard as it is.
    checked : bool
        Whether a container that is damaged or truncated is refused at once.

    Attributes
    ----------
    rate_hz, channels, n_samples : int
    duration_s : float
    subtype : str
        libsndfile's name for how samples are encoded.
    notes : tuple of str
        What was assumed or left aside, as sentences that begin with the file's name.
    problem : str
        What the container says is wrong, in the same form; only without `checked`.

    Raises
    ------
    BadRecording
        Here and where samples are read, if the file cannot be decoded to its end.
    """

    def __init__(self, path: str | os.PathLike[str], *, channel: int | None = None, checked: bool = True) -> None:
        self.path, self.name = path, os.path.basename(os.fspath(path))
        if why := why_unreadable(path):
            raise BadRecording(why)
        container = examine(path)
        self.problem = f"{self.name} {container.problem}" if container.problem else ""
        if self.problem and checked:
            raise BadRecording(self.problem)
        self._parts: list[Part] = []
        self._held, self._held_from = np.empty(0, np.float32), 0
        notes = [*container.notes]
        try:
            self._open(container, notes)
            self._check(channel)
        except BaseException:
            self.close()
            raise
        self.channel = None if channel is None or self.channels == 1 else channel - 1
        self.notes = tuple(f"{self.name} {note}" for note in notes)

    def _open(self, container: Container, notes: list[str]) -> None:
        alone, at = len(container.streams) == 1, 0
        for number, stream in enumerate(container.streams, start=1):
            try:
                part = Part(self.path, stream, alone=alone)
            except (sf.LibsndfileError, OSError, RuntimeError) as error:
                raise BadRecording(self.problem or why_not_decoded(self.path, reason(error))) from None
            self._parts.append(part)
            first = self._parts[0]
            if (part.rate_hz, part.channels) != (first.rate_hz, first.channels):
                notes.append(
                    f"holds {len(container.streams)} streams: number {number}, at {at / first.rate_hz:.2f} s, is of "
                    f"{part.rate_hz} Hz and {part.channels} channels, not {first.rate_hz} Hz and {first.channels}; "
                    "from there on nothing was heard: split the file there"
                )
                self._parts.pop().close()
                break
            at += part.n_samples
        first = self._parts[0]
        self.rate_hz, self.channels, self.n_samples = first.rate_hz, first.channels, at
        self.format, self.subtype = str(first.file.format), str(first.file.subtype)
        self.duration_s = at / self.rate_hz

    def _check(self, channel: int | None) -> None:
        if self.n_samples == 0:
            raise BadRecording(
                self.problem or f"{self.name} holds no samples (zero length): remove it, or record again"
            )
        if channel is not None and 1 < self.channels < channel:
            raise BadRecording(
                f"{self.name} has {self.channels} channels, and `channel: {channel}` asks for another: name one of them"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        for part in self._parts:
            part.close()

    def read_channels(self, first: int, last: int) -> Samples:
        """Decode samples `first` to `last - 1` of all channels, at the recording's own rate.

        Returns
        -------
        numpy.ndarray
            Shape `(last - first, n_channels)`, float32, full scale being 1.
        """
        samples = np.empty((last - first, self.channels), np.float32)
        self._fill(samples, first)
        return samples

    def blocks(self) -> Iterator[Samples]:
        """Decode all of it from the beginning, and yield all channels in blocks."""
        for first in range(0, self.n_samples, BLOCK_SAMPLES):
            yield self.read_channels(first, min(first + BLOCK_SAMPLES, self.n_samples))

    def _fill(self, samples: Samples, first: int) -> None:
        """Decode all channels from a sample on, as many samples as the array has room for."""
        last = first + len(samples)
        if not 0 <= first <= last <= self.n_samples:
            raise ValueError(f"{self.name} has {self.n_samples} samples: there are none from {first} to {last}")
        start = 0
        for part in self._parts:
            for begin in range(max(first, start), min(last, start + part.n_samples), BLOCK_SAMPLES):
                end = min(begin + BLOCK_SAMPLES, last, start + part.n_samples)
                self._decode(part, start, begin, samples[begin - first : end - first])
            start += part.n_samples

    def _decode(self, part: Part, start: int, begin: int, into: Samples, why: str = "") -> None:
        """Decode a block of a part that starts at the sample `start` of the recording."""
        try:
            n_samples = part.read(begin - start, into)
        except (sf.LibsndfileError, RuntimeError) as error:
            why = why or f" ({reason(error)})"
            if len(into) > SMALL_SAMPLES:
                for at in range(0, len(into), SMALL_SAMPLES):
                    self._decode(part, start, begin + at, into[at : at + SMALL_SAMPLES], why)
            raise self._broken(begin, why) from None
        if n_samples < len(into):
            raise self._broken(begin + n_samples)

    def read_mono(self, first: int, last: int) -> Samples:
        """Decode samples `first` to `last - 1` of the channel that is heard, or of the mean of all.

        Returns
        -------
        numpy.ndarray
            Shape `(last - first,)`, float32.
        """
        mono = np.empty(last - first, np.float32)
        held = self._held[first - self._held_from : last - self._held_from] if first >= self._held_from else mono[:0]
        mono[: len(held)] = held
        self._fill_mono(mono[len(held) :], first + len(held))
        if self.subtype in FLOATING and not np.isfinite(mono).all():
            at_s = (first + int(np.argmin(np.isfinite(mono)))) / self.rate_hz
            raise BadRecording(
                f"{self.name} holds NaN or infinite samples (the first at {at_s:.2f} s): export it again"
            )
        if last < self.n_samples:
            self._held, self._held_from = mono[-HELD_SAMPLES:].copy(), max(first, last - HELD_SAMPLES)
        return mono

    def _fill_mono(self, mono: Samples, first: int) -> None:
        """Decode the channel that is heard, or the mean of all, from a sample on, as many samples as there is room."""
        if self.channels == 1:
            self._fill(mono[:, None], first)
            return
        for start in range(0, len(mono), BLOCK_SAMPLES):
            wanted = mono[start : start + BLOCK_SAMPLES]
            block = self.read_channels(first + start, first + start + len(wanted))
            wanted[:] = block.mean(axis=1) if self.channel is None else block[:, self.channel]

    def _broken(self, n_samples: int, why: str = "") -> BadRecording:
        decoded_s = n_samples / self.rate_hz
        bad = BadRecording(
            self.problem
            or f"{self.name} is truncated or damaged: it decodes to {decoded_s:.2f} s of the {self.duration_s:.2f} s "
            f"that its header promises{why}; {AGAIN}"
        )
        bad.decoded_s = decoded_s
        return bad


def reason(error: Exception) -> str:
    """Return what libsndfile or the system says, without a full stop."""
    told = getattr(error, "error_string", "") or getattr(error, "strerror", "") or str(error)
    return str(told).rstrip(". ")
