"""Exported networks: as ONNX, and as a field device runs them with features of its own (docs/field_device.py)."""

import importlib
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import soundfile as sf

from canopy.config.features import MelFeatures
from canopy.data.audio.decoding import read_mono
from canopy.features.mel import log_mel
from canopy.inference.scorer import Scorer
from canopy.models.build import load_model, save_model
from canopy.package import exporting
from canopy.package.onnx import TOLERANCE_LOGITS, parity, run_onnx, to_onnx
from canopy.package.parity import OUTPUTS
from canopy.runtime.errors import CanopyError
from packing import FINE, SPECIES, network

DEVICE = runpy.run_path(str(Path(__file__).resolve().parents[2] / "docs" / "field_device.py"))
FEATURES = MelFeatures.model_validate(FINE)
SCRIPTS = {"tflite": "export_network", "onnx": "export_onnx"}
TOLERANCES = {"tflite": 0.02, "onnx": 2e-3}
"""How far a device's logits may lie from Canopy's, here where they vary by 0.8 in time: float16, and features."""
both = pytest.mark.parametrize("written", ["tflite", pytest.param("onnx", marks=pytest.mark.onnx)])
onnx = pytest.mark.onnx


@pytest.fixture(autouse=True)
def _packages(request: pytest.FixtureRequest) -> None:
    """Skip what needs ONNX's packages where they are missing."""
    if request.node.get_closest_marker("onnx"):
        for name in ("tf2onnx", "onnxruntime"):
            pytest.importorskip(name, reason="needs `make install-onnx`")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path, keras.Model]]:
    """Return a function that exports one small network by the rule's own script, once for each format."""
    folder = tmp_path_factory.mktemp("exported")
    model, weights = network(folder, 3, FINE)
    louder = load_model(model, weights)
    for variable in louder.trainable_variables:
        variable.assign(1.7 * variable)  # so that its logits vary in time
    save_model(louder, model, weights)
    (folder / "classes.csv").write_text("species\n" + "".join(f"{name}\n" for name in SPECIES))
    settings = {"features": FEATURES.model_dump(), "compute": {"threads": 1}}

    def exported(written: str) -> tuple[Path, Path, keras.Model]:
        output = folder / f"fold0.{written}"
        about = folder / f"fold0.{written}.json"
        if not output.exists():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(exporting, "prepare", lambda compute, gpu: "CPU")  # TensorFlow runs already
                importlib.import_module(SCRIPTS[written]).main(
                    [
                        *("--settings", json.dumps(settings), "--classes", str(folder / "classes.csv")),
                        *("--model", str(model), "--weights", str(weights)),
                        *("--output", str(output), "--about", str(about)),
                    ]
                )
        return output, about, load_model(model, weights)

    return exported


@pytest.fixture
def litert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give LiteRT's interpreter its own name where it is only installed as a part of TensorFlow."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401
    except ImportError:
        import tensorflow as tf

        module = SimpleNamespace(Interpreter=tf.lite.Interpreter)
        monkeypatch.setitem(sys.modules, "ai_edge_litert", SimpleNamespace(interpreter=module))
        monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", module)


def sound(path: Path, seconds: float, *, rate_hz: int = FEATURES.sample_rate_hz) -> Path:
    rng = np.random.default_rng(9)
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    calls = 0.2 * np.sin(2 * np.pi * (2000 + 500 * np.sin(9 * times)) * times) * (np.sin(3 * times) > 0.5)
    sf.write(path, np.stack([calls + rng.normal(0, 0.01, len(times)), rng.normal(0, 0.02, len(times))], 1), rate_hz)
    return path


@pytest.mark.parametrize("n_samples", [0, 300, 16000 * 3 + 7])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_fft": 1001, "hop_samples": 333, "low_hz": 0.0, "high_hz": 7000.0, "n_bands": 40},
        {"n_fft": 2048, "low_hz": 1500.0, "n_bands": 128},
        {"n_fft": 512, "low_hz": 100.0, "high_hz": 900.0, "n_bands": 8},
    ],
)
def test_a_devices_features_are_canopys(n_samples: int, changes: dict[str, Any]) -> None:
    settings = MelFeatures.model_validate({**FINE, **changes})
    samples = np.random.default_rng(1).normal(0, 0.01, n_samples).astype(np.float32)
    samples *= 1 + np.sin(np.arange(n_samples) / 999).astype(np.float32)
    found = DEVICE["log_mel"](samples, settings.model_dump())
    expected = log_mel(samples, settings)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, atol=0.01)


