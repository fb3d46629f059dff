"""Embeddings of BirdNET's network on one core, beside the interpreter that runs it on the same windows."""

import os

os.environ.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Row, in_turns, ratios, report, row
from canopy.config.kinds import feature_set
from canopy.features.embedding import embed, layout, window_starts
from canopy.features.networks.flatbuffer import Graph
from canopy.features.networks.locate import find, located
from canopy.features.networks.network import BATCH
from canopy.features.networks.registry import open_network

REPEATS, SECONDS = 7, 18.75
BUDGET = ">= 0.9"


def interpreted(path: Path, windows: np.ndarray, *, keep: bool) -> Callable[[], None]:
    """Return a way to run the whole network: as it is, or with all its tensors kept, so that a layer can be read."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        interpreter = tf.lite.Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=keep)
    graph = Graph(str(path), path.read_bytes())
    interpreter.resize_tensor_input(graph.inputs[0], [BATCH, windows.shape[1]])
    interpreter.allocate_tensors()

    def run() -> None:
        for first in range(0, len(windows), BATCH):
            interpreter.set_tensor(graph.inputs[0], windows[first : first + BATCH])
            interpreter.invoke()
            interpreter.get_tensor(graph.outputs[0])

    return run


def main() -> None:
    if find("birdnet") is None:
        report("Embeddings: BirdNET's network", [], ["Not measured: BirdNET's network was not installed."])
        return
    keys = {"kind": "embedding", "model": "birdnet", "layer": "frames"}
    settings: Any = located(feature_set(keys, "features"), "this benchmark")
    network, hop = open_network(settings), settings.hop_samples
    audio = np.random.default_rng(1).normal(0, 0.1, round(SECONDS * settings.sample_rate_hz)).astype(np.float32)
    before, _ = layout(network, hop)
    starts = window_starts(len(audio) + before, network.n_samples, hop=hop, stride=settings.stride_frames)
    padded = np.pad(audio, (before, network.n_samples))
    windows = np.stack([padded[start * hop : start * hop + network.n_samples] for start in starts])
    path = Path(settings.model)
    seconds = in_turns(
        {
            "canopy": lambda: embed(audio, settings),
            "interpreter": interpreted(path, windows, keep=False),
            "kept": interpreted(path, windows, keep=True),
        },
        repeats=REPEATS,
        clock=time.process_time,
    )
    rows: list[Row] = [
        row("the interpreter alone / Canopy", ratios(seconds["interpreter"], seconds["canopy"]), budget=BUDGET),
        row("the interpreter with all tensors kept / Canopy", ratios(seconds["kept"], seconds["canopy"])),
        row("Canopy, of real time", [SECONDS / one for one in seconds["canopy"]]),
    ]
    notes = [
        f"{len(starts)} windows of 3 s, of {SECONDS:g} s of noise at 48 kHz: they overlap by half. Canopy reads the"
        " layer before the mean, six times in a window; the interpreter alone gives the scores of 6,522 species."
    ]
    report("Embeddings: BirdNET's network", rows, notes)


if __name__ == "__main__":
    main()
