"""A change makes stale what it can change, and nothing else: rows of the matrix, as Snakemake plans them.

They are those that `make test-matrix` does not execute (tests/workflow/test_staleness_executed.py): what it looks at
there is what was planned.
"""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rules import bodies
from staleness import document
from staleness.checkout import Checkout, Job, counts, jobs
from staleness.matrix import ALL, ROWS, RULES, SHOWN_BY, WITHOUT_COLUMN, Row, executed, strays

pytestmark = pytest.mark.timeout(900)
NAMES = [row.name for row in ROWS]
BY_NAME = {row.name: row for row in ROWS}
PLANNED = sorted(BY_NAME.keys() - {row.name for row in executed(every=False)}, key=NAMES.index)


def plan(finished: Checkout, row: Row, root: Path) -> list[Job]:
    checkout = finished.copy(root)
    row.change(checkout)
    planned = checkout.planned()
    shutil.rmtree(checkout.root)
    return planned


@pytest.fixture(scope="module")
def planned(
    request: pytest.FixtureRequest, finished_run: tuple[Checkout, str], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, list[Job]]:
    """Return the jobs that each row that is asked for plans; two are planned at a time."""
    asked = {item.name for item in request.session.items}
    rows = [row for row in ROWS if any(name.endswith(f"[{row.name}]") for name in asked)]
    root = tmp_path_factory.mktemp("rows of the matrix")
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda row: plan(finished_run[0], row, root / str(ROWS.index(row))), rows)
        return dict(zip([row.name for row in rows], found, strict=True))


@pytest.mark.workflow
@pytest.mark.parametrize("name", PLANNED)
def test_a_change_makes_stale_what_the_matrix_says(planned: Mapping[str, list[Job]], name: str) -> None:
    row, found = BY_NAME[name], counts(planned[name])
    assert {rule: found.get(rule, 0) for rule in RULES} == {rule: row.cells.get(rule, 0) for rule in RULES}
    assert found.keys() <= RULES.keys()
    assert strays(row, planned[name]) == []


@pytest.mark.workflow
def test_the_first_run_runs_every_job_of_the_matrix(finished_run: tuple[Checkout, str]) -> None:
    assert counts(jobs(finished_run[1])) == {rule: count for rule, count in ALL.items() if count}


def test_the_matrix_names_each_change_once_and_only_rules() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {rule for row in ROWS for rule in row.cells} <= RULES.keys() == ALL.keys()


def test_every_rule_has_its_column_or_a_reason_to_have_none() -> None:
    assert sorted([*RULES, *WITHOUT_COLUMN]) == sorted(bodies())


def test_a_row_that_is_not_executed_runs_no_rule_that_its_like_does_not() -> None:
    done = {row.name for row in executed(every=False)}
    assert set(SHOWN_BY.values()) <= done
    assert [name for name in NAMES if BY_NAME[name].cells and name not in done] == list(SHOWN_BY)
    for name, like in SHOWN_BY.items():
        rules = {rule for rule, count in BY_NAME[name].cells.items() if count}
        assert rules <= {rule for rule, count in BY_NAME[like].cells.items() if count}, name
    seen = {rule for row in executed(every=False) for rule, count in row.cells.items() if count}
    assert seen == RULES.keys()


def test_the_page_shows_the_matrix() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.page(), f"run `{document.COMMAND}`"