@both
@pytest.mark.parametrize("seconds", [0.4, 0.96, 7.3])
@pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.usefixtures("litert")
def test_a_device_scores_as_canopy_does(
    written: str, seconds: float, export: Callable[[str], tuple[Path, Path, keras.Model]], tmp_path: Path
) -> None:
    file, about, model = export(written)
    recording = sound(tmp_path / "a.wav", seconds)
    samples = read_mono(recording, FEATURES.sample_rate_hz)
    scorer = Scorer(model, overlap=0.5, batch_size=16, method="windows")
    starts, clips, _ = scorer.by_window(log_mel(samples, FEATURES))
    found = list(DEVICE["score"](DEVICE["open_network"](str(file)), json.loads(about.read_text()), samples))
    np.testing.assert_allclose([begin_s for begin_s, _ in found], starts * FEATURES.hop_s)
    np.testing.assert_allclose([logits for _, logits in found], clips, atol=TOLERANCES[written])
    assert seconds < 5 or np.ptp(clips, axis=0).max() > 10 * TOLERANCES[written]


@both
@pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.usefixtures("litert")
def test_a_device_says_what_it_hears(
    written: str,
    export: Callable[[str], tuple[Path, Path, keras.Model]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, about, model = export(written)
    capsys.readouterr()
    recording = sound(tmp_path / "a.wav", 2.0)
    starts, clips, _ = Scorer(model, overlap=0.5, batch_size=16, method="windows").by_window(
        log_mel(read_mono(recording, FEATURES.sample_rate_hz), FEATURES)
    )
    scores = 1 / (1 + np.exp(-clips))
    ordered = np.sort(scores, axis=None)
    widest = int(np.diff(ordered).argmax())
    least = ordered[widest : widest + 2].mean()  # where rounding decides nothing
    expected = [
        (f"{start * FEATURES.hop_s:.2f}", species, value)
        for start, window in zip(starts, scores, strict=True)
        for species, value in zip(SPECIES, window, strict=True)
        if value >= least
    ]
    DEVICE["main"](str(file), str(about), str(recording), str(least))
    said = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    assert 0 < len(said) < scores.size
    assert [(begin, species) for begin, species, _ in said] == [row[:2] for row in expected]
    np.testing.assert_allclose([float(value) for *_, value in said], [row[2] for row in expected], atol=5e-3)
    with pytest.raises(SystemExit, match=r"b\.wav is at 22050 Hz; .*the network heard .*16000"):
        DEVICE["main"](str(file), str(about), str(sound(tmp_path / "b.wav", 1.0, rate_hz=22050)))


# ONNX.


@onnx
def test_a_network_in_onnx_gives_the_originals_logits(
    export: Callable[[str], tuple[Path, Path, keras.Model]],
) -> None:
    import onnx as format_of

    file, about, model = export("onnx")
    format_of.checker.check_model(format_of.load(file), full_check=True)
    windows = np.random.default_rng(2).normal(-60, 10, (3, 48, 16)).astype(np.float32)
    found = parity(model, file.read_bytes(), windows)
    assert max(found.clip, found.frames) <= TOLERANCE_LOGITS
    logits = run_onnx(file.read_bytes(), windows)
    assert {name: logits[name].shape for name in OUTPUTS} == {"clip": (3, 3), "frames": (3, 48, 3)}
    assert np.abs(logits["frames"]).max() > 0.1
    told, of_lite = (json.loads(path.read_text()) for path in (about, export("tflite")[1]))
    assert told.pop("parity")["n_windows"] == of_lite.pop("parity")["n_windows"]
    assert told == of_lite


@onnx
def test_a_network_in_onnx_that_differs_is_refused(
    export: Callable[[str], tuple[Path, Path, keras.Model]], tmp_path: Path
) -> None:
    other = load_model(*network(tmp_path, 4, FINE))
    windows = np.random.default_rng(2).normal(-60, 10, (2, 48, 16)).astype(np.float32)
    with pytest.raises(CanopyError, match=r"in ONNX's format differ by up to .* where 0.001 is allowed"):
        parity(other, export("onnx")[0].read_bytes(), windows)


@onnx
def test_two_exports_of_a_network_are_the_same_bytes(export: Callable[[str], tuple[Path, Path, keras.Model]]) -> None:
    file, _, model = export("onnx")
    assert to_onnx(model) == file.read_bytes()


@pytest.mark.parametrize("missing", ["tf2onnx", "onnxruntime"])
def test_missing_packages_of_onnx_are_told(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tf2onnx", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None if name == missing else SimpleNamespace())
    with pytest.raises(CanopyError, match=rf"needs the package {missing}, .*install-onnx.*out of `export: formats:`"):
        to_onnx(keras.Sequential())
