"""One network as TensorFlow, as LiteRT and as ONNX, window by window on one core, as on a field device."""

import importlib.util
import os

os.environ.update(OMP_NUM_THREADS="1")

import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks import data, networks
from benchmarks.measure import Row, in_turns, ratios, report, row

REPEATS, N_WINDOWS, WINDOW_FRAMES = 9, 24, 250
ONNX = ("tf2onnx", "onnxruntime")


def litert() -> str:
    """Have the device's program find LiteRT's interpreter, also where only TensorFlow has it; return which it is."""
    if importlib.util.find_spec("ai_edge_litert"):
        return "ai-edge-litert"
    import tensorflow as tf

    sys.modules["ai_edge_litert.interpreter"] = SimpleNamespace(Interpreter=tf.lite.Interpreter)  # type: ignore[assignment]
    return "TensorFlow's own"


def on_one_thread(file: Path) -> Callable[[np.ndarray], Any]:
    """Open an ONNX file as the device's program does, but on one thread."""
    from canopy.package.onnx import open_onnx

    session = open_onnx(file.read_bytes())
    return lambda window: session.run(["clip"], {"features": window[None]})[0][0]


def logits(network: Callable[[np.ndarray], Any], windows: Sequence[np.ndarray]) -> np.ndarray:
    """Run a network on one window after another."""
    return np.stack([np.asarray(network(window)) for window in windows])


def main() -> None:
    networks.start_tensorflow(threads=1)
    from canopy.config.features import MelFeatures
    from canopy.config.model import Model
    from canopy.data.audio.decoding import read_mono
    from canopy.features.mel import log_mel
    from canopy.inference.scorer import compiled
    from canopy.models.build import build_model
    from canopy.package.lite import TOLERANCE_LOGITS, to_lite
    from canopy.package.onnx import TOLERANCE_LOGITS as TOLERANCE_ONNX
    from canopy.package.onnx import to_onnx

    device = runpy.run_path(str(data.REPOSITORY / "docs" / "field_device.py"))
    features = MelFeatures(sample_rate_hz=data.RATE_HZ, n_fft=2048, hop_samples=960, n_bands=64, high_hz=15000)
    model = build_model(Model(), n_frames=WINDOW_FRAMES, n_bins=features.n_bins, n_species=data.RFCX_SPECIES, seed=1)
    original, interpreter = compiled(model), litert()
    run: dict[str, Callable[[np.ndarray], Any]] = {"TensorFlow": lambda window: original(window[None])["clip"][0]}
    with tempfile.TemporaryDirectory() as name:
        path, what = data.minute(Path(name))
        samples = read_mono(path, features.sample_rate_hz)
        writers: dict[str, Callable[[Any], bytes]] = {"tflite": to_lite}
        if all(importlib.util.find_spec(package) for package in ONNX):
            writers["onnx"] = to_onnx
        for ending, write in writers.items():
            file = Path(name) / f"network.{ending}"
            file.write_bytes(write(model))
            run[ending] = on_one_thread(file) if ending == "onnx" else device["open_network"](str(file))
        levels = log_mel(samples, features)
        windows = [levels[start : start + WINDOW_FRAMES] for start in range(0, N_WINDOWS * 100, 100)]
        ways = {way: partial(logits, network, windows) for way, network in run.items()}
        found = {way: heard() for way, heard in ways.items()}
        features_of = {
            "Canopy": lambda: log_mel(samples, features),
            "device": lambda: device["log_mel"](samples, features.model_dump()),
        }
        seconds = in_turns({**ways, **features_of}, repeats=REPEATS, clock=time.process_time)
        furthest = float(np.abs(device["log_mel"](samples, features.model_dump()) - levels).max())
    rows: list[Row] = []
    for ending, title, allowed in (("tflite", "LiteRT", TOLERANCE_LOGITS), ("onnx", "ONNX Runtime", TOLERANCE_ONNX)):
        if ending in found:
            apart = float(np.abs(found[ending] - found["TensorFlow"]).max())
            rows += [
                row(f"TensorFlow / {title}", ratios(seconds["TensorFlow"], seconds[ending])),
                row(f"{title}, furthest logit from TensorFlow's", [apart], unit="", budget=f"<= {allowed:g}"),
            ]
    if "onnx" in found:
        rows.append(row("LiteRT / ONNX Runtime", ratios(seconds["tflite"], seconds["onnx"])))
    titles = {"TensorFlow": "TensorFlow", "tflite": "LiteRT", "onnx": "ONNX Runtime"}
    rows += [
        row(f"{titles[way]}, a window", [1000 * one / N_WINDOWS for one in seconds[way]], unit="ms") for way in ways
    ]
    rows += [
        row("features: docs/field_device.py / Canopy", ratios(seconds["device"], seconds["Canopy"])),
        row("features: furthest value from Canopy's", [furthest], unit="dB", budget="<= 0.01"),
    ]
    notes = [
        f"{N_WINDOWS} windows of {WINDOW_FRAMES * features.hop_s:g} s, one at a time, of {what}; hop 20 ms, "
        f"{data.RFCX_SPECIES} species, the compact network with random weights. LiteRT's interpreter is {interpreter}. "
        f"{REPEATS} repeats in turns on one core, in seconds of that core."
    ]
    if "onnx" not in found:
        notes.append("ONNX was not measured: `make install-onnx` installs what writes and runs it.")
    report("Exported networks on one core", rows, notes)


if __name__ == "__main__":
    main()
