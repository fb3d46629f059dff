"""Exact staleness on the real layout: soundscapes of real sounds, run with configs/rfcx.yaml and a tiny network."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from faults.checkout import contents
from staleness.checkout import Checkout, Job, counts, fresh
from staleness.matrix import rows_of, write_rows

pytestmark = [pytest.mark.matrix, pytest.mark.realdata, pytest.mark.workflow, pytest.mark.timeout(900)]
N_FOLDS = 3
TINY = {
    "splits": {"n_folds": N_FOLDS},
    "training__model": {"filters": [4, 8], "head_units": 8},
    "training__crops__window_s": 2.0,
    "training__optimizer": {"epochs": 1, "least_steps": 0, "batch_size": 8},
    "run": ["mel_sed"],
    "evaluation": {"replicates": 20},
    "compute": {"threads": 1},
    "report": {"examples": 1},
    "tables": {"test_truth": "truth/test_events.csv"},
}


@pytest.fixture
def checkout(shared_data: Path, warm: Mapping[str, str], tmp_path: Path) -> Checkout:
    """Return a checkout beside a small set of soundscapes, in which nothing has run."""
    made = fresh(tmp_path)
    made.environment.update(warm)
    tool = shared_data.parent / "tools" / "make_soundscapes.py"
    sizes = ["--train", "16", "--test", "6", "--seconds", "6"]
    subprocess.run([sys.executable, tool, made.data, *sizes], check=True, capture_output=True)
    shutil.copy(made.code / "configs" / "rfcx.yaml", made.code / "overlay.yaml")
    made.configure(data="../the data", **TINY)
    return made


def held_back(checkout: Checkout, aside: Path) -> Path:
    """Take the first test recording and its row of the sample submission away; return where the recording is now."""
    first = min((checkout.data / "test").glob("*.flac"))
    rows = rows_of(checkout.data / "sample_submission.csv")
    write_rows([row for row in rows if row[0] != first.stem], checkout.data / "sample_submission.csv")
    return Path(shutil.move(first, aside / first.name))


def submitted(checkout: Checkout) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in rows_of(checkout.code / "results-rfcx" / "submission.csv")}


def times(paths: Iterable[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in paths}


def test_a_new_test_recording_reruns_its_shard_and_the_test_predictions_and_trains_nothing(
    checkout: Checkout, tmp_path: Path
) -> None:
    sample = rows_of(checkout.data / "sample_submission.csv")
    recording = held_back(checkout, tmp_path)
    ran = counts(checkout.run())
    assert (ran["train_fold"], ran["predict_fold"]) == (N_FOLDS, 2 * N_FOLDS)
    before = submitted(checkout)
    results = checkout.code / "results-rfcx"
    experiment = contents(results / "experiments", where=lambda name: "/test/" not in name)
    written = times([*(results / "experiments").rglob("model.weights.h5"), results / "ensemble" / "weights.csv"])
    shards = times((results / "features").rglob("*.npy"))

    shutil.move(recording, checkout.data / "test")
    write_rows(sample, checkout.data / "sample_submission.csv")
    after = checkout.run()
    assert counts(after) == {
        **{"list_recordings": 1, "extract_spectrograms": 1, "predict_fold": N_FOLDS, "merge_test": 1},
        **{"evaluate_test": 1, "combine_test": 1, "evaluate_ensemble": 1, "write_submission": 1},
        **{"check_data": 1, "package_model": 1, "report": 1},
    }
    assert {subset(job) for job in after} == {"test", ""}
    assert checkout.planned() == []
    assert times(written) == written
    assert contents(results / "experiments", where=lambda name: "/test/" not in name) == experiment
    assert sum(time != shards.get(path) for path, time in times((results / "features").rglob("*.npy")).items()) == 1
    assert {name: submitted(checkout)[name] for name in before} == before
    assert submitted(checkout).keys() - before.keys() == {recording.stem}


def subset(job: Job) -> str:
    """Return the value of a job's wildcard `subset`, or an empty text."""
    pairs = dict(pair.split("=", 1) for pair in job.wildcards.split(", ") if pair)
    return pairs.get("subset", "")
