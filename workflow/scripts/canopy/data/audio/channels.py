"""Excerpts of a recording, and what becomes of its channels when they are mixed to one."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from canopy.data.audio.file import AudioFile

EXCERPTS = 3
EXCERPT_S = 3.0
CANCELLED = 0.01
"""Power of the mix, as a share of the channels' mean power, below which they cancel: 20 dB. Channels that have
nothing to do with each other keep one part in as many as there are."""
DEAD = 1e-6
"""Power of a channel, as a share of the loudest one's, below which it is dead: 60 dB."""


class Mix:
    """Sums over the samples of a recording that tell how its channels go together.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        self._power = np.zeros(channels)
        self._mixed = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take in some samples, of shape `(n_samples, n_channels)`."""
        self._power += np.einsum("sc,sc->c", samples, samples, dtype=np.float64)
        mixed = samples.mean(axis=1)
        self._mixed += float(np.dot(mixed, mixed))

    def warning(self) -> str:
        """Return what is wrong with mixing these channels, as the rest of a sentence; empty where nothing is."""
        n = len(self._power)
        loudest = float(self._power.max(initial=0.0))
        if n < 2 or loudest == 0:
            return ""
        dead = np.flatnonzero(self._power <= DEAD * loudest) + 1
        best = int(np.argmax(self._power)) + 1
        if self._mixed < CANCELLED / max(1, n // 10) * float(self._power.mean()):
            return (
                "has channels that cancel each other when they are mixed (one is inverted): "
                f"`channel: {best}` uses one of them alone"
            )
        if len(dead):
            which = "channel " + " and ".join(map(str, dead)) + f" of {n}"
            return f"is silent in {which}, which makes the mix quieter: `channel: {best}` uses one that is not"
        return ""


def excerpts(recording: AudioFile) -> Iterator[NDArray[np.float32]]:
    """Yield three excerpts of three seconds, all channels, from beginning to end; a short recording whole."""
    length = min(recording.n_samples, int(EXCERPT_S * recording.rate_hz))
    starts = np.linspace(0, recording.n_samples - length, EXCERPTS if recording.n_samples > length else 1).astype(int)
    for start in starts.tolist():
        yield recording.read_channels(start, start + length)


def mix_warning(recording: AudioFile) -> list[str]:
    """Return what is wrong with mixing a recording's channels, by its excerpts, in a sentence; nothing for one."""
    if recording.channels == 1 or recording.channel is not None:
        return []
    mix = Mix(recording.channels)
    for samples in excerpts(recording):
        mix.add(samples)
    return [f"{recording.name} {mix.warning()}"] if mix.warning() else []
