"""What windows of recordings sound like, as vectors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from canopy.config.kinds import feature_set
from canopy.config.model import Model
from canopy.data.audio.decoding import Recording
from canopy.detections.search.example import Example
from canopy.detections.search.hear import hear
from canopy.features import embedding
from canopy.features.networks.network import Network
from canopy.features.pieces import Span, n_frames
from canopy.inference.apply import hearing as hearing_module
from canopy.inference.apply import vectors as vectors_module
from canopy.inference.apply.features import piece
from canopy.inference.apply.grid import Grid, grid_of
from canopy.inference.apply.hearing import Pretrained, Trunk, open_hearing
from canopy.inference.apply.vectors import part, unit, windows
from canopy.runtime.errors import CanopyError
from packing import COARSE, pack

RATE_HZ, WINDOW, HOP = 8000, 640, 80
PITCHES_HZ = (300, 500, 700, 1100)


def spectrum(heard: np.ndarray) -> np.ndarray:
    """Return how loud four pitches are in windows, shape `(n, 4)`."""
    phases = 2 * np.pi * np.outer(PITCHES_HZ, np.arange(heard.shape[-1])) / RATE_HZ
    return np.asarray(np.abs(heard @ np.exp(1j * phases).T), np.float32)


def pretrained(monkeypatch: pytest.MonkeyPatch, *, n_positions: int, window_s: float = 0.4) -> Pretrained:
    """Return a network that hears the pitches in each of its positions, which share a window evenly."""

    def run(heard: np.ndarray) -> np.ndarray:
        parts = heard.reshape(len(heard), n_positions, -1)
        return np.stack([spectrum(parts[:, at]) for at in range(n_positions)], axis=1)

    network = Network(WINDOW, n_positions, len(PITCHES_HZ), run)
    for module in (embedding, hearing_module):
        monkeypatch.setattr(module, "open_network", lambda settings: network)
    told = {"kind": "embedding", "model": "./x.onnx", "sample_rate_hz": RATE_HZ, "window_samples": WINDOW}
    hop = {"hop_samples": WINDOW // n_positions if n_positions > 1 else HOP}
    return Pretrained(feature_set({**told, **hop}, "features"), window_s)


@pytest.fixture
def pitches(tmp_path: Path) -> Path:
    """Return a recording of 6.05 s in which one pitch follows another every second."""
    hz = np.repeat([300, 500, 700, 1100, 300, 500, 700], RATE_HZ)[: round(6.05 * RATE_HZ)]
    sf.write(tmp_path / "pitches.wav", 0.3 * np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ), RATE_HZ)
    return tmp_path / "pitches.wav"


def all_windows(hearing: Any, path: Path) -> np.ndarray:
    with Recording(path) as recording:
        return np.concatenate(list(windows(hearing, recording)))


# Where windows lie.


def test_windows_cover_a_recording_to_its_end_half_over_each_other() -> None:
    grid = grid_of(step_s=0.25, first_s=-0.125, window_s=2.0)
    assert (grid.n_positions, grid.hop, grid.hop_s, grid.window_s) == (8, 4, 1.0, 2.0)
    assert [grid.n_windows(seconds) for seconds in (0.5, 1.8, 2.0, 2.8, 3.0, 10.0)] == [1, 1, 2, 2, 3, 10]
    assert grid.window(3) == Span(12, 20)
    assert grid_of(step_s=5.0, first_s=0, window_s=2.0).n_positions == 1


def test_a_part_is_the_positions_that_are_centred_in_it_or_several_windows() -> None:
    grid = grid_of(step_s=0.25, first_s=-0.125, window_s=1.0)
    assert list(grid.part(1.0, 1.6)) == [Span(4, 7)]
    assert list(grid.part(1.05, 1.1)) == [Span(4, 5)]
    assert list(grid.part(0.0, 0.01)) == [Span(0, 1)]
    assert list(grid.part(0.9, 2.4)) == [Span(4, 8), Span(6, 10)]
    whole = Grid(0.5, -0.5, 3.0, base=2)  # position i is centred at i / 2 seconds
    assert list(whole.part(10.0, 10.4)) == [Span(20, 21)]
    assert list(whole.part(10.0, 16.0)) == [Span(23, 24), Span(26, 27), Span(29, 30)]
    assert list(whole.part(0.0, 0.4)) == [Span(2, 3)]


# What is heard in them.


@pytest.mark.parametrize("n_positions", [1, 4])
def test_a_window_is_the_mean_of_its_positions_whatever_the_pieces(
    n_positions: int, pitches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing = pretrained(monkeypatch, n_positions=n_positions)
    found = all_windows(hearing, pitches)
    with Recording(pitches) as recording:
        frames = piece(recording, Span(0, n_frames(recording, hearing._features)), hearing._features)
        assert len(found) == hearing.grid.n_windows(recording.duration_s)
    for number, vector in enumerate(found):
        span = hearing.grid.window(number)
        held = frames[np.minimum(span.frames, len(frames) - 1)].astype(float).mean(axis=0)
        np.testing.assert_allclose(vector, held / np.linalg.norm(held), atol=1e-5)
    monkeypatch.setattr(vectors_module, "chunk_seconds", lambda rate_hz: 1)
    np.testing.assert_allclose(all_windows(hearing, pitches), found, atol=1e-6)


@pytest.mark.parametrize("n_positions", [1, 4])
def test_a_part_is_most_like_the_windows_that_hold_it(
    n_positions: int, pitches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing = pretrained(monkeypatch, n_positions=n_positions)
    vectors, grid = all_windows(hearing, pitches), hearing.grid
    with Recording(pitches) as recording:
        for second in range(6):
            likeness = vectors @ part(hearing, recording, second + 0.4, second + 0.6)[0]
            middles_s = grid.first_s + np.arange(len(vectors)) * grid.hop_s + grid.window_s / 2
            same = np.isin(np.floor(middles_s), [second, second + 4, second - 4])
            inside = (middles_s % 1 > grid.window_s / 2) & (middles_s % 1 < 1 - grid.window_s / 2)
            assert likeness[same & inside].min() > likeness[~same & inside].max() + 0.2


def test_silence_has_no_direction() -> None:
    assert unit(np.array([[0, 0], [3, 4]], np.float32)).tolist() == [[0, 0], [pytest.approx(0.6), pytest.approx(0.8)]]


# A network of one's own.


@pytest.mark.parametrize("head", ["sed", "clip"])
def test_a_network_without_its_head_hears_the_same_whole_and_in_pieces(
    head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from canopy.models.build import build_model
    from canopy.models.heard import headless

    settings = Model.model_validate({"filters": (4, 8), "head_units": 8, "head": head})
    model = build_model(settings, n_frames=48, n_bins=16, n_species=3, seed=1)
    model.get_layer("standardize").set_statistics(np.full(16, -60.0), np.full(16, 10.0))
    bare = headless(model)
    sf.write(tmp_path / "noise.wav", np.random.default_rng(1).normal(0, 0.1, 16000 * 11), 16000)
    features = feature_set(COARSE, "features")
    hearing = Trunk(bare, features, window_s=1.0)
    found = all_windows(hearing, tmp_path / "noise.wav")
    monkeypatch.setattr(vectors_module, "chunk_seconds", lambda rate_hz: 2)
    np.testing.assert_allclose(all_windows(hearing, tmp_path / "noise.wav"), found, atol=1e-5)
    with Recording(tmp_path / "noise.wav") as recording:
        values = piece(recording, Span(0, n_frames(recording, features)), features)
    first = keras.ops.convert_to_numpy(bare(values[None, :48]))[0]
    if head == "clip":
        assert hearing.grid == Grid(24 * 0.04, 0.0, 48 * 0.04)
        np.testing.assert_allclose(found[0], first / np.linalg.norm(first), atol=1e-5)
    else:
        assert first.shape == (12, 8)
        assert (hearing.grid.n_positions, hearing.grid.hop) == (6, 3)
        held = first[:6].astype(float).mean(axis=0)  # no other window of the network reaches into the first half
        np.testing.assert_allclose(found[0], held / np.linalg.norm(held), atol=1e-5)


def test_an_experiment_of_a_package_hears_as_it_was_planned(tmp_path: Path) -> None:
    manifest = pack(tmp_path, "coarse", "fine")
    member = manifest.members[1]
    told = {"window_s": 1.0, "package": str(tmp_path / "package"), "experiment": "coarse"}
    hearing = open_hearing({**told, "member": manifest.network(member)})
    assert (hearing.rate_hz, round(hearing.least_s, 6)) == (16000, 48 * 0.04)
    sf.write(tmp_path / "noise.wav", np.random.default_rng(1).normal(0, 0.1, 16000 * 4), 16000)
    assert np.linalg.norm(all_windows(hearing, tmp_path / "noise.wav"), axis=1) == pytest.approx(1)
    with pytest.raises(CanopyError, match=r"has changed since this run was planned: leave it alone"):
        open_hearing({**told, "member": manifest.network(manifest.members[0])})


# What an example must be.


def test_an_example_is_heard_at_any_rate_and_what_is_missing_is_told(
    pitches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing, said = pretrained(monkeypatch, n_positions=4), list[str]()
    samples, _ = sf.read(pitches)
    sf.write(tmp_path / "slow.wav", samples[::2], RATE_HZ // 2)
    same = hear(Example(str(pitches), 1.3, 1.7), hearing, report=said.append)
    assert said == []
    slow = hear(Example(str(tmp_path / "slow.wav"), 1.3, 1.7), hearing, report=said.append)
    assert float(same[0] @ slow[0]) > 0.99
    assert "4000 samples a second, and the network hears 8000: what lies above 2000 Hz is missing" in said[0]
    several = hear(Example(str(pitches)), hearing, report=said.append)
    assert len(several) > 1
    assert f"its 6.0 s are {len(several)} windows, each of them an example; name the call alone" in said[1]


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (("pitches.wav", 5.0, 7.0), r"reaches beyond its file, which is 6\.05 s long: give times within it"),
        (("short.wav", None, None), r"is 0\.01 s long, and the network hears 0\.08 s at once"),
        (("silent.wav", 0.2, 0.6), r"is silent from 0\.2 to 0\.6 s: name a part that holds the sound"),
        (("text.wav", None, None), r"text\.wav"),
    ],
)
def test_an_example_that_cannot_serve_says_why(
    example: tuple[str, Any, Any], message: str, pitches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sf.write(tmp_path / "short.wav", np.ones(RATE_HZ // 100) * 0.1, RATE_HZ)
    sf.write(tmp_path / "silent.wav", np.zeros(RATE_HZ), RATE_HZ)
    (tmp_path / "text.wav").write_text("no sound")
    name, onset_s, offset_s = example
    with pytest.raises(CanopyError, match=message):
        hear(Example(str(tmp_path / name), onset_s, offset_s), pretrained(monkeypatch, n_positions=4))
