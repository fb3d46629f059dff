"""The workflow as a person meets it: what it lists, what it runs, what it says where something is wrong."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from staleness.checkout import Checkout, Job, counts, fresh, jobs, with_data

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
FIRST_FOLD = "results/experiments/plain/fold1/model.weights.h5"


@pytest.fixture
def finished(finished_run: tuple[Checkout, str], tmp_path: Path) -> Checkout:
    return finished_run[0].copy(tmp_path / "a copy")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a fresh checkout beside a dataset, in which nothing runs."""
    return with_data(tmp_path_factory.mktemp("a fresh checkout"))


# In a fresh checkout.


def test_a_dry_run_in_a_fresh_checkout_lists_every_job_with_its_reason(untouched: Checkout) -> None:
    said = untouched.snakemake("-n").stdout
    listed = jobs(said)
    assert counts(listed)["train_fold"] == 4
    assert said.count("    reason: ") == len(listed) + 1  # and that of `all`
    assert not (untouched.code / "results").exists()


def test_the_demo_is_planned_before_it_exists(tmp_path: Path) -> None:
    checkout = fresh(tmp_path / "demo")
    (checkout.code / "overlay.yaml").write_text("{}")
    found = counts(checkout.planned())
    assert (found["generate_demo"], found["train_fold"], found["extract_spectrograms"]) == (1, 6, 16)


def test_planning_imports_nothing_heavy(untouched: Checkout) -> None:
    ask = (
        "import runpy, sys, json\n"
        "sys.argv = ['snakemake', *json.loads(sys.argv[1])]\n"
        "try:\n    runpy.run_module('snakemake', run_name='__main__')\n"
        "except SystemExit as ended:\n    print('ended', ended.code)\n"
        "print('imported', *sorted(name for name in sys.modules if '.' not in name))\n"
    )
    arguments = json.dumps(["-n", "-q", "all", "--configfile", "overlay.yaml", "--cores", "1"])
    said = subprocess.run(
        [sys.executable, "-c", ask, arguments], cwd=untouched.code, capture_output=True, text=True, timeout=600
    )
    imported = set(next(line for line in said.stdout.splitlines() if line.startswith("imported")).split())
    assert {"canopy", "snakemake", "pandas"} <= imported
    heavy = {
        "tensorflow",
        "keras",
        "librosa",
        "sklearn",
        "soundfile",
        "soxr",
        "matplotlib",
        "pandera",
        "numba",
        "scipy",
    }
    assert imported & heavy == set()


def test_one_folds_target_plans_that_fold_and_what_it_needs(untouched: Checkout) -> None:
    planned = untouched.planned(FIRST_FOLD)
    assert counts(planned) == {
        **{"list_recordings": 1, "read_annotations": 1, "make_splits": 1, "extract_spectrograms": 2, "train_fold": 1}
    }
    assert Job("train_fold", "experiment=plain, fold=1") in planned


# After a run.


def test_a_run_ends_with_a_submission_a_report_and_a_summary(finished_run: tuple[Checkout, str]) -> None:
    checkout, said = finished_run
    results = checkout.code / "results"
    sample = pd.read_csv(checkout.data / "sample_submission.csv")
    submission = pd.read_csv(results / "submission.csv")
    assert submission.columns.tolist() == sample.columns.tolist()
    assert submission["recording_id"].tolist() == sample["recording_id"].tolist()
    probabilities = submission.drop(columns="recording_id").to_numpy()
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert "LWLRAP" in (results / "report" / "index.html").read_text(encoding="utf-8")
    assert (results / "summary.txt").read_text(encoding="utf-8") in said


def test_a_run_leaves_nothing_half_written(finished_run: tuple[Checkout, str]) -> None:
    results = finished_run[0].code / "results"
    drafts = [path for path in results.rglob("*") if path.name.startswith(".") or ".part" in path.name]
    assert [path.name for path in drafts] == [".canopy"]  # the mark of a folder that Canopy began
    assert list(results.rglob("checkpoints/**/*.npz")) == []


def test_a_second_run_has_nothing_to_do(finished: Checkout) -> None:
    assert "Nothing to be done" in finished.snakemake().stdout


def test_a_deleted_output_of_one_fold_plans_exactly_its_job(finished: Checkout) -> None:
    (finished.code / FIRST_FOLD).unlink()
    assert finished.planned(FIRST_FOLD) == [Job("train_fold", "experiment=plain, fold=1")]


def test_one_fold_is_run_again_by_its_name(finished: Checkout) -> None:
    said = finished.snakemake("-n", "--forcerun", FIRST_FOLD, "--", FIRST_FOLD)
    assert jobs(said.stdout) == [Job("train_fold", "experiment=plain, fold=1")]


def test_an_interrupted_run_goes_on_where_it_was(finished: Checkout) -> None:
    finished.configure(training__prediction__overlap=0.25)
    finished.run("results/experiments/plain/fold0/test/scores.csv")
    finished.append("workflow/scripts/canopy/data/annotations/rfcx.py", "\n_CHANGED = 1\n")
    planned = finished.planned()
    assert counts(planned)["predict_fold"] == 7
    assert counts(planned)["merge_test"] == 2
    assert "train_fold" not in counts(planned)


def test_networks_are_exported_in_the_formats_asked_for_and_nothing_else_runs(finished: Checkout) -> None:
    assert counts(finished.planned("export")) == {"export_network": 4, "export": 1}
    finished.configure(export__formats=["tflite", "onnx"])
    assert counts(finished.planned("export")) == {"export_network": 4, "export_onnx": 4, "export": 1}


