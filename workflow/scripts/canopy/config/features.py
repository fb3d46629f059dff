"""What the networks see: what all kinds of features share, and log-mel spectrograms.

Each kind has a module of its own, so that a key of one makes no other stale; `kinds` knows them all.
"""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from canopy.config.base import Count, Positive, Section

MEMORY = 20.0
"""After so many time constants, a smoothed level has forgotten what was before: exp(-20) is 2e-9."""


class FeatureSet(Section):
    """What all kinds of features share; each has `n_bins`, the values per frame, besides, where the settings tell it.

    A kind declares here what the rest of Canopy must know of it; how it is computed is in `canopy.features`.

    Attributes
    ----------
    script : str
        The rule's script, a file beside the package: each kind has its own, so that one never wakes another.
    holds : str
        What a network must be made for.
    scale : str
        The scale of frequency on which the bins lie at even steps; of samples, that of the spectrogram that is drawn.
    """

    script: ClassVar[str]
    holds: ClassVar[Literal["spectrograms", "samples", "embeddings"]] = "spectrograms"
    scale: ClassVar[Literal["mel", "octave"]] = "mel"

    sample_rate_hz: Count = 16000
    """Recordings of other rates are resampled to this one, in Hz."""
    hop_samples: Count = 320
    """Hop between frames, in samples."""

    @property
    def hop_s(self) -> float:
        """Seconds between frames."""
        return self.hop_samples / self.sample_rate_hz

    @property
    def bin_hz(self) -> tuple[float, ...]:
        """Centre of each bin, in Hz; empty where a value belongs to no frequency."""
        return ()

    @property
    def unit(self) -> str:
        """What a stored value is, by `canopy.features.units`: a level in dB (`db`), `pcen`, `sample`, `embedding`."""
        return "db"

    @property
    def period_frames(self) -> int:
        """A shift of the sound by so many frames shifts the features and changes nothing else."""
        return 1

    @property
    def reach_samples(self) -> int:
        """Samples before and after its centre on which a frame may depend."""
        raise NotImplementedError


class Pcen(Section):
    """Per-channel energy normalisation, with librosa's defaults."""

    gain: Annotated[float, Field(ge=0)] = 0.98
    """How far each band's own smoothed level is taken out; 1: wholly."""
    bias: Positive = 2.0
    """What is added before compression."""
    power: Positive = 0.5
    """Exponent of the compression."""
    time_constant_s: Positive = 0.4
    """Time over which each band's level is smoothed, in seconds."""
    eps: Positive = 1.0e-6
    """Floor of the smoothed level."""


class MelFeatures(FeatureSet):
    """Log-mel spectrograms with librosa's values: Slaney mel scale and norm, power in dB re 1, centred frames."""

    script: ClassVar[str] = "extract_spectrograms"

    kind: Literal["mel"] = "mel"
    """The kind of feature."""
    n_fft: Annotated[int, Field(ge=16, lt=2**31)] = 512
    """Window of the short-time Fourier transform (Hann), in samples."""
    n_bands: Count = 64
    """Number of mel bands."""
    low_hz: Annotated[float, Field(ge=0)] = 50.0
    """Lower edge of the lowest band, in Hz."""
    high_hz: Positive = 8000.0
    """Upper edge of the highest band, in Hz."""
    pcen: Pcen | None = None
    """Per-channel energy normalisation in place of decibels; null: decibels."""

    @model_validator(mode="after")
    def _band_fits(self) -> "MelFeatures":
        if not self.low_hz < self.high_hz <= self.sample_rate_hz / 2:
            raise ValueError(
                f"low_hz ({self.low_hz:g}) must lie below high_hz ({self.high_hz:g}), "
                f"and that at or below half the sample rate ({self.sample_rate_hz / 2:g})"
            )
        return self

    @property
    def unit(self) -> str:
        """What a stored value is."""
        return "pcen" if self.pcen else "db"

    @property
    def reach_samples(self) -> int:
        """Samples before and after its centre on which a frame may depend."""
        memory_s = MEMORY * self.pcen.time_constant_s if self.pcen else 0.0
        return self.n_fft + math.ceil(memory_s * self.sample_rate_hz)

    @property
    def n_bins(self) -> int:
        """Values per frame."""
        return self.n_bands

    @property
    def bin_hz(self) -> tuple[float, ...]:
        """Centre of each band, in Hz."""
        low, high = _mel(self.low_hz), _mel(self.high_hz)
        step = (high - low) / (self.n_bands + 1)
        return tuple(_hz(low + step * (band + 1)) for band in range(self.n_bands))


def _mel(hz: float) -> float:
    """Return a frequency on Slaney's mel scale: linear below 1 kHz, logarithmic above."""
    return 3 * hz / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


def _hz(mel: float) -> float:
    return 200 * mel / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)
