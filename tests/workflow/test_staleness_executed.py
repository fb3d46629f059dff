"""The staleness matrix, executed: what the matrix says is looked at, and then nothing is pending.

Of the jobs that the matrix names, those run whose own settings, code or data have changed, or whose input turned out to
be another one; the others are told to be unchanged. Of rows that run the same rules for the same kind of reason one is
executed (`SHOWN_BY` of the matrix), and `make test` shows that the others are planned as it says. `CANOPY_MATRIX=all`
executes every row.

Two rows run at a time, each in a copy of one finished run. The scripts run in those of `WITH_SCRIPTS`, started from a
process that has imported TensorFlow and the like already (tests/staleness/warm); in the others what stands in for them
(tests/staleness/standin) writes what depends on the same settings and files, in no time.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.checkout import contents
from staleness.checkout import Checkout, Job, counts, finished, jobs, unchanged
from staleness.matrix import ALL, ROWS, RULES, Row, executed, strays
from staleness.standin.start import STOOD_IN

pytestmark = [pytest.mark.matrix, pytest.mark.workflow, pytest.mark.timeout(900)]
AT_ONCE = 2
ALL_ROWS = os.environ.get("CANOPY_MATRIX") == "all"
EXECUTED = executed(every=ALL_ROWS)
WITH_SCRIPTS = {
    "a mel parameter",
    "a new experiment with a teacher",
    "an ensemble setting",
    "an annotated recording removed",
    "code in `annotations` that reads the same, and in `losses`",
    "a new test recording and a training key",
}
"""Rows in which the scripts themselves run: together they run every rule, and find inputs unchanged."""


@dataclass(frozen=True)
class Executed:
    """The jobs that a change ran, those that stayed because nothing had changed, and those pending afterwards."""

    ran: list[Job]
    stayed: list[Job]
    pending: list[Job]


def execute(start: Checkout, row: Row, root: Path) -> Executed:
    checkout = start.copy(root)
    row.change(checkout)
    done = checkout.snakemake()
    assert done.returncode == 0, done.stdout
    ran, stayed = jobs(done.stdout), unchanged(done.stdout)
    pending = checkout.planned() if ran or stayed else []  # a run without jobs has just said that nothing was pending
    shutil.rmtree(checkout.root)
    return Executed(ran, stayed, pending)


@pytest.fixture(scope="module")
def start(warm: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout in which everything has run once."""
    checkout, said = finished(tmp_path_factory.mktemp("a finished run"), warm)
    assert counts(jobs(said)) == {rule: count for rule, count in ALL.items() if count}
    return checkout


@pytest.fixture(scope="module")
def stood_in(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return one in which what stands in for the scripts has run once."""
    return finished(tmp_path_factory.mktemp("a finished run of stand-ins"), STOOD_IN)[0]


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, start: Checkout, stood_in: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Executed]]]:
    """Return what each row that is asked for is going to have done."""
    asked = {item.name for item in request.session.items}
    rows = [row for row in EXECUTED if any(name.endswith(f"[{row.name}]") for name in asked)]
    root = tmp_path_factory.mktemp("rows")
    pool = ThreadPoolExecutor(AT_ONCE)
    of = {row.name: start if ALL_ROWS or row.name in WITH_SCRIPTS else stood_in for row in rows}
    yield {row.name: pool.submit(execute, of[row.name], row, root / str(ROWS.index(row))) for row in rows}
    pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("row", EXECUTED, ids=lambda row: row.name)
def test_a_change_runs_what_the_matrix_says_and_then_nothing(
    outcomes: Mapping[str, Future[Executed]], row: Row
) -> None:
    found = outcomes[row.name].result()
    looked_at = counts([*found.ran, *found.stayed])
    assert {rule: looked_at.get(rule, 0) for rule in RULES} == {rule: row.cells.get(rule, 0) for rule in RULES}
    assert looked_at.keys() <= RULES.keys()
    assert strays(row, [*found.ran, *found.stayed]) == []
    assert found.pending == []


def test_the_rows_with_scripts_run_every_rule() -> None:
    rows = [row for row in EXECUTED if row.name in WITH_SCRIPTS]
    assert len(rows) == len(WITH_SCRIPTS)
    assert {rule for row in rows for rule, count in row.cells.items() if count} == RULES.keys()


def test_a_job_that_starts_as_usual_writes_the_same_bytes(start: Checkout, tmp_path: Path) -> None:
    checkout = start.copy(tmp_path / "as usual")
    checkout.environment.clear()
    fold = "results/experiments/plain/fold0"
    before = contents(checkout.code / fold)
    forced = ("--forcerun", f"{fold}/model.weights.h5", f"{fold}/oof/scores.csv")
    said = checkout.snakemake(*forced, "--", f"{fold}/oof/scores.csv")
    assert counts(jobs(said.stdout)) == {"train_fold": 1, "predict_fold": 1}, said.stdout
    assert contents(checkout.code / fold) == before
