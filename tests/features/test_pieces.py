"""Features of long recordings, piece by piece: the same values, in memory that does not grow."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

import extract_cqt
import extract_spectrograms
import extract_waveform
from canopy.config.kinds import feature_set
from canopy.data.audio.decoding import read_mono
from canopy.data.recordings import chunks
from canopy.data.recordings.table import COLUMNS
from canopy.features.registry import compute
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table

RATE = 8000
SCRIPTS = {"mel": extract_spectrograms, "cqt": extract_cqt, "waveform": extract_waveform}
KINDS: dict[str, dict[str, Any]] = {
    "mel": {"n_fft": 256, "n_bands": 16, "high_hz": 4000.0},
    "pcen": {"n_fft": 256, "n_bands": 16, "high_hz": 4000.0, "pcen": {"time_constant_s": 0.02}},
    "cqt": {"low_hz": 200.0, "n_bins": 36, "bins_per_octave": 12},
    "waveform": {},
}


@pytest.fixture(autouse=True)
def ten_seconds_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_S", 10)


def told(name: str, **changes: Any) -> dict[str, Any]:
    kind = "mel" if name == "pcen" else name
    return {"kind": kind, "sample_rate_hz": RATE, "hop_samples": 80, **KINDS[name], **changes}


def noise(seconds: float, rate: int = RATE) -> np.ndarray:
    rng, n = np.random.default_rng(5), round(seconds * rate)
    return (rng.normal(0, 0.05, n) * np.linspace(0.1, 3, n)).astype(np.float32)


def listing(folder: Path, *paths: Path) -> Path:
    rows = [(path.stem, str(path), 1.0, RATE, 1, "") for path in paths]
    write_table(pd.DataFrame(rows, columns=list(COLUMNS)), folder / "train.csv")
    return folder / "train.csv"


def extract(features: dict[str, Any], listed: Path) -> np.ndarray:
    settings = {"features": features, "shard": 0, "shards": 1}
    output = listed.parent / "shard" / "0.npy"
    files = ["--recordings", str(listed), "--output", str(output), "--paths", '{"id_tables": []}']
    SCRIPTS[features["kind"]].main(["--settings", json.dumps(settings), *files])
    return np.load(output)


@pytest.mark.parametrize("name", ["mel", "waveform"])
@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_a_long_recording_has_the_bytes_of_computing_it_whole(tmp_path: Path, name: str, suffix: str) -> None:
    soundfile.write(tmp_path / f"a.{suffix}", noise(47.3), RATE)
    soundfile.write(tmp_path / "b.wav", noise(1.0), RATE)
    features = told(name, hop_samples=96)  # of which no second is a multiple
    found = extract(features, listing(tmp_path, tmp_path / f"a.{suffix}", tmp_path / "b.wav"))
    whole = [compute(read_mono(tmp_path / one, RATE), feature_set(features, "")) for one in (f"a.{suffix}", "b.wav")]
    np.testing.assert_array_equal(found, np.concatenate(whole).astype(np.float16))
    index = pd.read_csv(tmp_path / "shard" / "0.csv")
    assert index.to_dict("list") == {
        "recording_id": ["a", "b"],
        "first_frame": [0, len(whole[0])],
        "n_frames": [len(one) for one in whole],
    }


@pytest.mark.parametrize(("name", "atol"), [("mel", 0.01), ("pcen", 2e-3), ("cqt", 0.05), ("waveform", 2e-5)])
@pytest.mark.parametrize("rate", [RATE, 22050])
def test_values_are_those_of_the_whole_but_for_rounding(tmp_path: Path, name: str, atol: float, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", noise(32.0, rate), rate, subtype="FLOAT")
    found = extract(told(name), listing(tmp_path, tmp_path / "a.wav"))
    whole = compute(read_mono(tmp_path / "a.wav", RATE), feature_set(told(name), ""))
    assert found.shape == whole.shape
    furthest = np.abs(found.astype(np.float32) - whole.astype(np.float16).astype(np.float32))
    assert furthest.max() <= atol + 2**-9 * np.abs(whole).max()
    assert (furthest > 0).mean() < 0.02


@pytest.mark.parametrize(
    ("name", "suffix", "seconds"),
    [*((name, "wav", (25, 100)) for name in KINDS), ("mel", "flac", (150, 450))],  # FLAC is read by the MiB
)
def test_memory_does_not_grow_with_the_recording(
    tmp_path: Path, name: str, suffix: str, seconds: tuple[int, ...]
) -> None:
    path = tmp_path / f"a.{suffix}"
    peaks: list[int] = []
    for one in seconds:
        soundfile.write(path, noise(one), RATE)
        listed = listing(tmp_path, path)
        if not peaks:  # what is made once, such as compiled functions
            extract(told(name), listed)
        tracemalloc.start()
        extract(told(name), listed)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_a_hop_longer_than_a_chunk_gives_each_frame_once(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", noise(60), RATE)
    found = extract(told("waveform", hop_samples=25 * RATE), listing(tmp_path, tmp_path / "a.wav"))
    assert found.shape == (3, 25 * RATE)


def test_a_recording_that_breaks_off_leaves_no_shard(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", noise(60), RATE)
    data = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(data[: len(data) * 3 // 4])
    with pytest.raises(CanopyError, match=r"a\.flac: cannot be decoded \(.* of the 60\.00 s .*restore the file"):
        extract(told("mel"), listing(tmp_path, tmp_path / "a.flac"))
    assert not any((tmp_path / "shard").iterdir())
