"""Pseudo-labels in the workflow: who labels what for whom, what that makes stale, and a small run of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from staleness.checkout import UNMARKED, Checkout, Job, counts, with_data

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
EXPERIMENTS = {
    "plain": {},
    "student": {"teacher": "plain", "pseudo_labels": {"threshold": 0.3}},
    "second": {"teacher": "student", "pseudo_labels": {"unlabelled": False}},
    "cheap": {"teacher": "plain", "pseudo_labels": {"labelled": "fold"}},
    "bare": {"teacher": "second", "pseudo_labels": {"labelled": "none"}},
}


@dataclass(eq=False)
class Planned:
    """A planned job: what it reads, and the jobs that make it."""

    rule: str
    wildcards: dict[str, str]
    inputs: list[str] = field(repr=False)
    makers: list["Planned"] = field(default_factory=list, repr=False)

    def ancestry(self) -> Iterator["Planned"]:
        """Yield the job and all that it rests on."""
        seen: list[int] = []
        waiting = [self]
        for job in waiting:
            if id(job) not in seen:
                seen.append(id(job))
                waiting += job.makers
                yield job

    @property
    def unseen(self) -> set[int]:
        """The folds that a training does not read, by the tables of rows that it is given; it takes what they share."""
        tables = (re.fullmatch(r"results/splits/fold(\d+)\.csv", path) for path in self.inputs)
        return {int(found[1]) for found in tables if found}


def dag(checkout: Checkout, *arguments: str) -> list[Planned]:
    """Return the jobs of a dry run as Snakemake tells them, tied by their files."""
    said = checkout.snakemake("-n", *arguments)
    assert said.returncode == 0, said.stdout
    jobs: list[Planned] = []
    maker: dict[str, Planned] = {}
    for rule, text in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", said.stdout, flags=re.MULTILINE):
        told = dict(re.findall(r"^    (input|output|wildcards): (.*)$", text, flags=re.MULTILINE))
        pairs = [pair.split("=") for pair in told.get("wildcards", "").split(", ") if pair]
        inputs, outputs = ([path for path in told.get(what, "").split(", ") if path] for what in ("input", "output"))
        jobs.append(Planned(rule, dict(pairs), inputs))
        maker |= dict.fromkeys(outputs, jobs[-1])
    for job in jobs:
        job.makers = [maker[path] for path in job.inputs if path in maker]
    return jobs


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a fresh checkout beside a dataset with one recording that no table names."""
    checkout = with_data(tmp_path_factory.mktemp("a fresh checkout"))
    checkout.configure(experiments=EXPERIMENTS, run=list(EXPERIMENTS), splits={"n_folds": 4})
    return checkout


@pytest.fixture(scope="module")
def planned(untouched: Checkout) -> list[Planned]:
    return dag(untouched)


def test_no_network_behind_a_students_labels_has_seen_what_the_student_holds_out(planned: list[Planned]) -> None:
    students = [job for job in planned if job.rule == "train_fold" and job.wildcards["experiment"] != "plain"]
    assert len(students) == 4 * 4 + 6  # each fold of four; and of student, the pairs of folds that teach second
    for student in students:
        held_out = {int(fold) for fold in student.wildcards["fold"].split("-")}
        behind = [job for job in student.ancestry() if job.rule == "train_fold"]
        assert len(behind) > 1
        for network in behind:
            assert held_out <= network.unseen, (student, network)
            assert network.unseen == {int(fold) for fold in network.wildcards["fold"].split("-")}
        assert not [job for job in student.ancestry() if job.wildcards.get("subset") == "test"]


def test_each_annotated_recording_is_labelled_by_one_network_that_has_not_seen_it(planned: list[Planned]) -> None:
    for job in planned:
        if job.rule != "pseudo_label" or job.wildcards["experiment"] not in ("student", "second"):
            continue
        held_out = {int(fold) for fold in job.wildcards["fold"].split("-")}
        scored = [found for found in job.makers if found.wildcards.get("subset") == "oof"]
        networks = {
            next(one for one in found.ancestry() if one.rule == "train_fold").wildcards["fold"] for found in scored
        }
        own = [{int(fold) for fold in name.split("-")} - held_out for name in networks]
        assert sorted(fold for folds in own for fold in folds) == sorted(set(range(4)) - held_out)


