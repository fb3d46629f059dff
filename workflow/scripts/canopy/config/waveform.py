"""The samples themselves."""

from typing import ClassVar, Literal

from canopy.config.features import FeatureSet


class WaveformFeatures(FeatureSet):
    """The samples of a recording, full scale being 1, in frames of one hop each."""

    script: ClassVar[str] = "extract_waveform"
    holds: ClassVar[Literal["spectrograms", "samples", "embeddings"]] = "samples"

    kind: Literal["waveform"]
    """The kind of feature."""

    @property
    def unit(self) -> str:
        """What a stored value is."""
        return "sample"

    @property
    def reach_samples(self) -> int:
        """Samples before and after its centre on which a frame may depend."""
        return self.hop_samples

    @property
    def n_bins(self) -> int:
        """Values per frame."""
        return self.hop_samples
