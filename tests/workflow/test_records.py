"""Whatever was lost, damaged or broken off is made again, and nothing else: Canopy's own record beside the results.

What stands in for the scripts (tests/staleness/standin) writes hashes of what it reads, so that whole runs take seconds
and can be compared byte for byte.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from faults.checkout import contents
from staleness.checkout import Checkout, Job, counts, finished, jobs
from staleness.planner import outputs, planner, reasons
from staleness.standin.start import STOOD_IN, made, strike
from staleness.walks import Walks

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
RATE = "training={optimizer: {learning_rate: 0.004}}"
BELOW = "Input files updated by another job"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, Mapping[Job, list[str]]]:
    """Return a checkout in which everything has run once, not to be changed, and what each of its jobs made."""
    checkout, said = finished(tmp_path_factory.mktemp("a finished run"), STOOD_IN)
    return checkout, outputs(said)


@pytest.fixture
def checkout(run: tuple[Checkout, Mapping[Job, list[str]]], tmp_path: Path) -> Checkout:
    return run[0].copy(tmp_path / "a copy")


def first_of_each_rule(made: Mapping[Job, list[str]]) -> dict[Job, list[str]]:
    found: dict[str, Job] = {}
    for job in sorted(made, key=str):
        found.setdefault(job.rule, job)
    return {job: made[job] for job in found.values()}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


# Lost and damaged files.


@pytest.mark.matrix
@pytest.mark.parametrize("damage", [Path.unlink, cut], ids=["deleted", "truncated"])
def test_each_output_of_each_rule_is_missed(
    run: tuple[Checkout, Mapping[Job, list[str]]], checkout: Checkout, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    with planner(checkout) as plan:
        assert plan.reasons() == {}
        for job, files in first_of_each_rule(run[1]).items():
            for file in files:
                path, aside = checkout.code / file, tmp_path / "aside"
                shutil.copy2(path, aside)
                damage(path)
                found = dict(plan.reasons())
                told = found.pop(job)
                assert ("Missing output files" if damage is Path.unlink else "is shorter than it was") in told, file
                assert path.name in told
                assert all(why.startswith(BELOW) for why in found.values()), found
                shutil.copy2(aside, path)
        assert plan.reasons() == {}


def test_what_was_damaged_is_made_again_and_nothing_that_was_whole(
    run: tuple[Checkout, Mapping[Job, list[str]]], checkout: Checkout
) -> None:
    before = made(checkout)
    damaged = first_of_each_rule(run[1])
    for number, files in enumerate(damaged.values()):
        path = checkout.code / files[-1]
        if number % 2:
            cut(path)
        else:
            path.unlink()
    assert checkout.run() == sorted(damaged, key=str)
    assert made(checkout) == before
    assert checkout.planned() == []


def test_whole_folders_that_were_deleted_are_made_again(checkout: Checkout) -> None:
    before = made(checkout)
    shutil.rmtree(checkout.code / "results" / "experiments")
    shutil.rmtree(checkout.code / "results" / "annotations")
    ran = counts(checkout.run())
    assert made(checkout) == before
    assert ran == {
        **{"read_annotations": 1, "train_fold": 4, "predict_fold": 8},
        **{"merge_oof": 2, "merge_test": 2, "evaluate_test": 2},
    }


# Lost memories.


def spelled(checkout: Checkout) -> dict[str, list[str]]:
    results = checkout.code / "results"
    (checkout.code / "linked").symlink_to("results")
    return {
        "as it is": [],
        "with a dot": ["results=./results"],
        "with a slash": ["results=results/"],
        "from the root": [f"results={results}"],
        "linked": ["results=linked"],
    }


@pytest.mark.matrix
@pytest.mark.parametrize("how", ["as it is", "with a dot", "with a slash", "from the root", "linked"])
def test_the_results_are_known_however_their_folder_is_spelled(checkout: Checkout, how: str) -> None:
    given = spelled(checkout)[how]
    assert jobs(checkout.snakemake("-n", *(["--config", *given] if given else [])).stdout) == []
    changed = reasons(checkout.snakemake("-n", "--config", RATE, *given).stdout)
    assert counts(list(changed))["train_fold"] == 4
    assert {why for job, why in changed.items() if job.rule == "train_fold"} == {"its settings have changed"}


def test_a_network_trained_under_another_spelling_is_known(checkout: Checkout) -> None:
    before = made(checkout)
    checkout.snakemake("--config", RATE, f"results={checkout.code}/results")
    assert made(checkout) != before
    assert counts(checkout.run())["train_fold"] == 4
    assert made(checkout) == before


def test_without_snakemakes_memory_nothing_is_made_again_but_what_has_changed(checkout: Checkout) -> None:
    shutil.rmtree(checkout.code / ".snakemake")
    assert checkout.planned() == []
    checkout.configure(training__optimizer__learning_rate=0.004)
    assert counts(checkout.planned())["train_fold"] == 4


def test_copied_results_are_known_in_their_new_place(checkout: Checkout) -> None:
    copied = checkout.code / "copied"
    shutil.copytree(checkout.code / "results", copied, copy_function=shutil.copyfile)  # all times are new
    said = checkout.snakemake("--config", "results=copied").stdout
    assert "Nothing to be done" in said
    assert made(checkout, "copied") == made(checkout)
    assert counts(jobs(checkout.snakemake("-n", "--config", "results=copied", RATE).stdout))["train_fold"] == 4


def test_without_records_snakemakes_memory_is_taken(checkout: Checkout) -> None:
    records = checkout.code / "results" / "provenance" / "jobs"
    kept = contents(records)
    shutil.rmtree(records)
    assert checkout.planned() == []
    assert not records.exists()  # a dry run writes nothing
    assert checkout.run() == []
    assert contents(records) == kept


def test_without_any_memory_all_is_made_again(checkout: Checkout) -> None:
    before = made(checkout)
    shutil.rmtree(checkout.code / "results" / "provenance" / "jobs")
    shutil.rmtree(checkout.code / ".snakemake")
    found = reasons(checkout.snakemake("-n").stdout)
    assert "nothing tells what it was made from" in found[Job("make_splits")]
    assert len(checkout.run()) == len(found)
    assert made(checkout) == before


# Runs that break.


@pytest.mark.parametrize("how", ["kill", "fail"])
def test_a_rerun_that_breaks_goes_on_with_the_same_command(checkout: Checkout, how: str, tmp_path: Path) -> None:
    checkout.append("workflow/scripts/canopy/data/annotations/rfcx.py", "\n_CHANGED = 1\n")
    scratch = checkout.copy(tmp_path / "from nothing")
    shutil.rmtree(scratch.code / "results")
    scratch.run()
    strike(checkout, {"read_annotations": how})
    assert checkout.snakemake().returncode == 1
    assert "its last run was broken off" in reasons(checkout.snakemake("-n").stdout)[Job("read_annotations")]
    assert counts(checkout.run()).keys() == {"read_annotations"}  # what it makes is the same: all below stays
    assert made(checkout) == made(scratch)
    assert checkout.planned() == []


# What a person asks for.


def test_jobs_that_are_asked_for_run_and_what_they_leave_alike_stays(checkout: Checkout) -> None:
    assert counts(jobs(checkout.snakemake("-R", "make_splits").stdout)) == {"make_splits": 1}
    said = jobs(checkout.snakemake("--forceall", "-n").stdout)
    assert len(said) == sum(counts(said).values()) > 30


def test_a_touch_takes_what_is_there_for_what_is_asked(checkout: Checkout) -> None:
    checkout.configure(training__optimizer__learning_rate=0.004)
    assert checkout.snakemake("--touch").returncode == 0
    assert checkout.planned() == []
    checkout.configure(training__optimizer__learning_rate=0.001)
    assert counts(checkout.planned())["train_fold"] == 4


def test_networks_trained_on_rows_that_were_out_of_date_are_trained_again(checkout: Checkout) -> None:
    checkout.configure(splits__seed=7)
    asked = ("--rerun-triggers", "mtime", "-R", "train_fold", "--until", "train_fold")
    assert counts(jobs(checkout.snakemake(*asked).stdout)) == {"train_fold": 4}
    found = reasons(checkout.snakemake("-n").stdout)
    assert found[Job("make_splits")] == "its settings have changed"
    assert "fold0.csv was out of date when it ran last" in found[Job("train_fold", "experiment=plain, fold=0")]


@pytest.mark.matrix
def test_random_walks_end_where_a_first_run_ends(tmp_path: Path) -> None:
    """`python -m staleness.walks 200` takes many more."""
    walks = Walks(tmp_path)
    for seed in range(3):
        assert len(walks.take(seed)) == 5
