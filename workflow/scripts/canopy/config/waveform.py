"""The samples themselves."""

from typing import Literal

from canopy.config.features import FeatureSet, Unit


class WaveformFeatures(FeatureSet):
    """The samples of a recording, full scale being 1, in frames of one hop each."""

    kind: Literal["waveform"]
    """The kind of feature."""

    @property
    def unit(self) -> Unit:
        """What a stored value is."""
        return "sample"

    @property
    def n_bins(self) -> int:
        """Values per frame."""
        return self.hop_samples
