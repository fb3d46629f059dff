"""The frequency axis of a spectrogram, on the scale on which its bins lie at even steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import librosa
import numpy as np
from numpy.typing import NDArray

TICKS_HZ = tuple(15.625 * 2**octave for octave in range(12))
TICK_DISTANCE = 0.09
LOWEST_HZ = 1.0
"""What an octave axis takes lower frequencies for."""


@dataclass(frozen=True)
class FrequencyAxis:
    """Where frequencies lie on a picture.

    Attributes
    ----------
    scale : str
        `mel` (Slaney's) or `octave`.
    first_hz, last_hz : float
        Centres of the lowest and the highest bin.
    n_bins : int
    """

    scale: Literal["mel", "octave"]
    first_hz: float
    last_hz: float
    n_bins: int

    def place(self, hz: Sequence[float]) -> NDArray[np.float64]:
        """Return where frequencies lie, in mel or octaves."""
        if self.scale == "mel":
            return np.asarray(librosa.hz_to_mel(hz), float)
        return np.log2(np.maximum(hz, LOWEST_HZ))

    def ends(self) -> tuple[float, float]:
        """Return the lower edge of the lowest bin and the upper edge of the highest, in mel or octaves."""
        first, last = self.place([self.first_hz, self.last_hz])
        half = (last - first) / max(self.n_bins - 1, 1) / 2 or 0.5
        return float(first - half), float(last + half)

    def ticks_hz(self) -> list[float]:
        """Return the octaves of 1 kHz that fit on the axis without crowding."""
        bottom, top = self.ends()
        places = self.place(TICKS_HZ)
        inside = [(tick, place) for tick, place in zip(TICKS_HZ, places, strict=True) if bottom <= place <= top][::-1]
        kept = inside[:1]
        for upper, lower in pairwise(inside):
            if upper in kept and (upper[1] - lower[1]) / (top - bottom) >= TICK_DISTANCE:
                kept.append(lower)
        return [tick for tick, _ in kept[::-1]]
