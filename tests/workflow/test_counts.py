"""What is done is done once: files opened, frames decoded and transformed, bytes written, jobs planned."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.fft
import soundfile

import extract_spectrograms
import forked
from canopy.config.features import MelFeatures
from canopy.data.audio import flac_fast, part
from canopy.data.audio.decoding import Recording
from canopy.data.audio.flac_fast import FastFlac
from canopy.data.recordings import chunks
from canopy.features.mel import log_mel
from canopy.features.pieces import pieces
from canopy.features.shards import Store
from canopy.plan.plan import Plan
from canopy.runtime.files import write_table

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "workflow" / "scripts"
SETTINGS = MelFeatures(sample_rate_hz=16000, n_fft=512, hop_samples=160, n_bands=32, high_hz=8000)
LENGTHS = (16000, 24000, 8000, 40001, 160)

_opened: Counter[str] | None = None


def _watch(event: str, given: tuple[Any, ...]) -> None:
    if (
        _opened is not None
        and event in ("open", "os.scandir", "os.listdir")
        and isinstance(given[0], str | os.PathLike)
    ):
        _opened[os.path.abspath(given[0])] += 1


sys.addaudithook(_watch)


@pytest.fixture
def opened() -> Iterator[Counter[str]]:
    """Return how often Python opened each file, or listed each folder, by path."""
    global _opened
    _opened = Counter()
    yield _opened
    _opened = None


def within(opened: Counter[str], folder: Path) -> dict[str, int]:
    return {path: count for path, count in opened.items() if Path(path).is_relative_to(folder)}


# Features.


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Return a table of recordings, whose audio lies beside it."""
    rows = []
    for number, n_samples in enumerate(LENGTHS):
        path = tmp_path / f"r{number}.flac"
        soundfile.write(path, np.random.default_rng(number).normal(0, 0.1, n_samples), 16000)
        rows.append((f"r{number}", str(path), n_samples / 16000, 16000, 1, ""))
    columns = ["recording_id", "path", "duration_s", "sample_rate_hz", "channels", "problem"]
    write_table(pd.DataFrame(rows, columns=columns), tmp_path / "train.csv")
    return tmp_path / "train.csv"


def extract(listing: Path) -> Path:
    settings = {"features": SETTINGS.model_dump(), "shard": 0, "shards": 1}
    output = listing.parent / "shard" / "0.npy"
    output.parent.mkdir()
    files = ["--recordings", str(listing), "--output", str(output)]
    extract_spectrograms.main(["--settings", json.dumps(settings), "--paths", '{"id_tables": []}', *files])
    return output


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often files were opened for decoding, and how many samples came, from either decoder."""
    found: Counter[str] = Counter()

    class Counted(part.Steady):
        def __init__(self, file: Any, *given: Any, **options: Any) -> None:
            found[f"opened {Path(file).stem}"] += 1
            super().__init__(file, *given, **options)

        def read(self, *given: Any, **options: Any) -> np.ndarray:
            samples = super().read(*given, **options)
            found["samples"] += len(samples)
            return samples

    class FastCounted(FastFlac):
        @staticmethod
        def _came(decoder: Any, into: np.ndarray) -> int:
            n_samples = FastFlac._came(decoder, into)
            found["samples"] += n_samples
            return n_samples

    monkeypatch.setattr(part, "Steady", Counted)
    monkeypatch.setattr(flac_fast, "FastFlac", FastCounted)
    return found


def test_each_recording_is_decoded_once(listing: Path, decoded: Counter[str]) -> None:
    extract(listing)
    assert decoded.pop("samples") == sum(LENGTHS)
    assert decoded == {f"opened r{number}": 1 for number in range(len(LENGTHS))}


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_a_long_recording_is_decoded_once_too(
    tmp_path: Path, decoded: Counter[str], suffix: str, channels: int
) -> None:
    n_samples = 45 * 16000
    sound = np.random.default_rng(1).normal(0, 0.1, (n_samples, channels))
    soundfile.write(tmp_path / f"long.{suffix}", sound, 16000)
    with Recording(tmp_path / f"long.{suffix}") as recording:
        decoded.clear()  # an MP3's end is looked for
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chunks, "CHUNK_S", 10)
            found = list(pieces(recording, SETTINGS, log_mel))
        n_samples = recording.n_samples
    assert len(found) == 4
    assert sum(map(len, found)) == 1 + n_samples // SETTINGS.hop_samples
    assert decoded == {"samples": n_samples}


def test_each_frame_is_transformed_once(listing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transform, n_frames = scipy.fft.rfft, []

    def counted(frames: np.ndarray, *given: Any, axis: int = -1, **options: Any) -> np.ndarray:
        n_frames.append(frames.size // frames.shape[axis])
        return transform(frames, *given, axis=axis, **options)

    monkeypatch.setattr(scipy.fft, "rfft", counted)
    extract(listing)
    assert sum(n_frames) == sum(1 + n_samples // SETTINGS.hop_samples for n_samples in LENGTHS)


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="this system does not count a process's bytes")
def test_each_byte_is_written_once(listing: Path) -> None:
    before = written()
    output = extract(listing)
    kept = sum(path.stat().st_size for path in output.parent.iterdir())
    assert kept > 30000
    assert written() - before < 1.25 * kept + 2000


def written() -> int:
    """Return how many bytes this process has asked to be written."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
    return int(fields["wchar"])


