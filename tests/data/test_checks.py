"""A planted leak is found, whatever was done to the copy; clean data raises no alarm."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from scipy.signal import correlate, resample_poly

import check_data
from canopy.config.features import MelFeatures
from canopy.data.audio.decoding import Recording
from canopy.data.audio.fingerprint import samples
from canopy.data.checks.copies import find_copies
from canopy.data.checks.drift import check_drift
from canopy.data.checks.findings import Findings
from canopy.data.checks.labels import check_boxes, check_support
from canopy.data.checks.levels import clipped_share
from canopy.data.checks.sound import Sound, reduce_sound
from canopy.data.checks.splits import check_groups
from canopy.features.mel import log_mel
from canopy.runtime.arrays import write_frames
from canopy.runtime.files import write_table

RATE = 16000
FEATURES = MelFeatures()


def rain(seed: int, *, duration_s: float = 10.0, level: float = 0.05) -> np.ndarray:
    """Return noise of a colour of its own with a few chirps."""
    rng = np.random.default_rng(seed)
    n = int(duration_s * RATE)
    spectrum = np.fft.rfft(rng.normal(size=n)) / np.maximum(np.arange(n // 2 + 1), 50) ** rng.uniform(0.2, 0.8)
    noise = np.fft.irfft(spectrum, n)
    samples = level * noise / noise.std()
    for start in rng.integers(0, n - RATE // 2, 4):
        time = np.arange(RATE // 2) / RATE
        samples[start : start + RATE // 2] += (
            0.2 * np.hanning(RATE // 2) * np.sin(2 * np.pi * (2000 + 1500 * time) * time)
        )
    return samples.astype(np.float32)


def through(samples: np.ndarray, kind: str) -> np.ndarray:
    """Return samples after a lossy codec."""
    file = io.BytesIO()
    sf.write(file, samples, RATE, format=kind)
    file.seek(0)
    return sf.read(file, dtype="float32")[0]


def reduced(samples: np.ndarray) -> Sound:
    values = log_mel(samples, FEATURES).astype(np.float16)
    return reduce_sound(values, FEATURES.hop_samples / RATE)


@pytest.fixture(scope="module")
def clean() -> dict[str, np.ndarray]:
    return {f"r{seed}": rain(seed) for seed in range(12)}


@pytest.mark.parametrize("shift_s", [2.0, -2.0, 1.2345])
@pytest.mark.parametrize("kind", ["OGG", "MP3"])
def test_a_copy_is_found_re_encoded_shifted_and_louder(clean: dict[str, np.ndarray], kind: str, shift_s: float) -> None:
    moved = int(abs(shift_s) * RATE)
    other = rain(99)
    own = clean["r5"]
    copy = (
        np.concatenate([own[moved:], other[:moved]]) if shift_s > 0 else np.concatenate([other[:moved], own[:-moved]])
    )
    louder = through(copy * np.float32(10 ** (3 / 20)), kind)
    sounds = {name: reduced(samples) for name, samples in clean.items()} | {"copy": reduced(louder)}
    (found,) = find_copies(sounds)
    assert (found.first, found.second) == ("copy", "r5")
    # In the copy, the original's start lies `shift_s` before its own.
    assert found.shift_s == pytest.approx(-shift_s, abs=0.06)
    assert found.overlap_s == pytest.approx(10 - abs(shift_s), abs=0.1)
    assert found.louder_db == pytest.approx(-3, abs=1.5)


def test_different_recordings_of_the_same_kind_are_no_copies(clean: dict[str, np.ndarray]) -> None:
    sounds = {name: reduced(samples) for name, samples in clean.items()}
    assert find_copies(sounds) == []
    assert max(copy.likeness for copy in find_copies(sounds, likeness=-1.0)) < 0.3


def test_barks_that_begin_alike_are_no_copies() -> None:
    def barks(seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        samples = 0.001 * rng.normal(size=5 * RATE)
        for start in (1, 2, 3):
            burst = rng.normal(size=RATE // 3) * np.exp(-np.arange(RATE // 3) / 2000)
            samples[start * RATE : start * RATE + RATE // 3] += 0.3 * burst
        return samples.astype(np.float32)

    assert find_copies({"a": reduced(barks(1)), "b": reduced(barks(2))}) == []


def test_silence_is_like_nothing() -> None:
    silent = np.zeros(5 * RATE, dtype=np.float32)
    half = silent.copy()
    half[: 2 * RATE] = rain(3)[: 2 * RATE]
    other = silent.copy()
    other[: 2 * RATE] = rain(4)[: 2 * RATE]
    sounds = {name: reduced(one) for name, one in {"a": silent, "b": silent, "c": half, "d": other}.items()}
    assert find_copies(sounds) == []
    assert sounds["a"].silent_share == 1.0
    assert 0.5 < sounds["c"].silent_share < 0.65


def test_many_recordings_are_compared_with_their_nearest(
    clean: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canopy.data.checks.copies.ALL_PAIRS", 4)
    monkeypatch.setattr("canopy.data.checks.copies.NEAREST", 3)
    sounds = {name: reduced(samples) for name, samples in clean.items()}
    sounds["copy"] = reduced(through(clean["r7"][RATE:], "OGG"))
    assert [(found.first, found.second) for found in find_copies(sounds)] == [("copy", "r7")]


def slow_likeness(one: Sound, two: Sound) -> float:
    """Return the best correlation over all shifts with enough overlap, one shift at a time."""
    first, second = one.detail.astype(float), two.detail.astype(float)
    best = -1.0
    for lag in range(-len(second) + 1, len(first)):
        a, b = first[max(lag, 0) :], second[max(-lag, 0) :]
        n = min(len(a), len(b))
        if n >= max(2.0 / one.step_s, 0.4 * min(len(first), len(second))):
            norm = np.sqrt((a[:n] ** 2).sum() * (b[:n] ** 2).sum())
            best = max(best, (a[:n] * b[:n]).sum() / norm)
    return best


def test_likeness_is_the_best_correlation_over_all_shifts(clean: dict[str, np.ndarray]) -> None:
    one, two = reduced(clean["r1"]), reduced(np.concatenate([clean["r2"][:40000], clean["r1"][:100000]]))
    (found,) = find_copies({"a": one, "b": two}, likeness=-1.0)
    assert found.likeness == pytest.approx(slow_likeness(one, two), abs=1e-4)
    assert found.shift_s == pytest.approx(-2.5, abs=0.06)


# The other checks.


def test_groups_in_several_folds_and_in_test_are_told() -> None:
    findings = Findings()
    sides = {"a": "fold 0", "b": "fold 1", "c": "fold 1", "d": "test", "e": "fold 0"}
    check_groups({"a": "hill", "b": "hill", "c": "lake", "d": "lake", "e": "", "x": "sea"}, sides, "site", findings)
    table = findings.table()
    assert table[["severity", "value"]].to_numpy().tolist() == [["warning", 2], ["note", 1]]
    assert "site hill has recordings in fold 0, fold 1" in table.message[0]
    assert "site lake has recordings in training and in test" in table.message[1]
    assert findings.checks().to_numpy().tolist() == [["groups across folds", 2, 0, 1, 1]]


def test_conflicts_and_covering_boxes_are_told() -> None:
    columns = ["recording_id", "species", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"]
    boxes = [
        ("a", "s0", 1.0, 3.0, 100.0, 200.0, 1),
        ("a", "s0", 1.5, 3.5, 150.0, 300.0, -1),  # a conflict
        ("a", "s0", 8.0, 9.0, 100.0, 200.0, -1),  # elsewhere
        ("b", "s0", 1.0, 3.0, 100.0, 200.0, 1),
        ("b", "s1", 1.2, 2.8, 150.0, 300.0, 1),  # both call
        ("b", "s2", 1.2, 2.8, 500.0, 900.0, 1),  # higher up
    ]
    findings = Findings()
    check_boxes(pd.DataFrame(boxes, columns=columns), findings)
    table = findings.table()
    assert table[["severity", "check", "recording_id", "species"]].to_numpy().tolist() == [
        ["warning", "label conflicts", "a", "s0"],
        ["note", "overlapping boxes", "b", "s0;s1"],
    ]
    assert "s0 is confirmed at 1.00 to 3.00 s and refuted at 1.50 to 3.50 s" in table.message[0]


def test_boxes_without_frequencies_may_lie_in_the_same_place() -> None:
    columns = ["recording_id", "species", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"]
    missing = float("nan")
    boxes = [
        ("a", "s0", 1.0, 3.0, missing, missing, 1),
        ("a", "s0", 1.5, 3.5, 150.0, 300.0, -1),
        ("b", "s0", 1.0, 3.0, missing, 200.0, 1),
        ("b", "s0", 1.0, 3.0, 500.0, missing, -1),  # higher up
    ]
    findings = Findings()
    check_boxes(pd.DataFrame(boxes, columns=columns), findings)
    assert findings.table()[["check", "recording_id"]].to_numpy().tolist() == [["label conflicts", "a"]]


def test_species_with_fewer_recordings_than_folds_are_told() -> None:
    rows = [("a", "s0", 1), ("b", "s0", 1), ("c", "s0", 1), ("a", "s1", 1), ("b", "s1", -1)]
    annotations = pd.DataFrame(rows, columns=["recording_id", "species", "polarity"])
    findings = Findings()
    check_support(annotations, ["s0", "s1", "s2"], {name: name for name in "abc"}, 3, findings)
    assert findings.table()[["species", "value"]].to_numpy().tolist() == [["s1", 1], ["s2", 0]]
    grouped = Findings()
    check_support(annotations, ["s0"], {"a": "x", "b": "x", "c": "y"}, 3, grouped)
    assert "s0 is confirmed in 2 groups of recordings, fewer than the 3 folds" in grouped.table().message[0]


def test_drift_is_told_where_there_is_one() -> None:
    rng = np.random.default_rng(1)
    train, test = rng.normal(-50, 3, (60, 8)), rng.normal(-50, 3, (40, 8))
    same = Findings()
    check_drift(train, test, same)
    assert same.rows == []
    test[:, 6] += 12
    moved = Findings()
    check_drift(train, test, moved)
    told = " ".join(moved.table().message)
    assert "band 7 of 8 (from low), relative to the level, is 9." in told
    assert "higher in test" in told


def test_clipping_is_seen_and_loudness_is_not_clipping(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(5 * RATE) / RATE).astype(np.float32)
    for name, samples_of in {"loud": 0.99 * tone, "clipped": np.clip(2 * tone, -1, 1), "quiet": 0.01 * tone}.items():
        sf.write(tmp_path / f"{name}.flac", samples_of, RATE)
    shares = {}
    for name in ("loud", "clipped", "quiet"):
        with Recording(tmp_path / f"{name}.flac") as recording:
            shares[name] = clipped_share(recording)
    assert shares["loud"] == shares["quiet"] == 0
    assert shares["clipped"] == pytest.approx(2 / 3, abs=0.02)  # a sine is above half its peak two thirds of the time


def test_the_same_samples_are_known_whatever_the_compression(tmp_path: Path) -> None:
    one = rain(1, duration_s=1)
    sf.write(tmp_path / "a.flac", one, RATE, compression_level=0.0)
    sf.write(tmp_path / "b.flac", one, RATE, compression_level=1.0)
    sf.write(tmp_path / "c.flac", rain(2, duration_s=1), RATE)
    assert (tmp_path / "a.flac").stat().st_size != (tmp_path / "b.flac").stat().st_size
    assert samples(tmp_path / "a.flac") == samples(tmp_path / "b.flac") != samples(tmp_path / "c.flac")


# The script.


def run_check(folder: Path, audio: dict[str, dict[str, np.ndarray]], **settings: object) -> pd.DataFrame:
    """Check training and test recordings of rain, each training recording in the fold of its place."""
    for subset, recordings in audio.items():
        rows = []
        (folder / subset).mkdir(parents=True)
        for name, values in recordings.items():
            sf.write(folder / subset / f"{name}.flac", values, RATE)
            rows.append((name, f"{folder}/{subset}/{name}.flac", len(values) / RATE, RATE, 1, ""))
        columns = ["recording_id", "path", "duration_s", "sample_rate_hz", "channels", "problem"]
        write_table(pd.DataFrame(rows, columns=columns), folder / f"{subset}.csv")
        pairs = ((name, log_mel(values, FEATURES)) for name, values in recordings.items())
        write_frames(pairs, folder / "shards" / f"{subset}.npy", n_bins=FEATURES.n_bands)
    names = list(audio["train"])
    write_table(pd.DataFrame({"recording_id": names, "fold": np.arange(len(names)) % 2}), folder / "folds.csv")
    write_table(pd.DataFrame({"species": ["s0"]}), folder / "classes.csv")
    boxes = [(name, "s0", 1, 0.0, 1.0, 10.0, 20.0, 1) for name in names]
    columns = ["recording_id", "species", "songtype", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"]
    write_table(pd.DataFrame(boxes, columns=columns), folder / "boxes.csv")
    files = {"train": "train", "test": "test", "folds": "folds", "annotations": "boxes", "classes": "classes"}
    options = [text for option, name in files.items() for text in (f"--{option}", f"{folder}/{name}.csv")]
    check_data.main(
        [
            *options,
            *("--train-shards", f"{folder}/shards/train.npy", "--test-shards", f"{folder}/shards/test.npy"),
            *("--findings", f"{folder}/findings.csv", "--checks", f"{folder}/checks.csv"),
            *("--settings", json.dumps({"frame_s": 0.02, "n_folds": 2, **settings})),
        ]
    )
    return pd.read_csv(folder / "findings.csv", keep_default_na=False)


@pytest.mark.realdata
@pytest.mark.slow
def test_in_esc10_only_true_copies_are_found(shared_data: Path) -> None:
    """Of 160 real recordings of four kinds, two pairs share sound, and their waveforms say so too."""
    table = pd.read_csv(shared_data / "esc10" / "esc10.csv")
    table = table[table.category.isin(["fire_crackling", "crying_baby", "baby_cry", "clock_tick", "rain"])]
    waves = {}
    for name in table.filename:
        samples_of, rate = sf.read(shared_data / "esc10" / "audio" / name, dtype="float32")
        waves[name] = resample_poly(samples_of, 160, 441).astype(np.float32) if rate == 44100 else samples_of
    found = find_copies({name: reduced(one) for name, one in waves.items()})
    pairs = [(copy.first, copy.second) for copy in found]
    assert pairs == [("2-28314-A.ogg", "2-30322-A.ogg"), ("3-151080-A.ogg", "5-151085-A.ogg")]
    for copy in found:
        assert best_second(waves[copy.first], waves[copy.second]) > 0.9
    assert best_second(waves["1-57163-A.ogg"], waves["5-201194-A.ogg"]) < 0.3


def best_second(one: np.ndarray, two: np.ndarray) -> float:
    """Return the highest correlation of any second of one waveform with the other."""
    best = 0.0
    total = np.append(0, np.cumsum(two.astype(float) ** 2))
    power = total[RATE:] - total[:-RATE]
    for start in range(0, len(one) - RATE, RATE):
        second = one[start : start + RATE].astype(float)
        if (second**2).sum() > 1e-3:
            product = correlate(two.astype(float), second, mode="valid", method="fft")
            best = max(best, float(np.max(product / np.sqrt(np.maximum(power, 1e-6) * (second**2).sum()))))
    return best


def test_a_planted_leak_raises_an_alarm_and_clean_data_none(
    clean: dict[str, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = list(clean)
    audio = {"train": {name: clean[name] for name in names[:8]}, "test": {name: clean[name] for name in names[8:]}}
    assert run_check(tmp_path / "clean", audio).empty
    assert "0 alarms, 0 warnings, 0 notes" in capsys.readouterr().out
    shifted = np.concatenate([clean["r3"][2 * RATE :], rain(50)[: 2 * RATE]])
    audio["test"]["planted"] = through(shifted * np.float32(10 ** (3 / 20)), "OGG")
    audio["train"]["again"] = clean["r2"]
    found = run_check(tmp_path / "leaky", audio)
    alarms = found[found.severity == "alarm"]
    assert set(zip(alarms.recording_id, alarms.other_id, strict=True)) == {("planted", "r3")}
    assert "one in test, one in fold 1" in alarms.message.iloc[0]
    assert (
        found.loc[found.other_id == "r2", "message"]
        .str.contains("again and r2 hold the same samples, both in fold 0")
        .all()
    )
    checks: Any = pd.read_csv(tmp_path / "leaky" / "checks.csv").set_index("check")
    assert checks.loc["copied audio", ["alarms", "warnings"]].tolist() == [1, 1]
