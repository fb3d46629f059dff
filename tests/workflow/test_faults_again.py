"""The second half of the fault matrix: a finished run is made stale, and each rule's job breaks as it is made again.

Then the results of before stand beside what is missing. The same command goes on until it succeeds, and its results are
those of a run from nothing. What stands in for the scripts is described in tests/staleness/standin.
"""

import shutil
from pathlib import Path

import pytest

from faults.chain import APPLIED
from rules import script_of
from staleness.checkout import Checkout, counts, with_data
from staleness.matrix import RULES, WITHOUT_COLUMN
from staleness.standin.start import STOOD_IN, made, strike

pytestmark = [pytest.mark.faults, pytest.mark.workflow, pytest.mark.timeout(3000)]
SCRIPTS = {
    **{"list_recordings": "list_recordings", "read_annotations": "read_annotations", "make_splits": "make_splits"},
    **{"check_data": "check_data", "extract_spectrograms": "extract_spectrograms", "train_fold": "train_fold"},
    **{"extract_cqt": "extract_spectrograms", "predict_fold": "predict_fold", "merge_oof": "merge_oof"},
    **{"merge_test": "merge_test", "evaluate_test": "evaluate_test", "fit_ensemble": "fit_ensemble"},
    **{"calibrate": "calibrate", "combine_test": "combine_test", "evaluate_ensemble": "evaluate_ensemble"},
    **{"write_submission": "write_submission", "make_report": "report", "package_model": "package_model"},
    **{"record_provenance": "record_provenance", "train_student": "train_fold", "pseudo_label": "pseudo_label"},
    **{"compare_teachers": "compare_teachers", "export_network": "export_network"},
    "export_onnx": "export_onnx",
}
"""The rule of each script that the targets below run."""
TARGETS = ("all", "export")
STUDENT = {"teacher": "plain", "pseudo_labels": {"labelled": "fold"}}
CHANGES = {
    "splits__seed": 5,
    "features__mel__n_bands": 32,
    "features__pitch__n_bins": 60,
    "channel": 1,
    "training__optimizer__learning_rate": 0.004,
    "training__prediction__overlap": 0.25,
    "evaluation__replicates": 30,
    "calibration__min_examples": 5,
    "report__examples": 2,
}
"""What makes every rule stale by its own settings or by what it reads."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout in which everything has run once, not to be changed."""
    checkout = with_data(tmp_path_factory.mktemp("a finished run"))
    checkout.environment.update(STOOD_IN)
    checkout.configure(experiments__student=STUDENT, run=["plain", "tonal", "student"])
    checkout.configure(export={"formats": ["tflite", "onnx"]})
    checkout.run(*TARGETS)
    return checkout


@pytest.fixture(scope="module")
def from_nothing(before: Checkout, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the changed configuration makes where nothing was made before."""
    checkout = before.copy(tmp_path_factory.mktemp("from nothing") / "a copy")
    checkout.configure(**CHANGES)
    shutil.rmtree(checkout.code / "results")
    checkout.run(*TARGETS)
    return made(checkout)


def test_every_rule_suffers_here_or_elsewhere() -> None:
    applied = {script_of(rule) for rule in WITHOUT_COLUMN} - {"generate_demo", "download_dataset"}
    assert {*SCRIPTS.values(), *APPLIED} == {*RULES, *applied}


@pytest.mark.parametrize("how", ["kill", "fail", "disk"])
def test_a_rerun_in_which_every_rule_breaks_ends_as_one_from_nothing(
    before: Checkout, from_nothing: dict[str, str], how: str, tmp_path: Path
) -> None:
    checkout = before.copy(tmp_path / "a copy")
    old = made(checkout)
    checkout.configure(**CHANGES)
    left = strike(checkout, dict.fromkeys(SCRIPTS, how))
    broken = 0
    while list(left.iterdir()):
        waiting = len(list(left.iterdir()))
        said = checkout.snakemake("--", *TARGETS)
        struck = waiting - len(list(left.iterdir()))
        assert (said.returncode, struck > 0) == (1, True), said.stdout
        assert "Nothing to be done" not in said.stdout
        assert "Not finished: " in said.stdout
        broken += struck
    assert broken == len(SCRIPTS)
    checkout.run(*TARGETS)
    assert made(checkout) == from_nothing
    assert from_nothing.keys() == old.keys()
    assert all(from_nothing[name] != old[name] for name in ("submission.csv", "summary.txt", "package/manifest.json"))
    assert checkout.planned(*TARGETS) == []


def test_a_rerun_of_which_snakemake_is_killed_goes_on(
    before: Checkout, from_nothing: dict[str, str], tmp_path: Path
) -> None:
    """Snakemake itself is killed each time as a job ends: what it has noted by then is all that is known."""
    checkout = before.copy(tmp_path / "a copy")
    checkout.configure(**CHANGES)
    killed = ("read_annotations", "train_fold", "merge_oof", "combine_test", "make_report")
    left = strike(checkout, dict.fromkeys(killed, "starter"))
    while list(left.iterdir()):
        assert checkout.snakemake("--", *TARGETS).returncode == -9
        checkout.snakemake("--unlock")
    assert counts(checkout.run(*TARGETS)).get("list_recordings", 0) == 0
    assert made(checkout) == from_nothing
    assert checkout.planned(*TARGETS) == []