# What is said where something is wrong.


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return fresh(tmp_path_factory.mktemp("a checkout without data"))


def complaint(checkout: Checkout, *arguments: str) -> str:
    said = checkout.snakemake("-n", *arguments)
    assert said.returncode == 1
    assert "Traceback" not in said.stdout
    return said.stdout


def test_an_unknown_key_is_told_with_the_one_that_was_meant(wrong: Checkout) -> None:
    said = complaint(wrong, "--config", "splits={n_fold: 3}")
    assert "config: unknown key 'splits.n_fold'; did you mean 'n_folds'?" in said


def test_an_experiment_that_is_not_there_is_told(wrong: Checkout) -> None:
    assert "run names the experiment 'plane'" in complaint(wrong, "--config", "run=[plane]")


def test_a_missing_dataset_is_told_with_two_ways_to_get_one(wrong: Checkout) -> None:
    said = complaint(wrong, "--config", "data=/no/such/folder")
    assert "/no/such/folder" in said
    assert "snakemake download" in said
    assert "--config data=FOLDER" in said


def test_a_missing_dataset_can_be_fetched(wrong: Checkout) -> None:
    assert counts(wrong.planned("download")) == {"download": 1}


def test_a_wrong_row_is_told_before_any_job_runs(untouched: Checkout, tmp_path: Path) -> None:
    checkout = untouched.copy(tmp_path / "wrong row")
    table = checkout.data / "train_tp.csv"
    table.write_text(table.read_text().replace(",", ",x", 1).replace(",x", ",", 1) + "nowhere,0,1,2.0,1.0,1.0,2.0\n")
    said = complaint(checkout)
    assert "train_tp.csv, line" in said
    assert "must be greater than t_min" in said


def test_a_fold_trains_where_there_are_no_test_recordings(untouched: Checkout, tmp_path: Path) -> None:
    checkout = untouched.copy(tmp_path / "no test")
    shutil.rmtree(checkout.data / "test")
    assert counts(checkout.planned(FIRST_FOLD))["train_fold"] == 1
    said = checkout.snakemake("-n").stdout
    assert "there is no folder ../the data/test, where recordings should be" in said


def test_a_second_snakemake_in_the_same_folder_is_told_so(finished: Checkout) -> None:
    finished.configure(report__examples=2)
    with running(finished) as first:
        wait_for_job(finished, first, "results/summary.txt")
        said = finished.snakemake()
        assert said.returncode == 1
        assert "locked" in said.stdout.lower()
        assert first.wait(timeout=600) == 0
    assert finished.planned() == []


# Other datasets and configurations.


def test_the_rfcx_overlay_runs_any_folder_of_that_shape(untouched: Checkout, tmp_path: Path) -> None:
    checkout = untouched.copy(tmp_path / "rfcx")
    shutil.copy(checkout.code / "configs" / "rfcx.yaml", checkout.code / "overlay.yaml")
    arguments = ["--config", f"data={checkout.data}", "results=results-mine"]
    found = counts(jobs(checkout.snakemake("-n", *arguments).stdout))
    assert found["predict_fold"] == 2 * found["train_fold"] > 0
    assert (found["evaluate_test"], found["evaluate_ensemble"]) == (found["merge_test"], 1)
    assert "generate_demo" not in found
    shutil.rmtree(checkout.data / "truth")  # nobody knows the truth of a competition
    assert "evaluate_test" not in counts(jobs(checkout.snakemake("-n", *arguments).stdout))


@pytest.mark.parametrize("names", ["smoke", "rfcx", "seed", "sweep", "rfcx members ablation"])
def test_every_overlay_is_a_valid_configuration(wrong: Checkout, names: str) -> None:
    overlays = [f"configs/{name}.yaml" for name in names.split()]
    read = "rfcx" in names  # a dataset that is not there, but can be fetched; the others make their own
    said = wrong.snakemake("-n", "--configfile", *overlays, *(["--", "download"] if read else []))
    assert said.returncode == 0, said.stdout


def test_the_seeds_recipe_runs_beside_canopys(wrong: Checkout) -> None:
    offline = "experiments={seed: {model: {weights: none}}}"
    planned = jobs(wrong.snakemake("-n", "--configfile", "configs/seed.yaml", "--config", offline).stdout)
    trained = {job.wildcards.split(",")[0] for job in planned if job.rule == "train_fold"}
    assert trained == {"experiment=canopy", "experiment=seed"}


class running:
    """A Snakemake that runs in the background."""

    def __init__(self, checkout: Checkout) -> None:
        command = [sys.executable, "-m", "snakemake", *checkout.arguments, "--configfile", "overlay.yaml"]
        self.process = subprocess.Popen(
            command, cwd=checkout.code, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> "subprocess.Popen[bytes]":
        return self.process

    def __exit__(self, *error: object) -> None:
        self.process.wait(timeout=600)


def wait_for_job(checkout: Checkout, process: "subprocess.Popen[bytes]", output: str) -> None:
    """Wait until Snakemake has locked its folder and removed what a job is going to make."""
    locks, path = checkout.code / ".snakemake" / "locks", checkout.code / output
    while process.poll() is None and (path.exists() or not list(locks.glob("*"))):
        time.sleep(0.05)
    assert process.poll() is None
