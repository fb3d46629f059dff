"""Every row of the matrix, executed: `pytest tests/staleness/every_row.py` (not part of `make test`: it takes long)."""

from pathlib import Path

import pytest

from staleness.checkout import Checkout, counts
from staleness.matrix import ROWS, Row

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_change_runs_what_the_matrix_says_and_then_nothing(
    finished_run: tuple[Checkout, str], tmp_path: Path, row: Row
) -> None:
    checkout = finished_run[0].copy(tmp_path / "row")
    row.change(checkout)
    assert counts(checkout.run()) == {rule: count for rule, count in row.cells.items() if count}
    assert checkout.planned() == []
