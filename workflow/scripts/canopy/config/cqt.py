"""Constant-Q spectrograms."""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from canopy.config.base import Count, Positive
from canopy.config.features import FeatureSet

HANN_BANDWIDTH_BINS = 1.50018310546875
"""Equivalent noise bandwidth of the Hann window, as `librosa.filters.window_bandwidth` has it."""


class CqtFeatures(FeatureSet):
    """Constant-Q spectrograms with librosa's values: Hann-windowed filters, power in dB re 1, centred frames."""

    script: ClassVar[str] = "extract_cqt"
    scale: ClassVar[Literal["mel", "octave"]] = "octave"

    kind: Literal["cqt"]
    """The kind of feature."""
    low_hz: Positive = 110.0
    """Frequency of the lowest bin, in Hz."""
    n_bins: Count = 144
    """Number of bins; the octaves above the lowest bin are this by `bins_per_octave`."""
    bins_per_octave: Count = 24
    """Bins per octave; more of them make longer filters."""
    filter_scale: Positive = 1.0
    """Length of the filters; below 1 they are shorter, sharper in time and blurred in frequency."""
    sparsity: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of each filter's magnitude that is left out to save time."""

    @model_validator(mode="after")
    def _range_fits(self) -> "CqtFeatures":
        half_hz = self.sample_rate_hz / 2
        if self.cutoff_hz > half_hz:
            raise ValueError(
                f"the highest of {self.n_bins} bins lies at {self.high_hz:.0f} Hz and its filter reaches up to "
                f"{self.cutoff_hz:.0f} Hz, above half the sample rate ({half_hz:g}); take fewer n_bins, more "
                "bins_per_octave, a lower low_hz or a higher sample_rate_hz"
            )
        return self

    @property
    def high_hz(self) -> float:
        """Frequency of the highest bin, in Hz."""
        return self.low_hz * 2 ** min((self.n_bins - 1) / self.bins_per_octave, 1000)

    @property
    def bin_hz(self) -> tuple[float, ...]:
        """Frequency of each bin, in Hz."""
        return tuple(self.low_hz * 2 ** (number / self.bins_per_octave) for number in range(self.n_bins))

    @property
    def quality(self) -> float:
        """Frequency by bandwidth, the same for all bins; a filter is this many periods long."""
        ratio = 4 ** (1 / self.bins_per_octave)
        return self.filter_scale * (ratio + 1) / (ratio - 1)

    @property
    def reach_samples(self) -> int:
        """Samples before and after its centre on which a frame may depend."""
        return 2 * math.ceil(self.quality * self.sample_rate_hz / self.low_hz)

    @property
    def cutoff_hz(self) -> float:
        """Upper edge of the highest filter, in Hz, as librosa has it."""
        return self.high_hz * (1 + 0.5 * HANN_BANDWIDTH_BINS / self.quality)
