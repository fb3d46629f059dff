"""Every kind of features declares what the rest of Canopy must know, and is computed in one place."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from canopy.config.features import Pcen
from canopy.config.kinds import KINDS, feature_set
from canopy.data.audio.decoding import Recording
from canopy.features.pieces import Span, n_frames
from canopy.features.registry import COMPUTE, compute
from canopy.features.units import UNITS
from canopy.inference.apply.features import piece

SMALL: dict[str, dict[str, Any]] = {
    "mel": {"n_fft": 256, "n_bands": 16, "high_hz": 4000.0},
    "pcen": {"n_fft": 256, "n_bands": 16, "high_hz": 4000.0, "pcen": {"time_constant_s": 0.02}},
    "cqt": {"low_hz": 200.0, "n_bins": 36, "bins_per_octave": 12},
    "waveform": {},
    "embedding": {"model": "tiny.tflite", "window_samples": 640},
}


def small(name: str) -> Any:
    kind = "mel" if name == "pcen" else name
    return feature_set({"kind": kind, "sample_rate_hz": 8000, "hop_samples": 80, **SMALL[name]}, "features")


def test_every_kind_has_its_computation_its_script_and_its_unit(repository: Path) -> None:
    assert set(COMPUTE) == set(KINDS.values())
    for settings in (small(name) for name in SMALL):
        assert (repository / "workflow" / "scripts" / f"{settings.script}.py").exists()
        assert UNITS[settings.unit].signal == (settings.holds == "samples")
        assert len(settings.bin_hz) == (settings.n_bins if settings.holds == "spectrograms" else 0)
    assert len({settings.script for settings in KINDS.values()}) == len(KINDS)
    assert {small(name).unit for name in SMALL} == UNITS.keys()


@pytest.mark.parametrize("name", [name for name in SMALL if name != "embedding"])
def test_a_piece_of_a_recording_has_the_features_of_the_whole(name: str, tmp_path: Path) -> None:
    rng, features = np.random.default_rng(2), small(name)
    audio = (rng.normal(0, 0.05, 24000) * np.linspace(0.1, 3, 24000)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", audio, 8000, subtype="FLOAT")
    whole = compute(audio, features)
    with Recording(tmp_path / "a.wav") as recording:
        assert n_frames(recording, features) == len(whole)
        found = piece(recording, Span(200, 230), features)
    np.testing.assert_allclose(found, whole[200:230], rtol=1e-4, atol=1e-3)


def test_pcen_reaches_as_far_as_it_remembers() -> None:
    features = small("pcen")
    assert features.reach_samples == 256 + 20 * 0.02 * 8000
    slow = features.model_copy(update={"pcen": Pcen()})
    assert slow.reach_samples == 256 + 20 * 0.4 * 8000
    assert small("mel").reach_samples == 256