def test_reading_a_store_copies_no_features(listing: Path) -> None:
    store = Store([extract(listing)])
    for recording_id in store.ids():
        values: Any = store[recording_id]
        while isinstance(values, np.ndarray) and not isinstance(values, np.memmap):
            values = values.base
        assert isinstance(values, np.memmap)


# Planning.


def rfcx(folder: Path, n_recordings: int) -> Path:
    """Make a folder of RFCX's shape with as many training recordings, and half as many test recordings."""
    samples = np.zeros(160, np.int16)
    sizes = {"train": n_recordings, "test": n_recordings // 2}
    for subset, count in sizes.items():
        (folder / subset).mkdir(parents=True)
        for number in range(count):
            samples[0] = number
            soundfile.write(folder / subset / f"{subset}{number}.flac", samples, 16000)
    columns = ["recording_id", "species_id", "songtype_id", "t_min", "f_min", "t_max", "f_max"]
    boxes = [(f"train{number}", number % 2, 1, 0.0, 100.0, 0.01, 900.0) for number in range(n_recordings)]
    pd.DataFrame(boxes, columns=columns).to_csv(folder / "train_tp.csv", index=False)
    pd.DataFrame(boxes[: n_recordings // 2], columns=columns).to_csv(folder / "train_fp.csv", index=False)
    ids = [f"test{number}" for number in range(sizes["test"])]
    pd.DataFrame({"recording_id": ids, "s0": 0.0, "s1": 0.0}).to_csv(folder / "sample_submission.csv", index=False)
    return folder


def all_that_a_dry_run_asks(plan: Plan) -> None:
    of = plan.fingerprint
    for subset in ("train", "test"):
        plan.check(subset)
        of.listing(subset)
        for shard in plan.recordings.shards(subset):
            of.shard(subset, shard)
    of.annotated_audio()
    of.labels()
    of.sample_submission()
    for fold in plan.folds:
        of.training_rows((fold,))
        of.held_out((fold,))
        for experiment in plan.experiments:
            of.training(experiment, (fold,))


def test_planning_opens_each_recording_once_and_each_table_a_few_times(tmp_path: Path, opened: Counter[str]) -> None:
    data = rfcx(tmp_path / "rfcx", 12)
    opened.clear()
    experiments = {"a": {}, "b": {"seed": 2}, "c": {"seed": 3}}
    features = {"mel": {"sample_rate_hz": 16000, "n_fft": 512, "hop_samples": 640, "high_hz": 8000.0}}
    raw = {"dataset": "rfcx", "data": str(data), "shards": 3, "features": features, "experiments": experiments}
    all_that_a_dry_run_asks(Plan({**raw, "run": None, "splits": {"n_folds": 5}}, SCRIPTS))
    found = within(opened, data)
    audio_files = {path: count for path, count in found.items() if path.endswith(".flac")}
    assert len(audio_files) == 18
    assert set(audio_files.values()) == {1}
    assert {path: count for path, count in found.items() if Path(path).is_dir()} == {
        str(data / "train"): 1,
        str(data / "test"): 1,
    }
    # Ids, labels and the fingerprint of a table are three readings of it, however many experiments and folds there are.
    tables = {Path(path).name: count for path, count in found.items() if path.endswith(".csv")}
    assert all(count <= 3 for count in tables.values()), tables


@pytest.mark.workflow
def test_the_jobs_do_not_grow_in_number_with_the_recordings(tmp_path: Path) -> None:
    n_folds, experiments = 2, {"a": {}, "b": {"seed": 2}, "c": {"seed": 3}}
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        json.dumps({"experiments": experiments, "run": list(experiments), "shards": 2}), encoding="utf-8"
    )
    planned = []
    for n_recordings in (24, 96):
        data = rfcx(tmp_path / f"{n_recordings}", n_recordings)
        command = ["-n", "-q", "host", "--cores", "1", "--directory", str(tmp_path)]
        command += ["--snakefile", str(REPOSITORY / "Snakefile"), "--configfile", "configs/rfcx.yaml", str(overlay)]
        command += ["--config", f"data={data}", "results=results", f"splits={{'n_folds': {n_folds}}}"]
        done = forked.snakemake(command, REPOSITORY, os.environ)
        assert done.returncode == 0, done.stdout
        table = [line.split() for line in done.stdout.splitlines()]
        planned.append({line[0]: int(line[1]) for line in table if len(line) == 2 and line[1].isdigit()})
    assert planned[0] == planned[1]
    jobs = planned[0]
    assert jobs["train_fold"] == len(experiments) * n_folds
    assert jobs["predict_fold"] == 2 * len(experiments) * n_folds
    assert jobs["list_recordings"] == 2
    assert jobs["merge_oof"] == jobs["merge_test"] == len(experiments)
    assert jobs["extract_spectrograms"] == 4
    assert jobs["total"] == sum(count for name, count in jobs.items() if name != "total")
