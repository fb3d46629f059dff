"""What a pretrained network makes of sound: embeddings."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from canopy.config.base import Count, Natural, PathText
from canopy.config.features import FeatureSet
from canopy.config.pretrained import KNOWN, OUTPUT

FORMATS = (".tflite", ".onnx", ".keras")
TOLD = ("licence", "source", "travels", "labels")
"""Keys on which no value of a feature set depends."""
FILE = re.compile(r"[/\\.]")
"""What a path has, and the name of a network has not."""


def computed(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the values of a feature set depend on, of its keys."""
    return {key: value for key, value in keys.items() if key not in TOLD}


class EmbeddingFeatures(FeatureSet):
    """Embeddings of a pretrained network: the values of one of its layers, for windows that overlap.

    A layer with an axis of time gives several frames for each window, any other one.
    """

    model_config = ConfigDict(json_schema_extra={"required": ["kind", "model"]})  # a known network tells the others

    script: ClassVar[str] = "extract_embedding"
    holds: ClassVar[Literal["spectrograms", "samples", "embeddings"]] = "embeddings"

    kind: Literal["embedding"]
    """The kind of feature."""
    model: PathText
    """A network's file (.tflite, .onnx, .keras), the folder of a SavedModel, or the name of a known one: birdnet,
    perch, yamnet. A known one tells the keys below, where they are not given."""
    layer: str | None = None
    """The layer's name; null: what the last dense layer sees; frames: what is averaged over time to become that;
    output: what the network says of its own classes."""
    classes: tuple[Natural | str, ...] = ()
    """The network's own classes that are kept of its output, by names that `labels` has or by numbers from 0; empty:
    all of the layer's values."""
    labels: PathText | None = None
    """A text file with a line for each class, in the order of the output; null: the one that lies beside BirdNET's."""
    sample_rate_hz: Count
    """The rate that the network was trained with, in Hz; recordings of other rates are resampled to it."""
    window_samples: Count
    """Samples that the network sees at once."""
    hop_samples: Count
    """Hop between frames, in samples: from one of a window's positions to the next, where it has several."""
    stride_frames: Count = 1
    """Hop between windows, in frames: at most a window's positions. Where windows overlap, a frame is their mean."""
    sha256: Annotated[str, Field(pattern="[0-9a-f]{64}")] | None = None
    """The file must have this SHA-256; null: any."""
    licence: str = "not told"
    """Under which the weights are; the model card and the report tell it."""
    source: str = "not told"
    """Where the file can be had; told where it is missing."""
    travels: bool = False
    """Whether a model package holds the network's file: only where its licence lets you pass it on."""

    @model_validator(mode="before")
    @classmethod
    def _what_is_known(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or not isinstance(raw.get("model"), str):
            return raw
        if raw.get("classes") and raw.get("layer") is None:
            raw = {**raw, "layer": OUTPUT}
        known, layer = KNOWN.get(raw["model"]), raw.get("layer")
        if known is not None:
            return {**known.defaults(layer if isinstance(layer, str) else None), **raw}
        if not FILE.search(raw["model"]):
            raise ValueError(
                f"no pretrained network has the name {raw['model']!r}; give {', '.join(KNOWN)}, or the path of a file "
                f"({', '.join(FORMATS)}) or of a SavedModel's folder (with a / in it)"
            )
        return raw

    @model_validator(mode="after")
    def _may_travel(self) -> "EmbeddingFeatures":
        known = KNOWN.get(self.model)
        if self.travels and known is not None and not known.travels:
            raise ValueError(
                f"{known.title} is under {known.licence}, so packages do not hold it: leave `travels` out; whoever "
                "applies the package gets the file from its source"
            )
        return self

    @model_validator(mode="after")
    def _frames_fit(self) -> "EmbeddingFeatures":
        if self.hop_samples * self.stride_frames > self.window_samples:
            raise ValueError(
                f"windows of {self.window_samples} samples, {self.stride_frames} frames of {self.hop_samples} samples "
                "apart, leave gaps; give fewer `stride_frames` or a smaller `hop_samples`"
            )
        return self

    @property
    def unit(self) -> str:
        """What a stored value is."""
        return "embedding"

    @property
    def period_frames(self) -> int:
        """A shift of the sound by so many frames shifts the features and changes nothing else."""
        return self.stride_frames

    @property
    def reach_samples(self) -> int:
        """Samples before and after its centre on which a frame may depend."""
        return self.window_samples + self.hop_samples * self.stride_frames

    @property
    def names_file(self) -> bool:
        """Whether `model` is the path of a file, not the name of a known network."""
        return self.model not in KNOWN