def test_the_cheaper_labels_need_no_further_network(untouched: Checkout, tmp_path: Path) -> None:
    checkout = untouched.copy(tmp_path / "cheap")
    checkout.configure(run=["cheap", "plain"])
    found = counts(checkout.planned())
    checkout.configure(run=["plain"])
    alone = counts(checkout.planned())
    more = {rule: found[rule] - alone.get(rule, 0) for rule in found if found[rule] != alone.get(rule, 0)}
    assert more == {
        **{"list_recordings": 1, "extract_spectrograms": 1, "train_fold": 4, "predict_fold": 8 + 4 + 4},
        **{"pseudo_label": 4, "merge_oof": 1, "merge_test": 1, "evaluate_test": 1, "compare_teachers": 1},
    }
    assert not {"pseudo_label", "compare_teachers"} & alone.keys()


def test_a_teacher_that_is_not_run_is_trained_and_no_member(untouched: Checkout, tmp_path: Path) -> None:
    checkout = untouched.copy(tmp_path / "teacher not run")
    checkout.configure(run=["cheap"])
    jobs = dag(checkout)
    fitted = next(job for job in jobs if job.rule == "fit_ensemble")
    assert [path for path in fitted.inputs if "plain" in path] == []
    assert len([job for job in jobs if job.rule == "train_fold" and job.wildcards["experiment"] == "plain"]) == 4
    compared = next(job for job in jobs if job.rule == "compare_teachers")
    assert "results/experiments/plain/test/scores.csv" in compared.inputs


def test_where_all_recordings_are_annotated_nothing_is_made_for_others(untouched: Checkout, tmp_path: Path) -> None:
    checkout = untouched.copy(tmp_path / "all annotated")
    (checkout.data / "train" / f"{UNMARKED}.flac").unlink()
    jobs = dag(checkout, "--", "results/experiments/student/fold0/pseudo.csv")
    assert [job for job in jobs if job.wildcards.get("subset") == "unlabelled"] == []


# A small run: one fold of a student, and what rests on what.

FOLD = "results/experiments/student/fold0"
TEACHERS = [("0", "unlabelled"), ("0-1", "oof"), ("0-2", "oof")]


@pytest.fixture(scope="module")
def finished(untouched: Checkout, warm: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = untouched.copy(tmp_path_factory.mktemp("finished") / "student")
    checkout.environment.update(warm)
    checkout.configure(run=["student"], splits={"n_folds": 3})
    ran = checkout.run(f"{FOLD}/oof/scores.csv")
    assert {job.wildcards for job in ran if job.rule == "predict_fold"} == {
        "experiment=student, fold=0, subset=oof",
        *(f"experiment=plain, fold={fold}, subset={subset}" for fold, subset in TEACHERS),
    }
    return checkout


def planned_below(checkout: Checkout) -> list[Job]:
    return checkout.planned(f"{FOLD}/oof/scores.csv")


def test_a_student_learns_from_labels_of_others_alone(finished: Checkout) -> None:
    folds = pd.read_csv(finished.code / "results/splits/folds.csv", index_col="recording_id")["fold"]
    pseudo = pd.read_csv(finished.code / FOLD / "pseudo.csv")
    labelled = set(pseudo["recording_id"])
    assert labelled & set(folds.index[folds != 0])
    assert labelled <= {UNMARKED, *folds.index[folds != 0]}
    assert (pseudo["probability"] >= 0.3).all()
    log = (finished.code / "results/logs/train_fold/student/fold0.log").read_text()
    assert f"around {len(pseudo)} pseudo-labels" in log
    listing = pd.read_csv(finished.code / "results/recordings/unlabelled.csv")
    assert listing["recording_id"].tolist() == [UNMARKED]


STUDENT = [
    Job("predict_fold", "experiment=student, fold=0, subset=oof"),
    Job("train_fold", "experiment=student, fold=0"),
]
LABELS = [Job("pseudo_label", "experiment=student, fold=0")]
NETWORKS = [Job("train_fold", f"experiment=plain, fold={fold}") for fold in ("0", "0-1", "0-2")]
SCORES = [Job("predict_fold", f"experiment=plain, fold={fold}, subset={subset}") for fold, subset in TEACHERS]


def test_what_changes_reruns_what_rests_on_it_and_no_teacher_for_its_student(
    finished: Checkout, tmp_path: Path
) -> None:
    checkout = finished.copy(tmp_path / "a copy")
    assert planned_below(checkout) == []
    for key, value, expected in (
        ("student__pseudo_labels", {"threshold": 0.3, "real_share": 0.7}, STUDENT),
        ("student__pseudo_labels", {"threshold": 0.4}, [*STUDENT, *LABELS]),
        ("plain__optimizer", {"epochs": 2}, [*STUDENT, *LABELS, *SCORES, *NETWORKS]),
    ):
        checkout.configure(experiments=EXPERIMENTS)
        checkout.configure(**{f"experiments__{key}": value})
        assert planned_below(checkout) == sorted(expected, key=str), key
