"""The report's tables of paired differences: between experiments, and between students and their teachers."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from canopy.evaluation.metrics.measures.registry import METRICS
from canopy.report.experiments import Difference
from canopy.report.run import Run
from canopy.report.tables import Cell, Column, Table

Row = Mapping[Hashable, Any]
SUBSETS = {"oof": "Out of fold", "test": "Test"}


def comparisons(run: Run) -> Iterable[Table]:
    """Yield the tables of paired differences between experiments, out of fold and on the test recordings."""
    columns = [Column("Metric"), Column("First"), Column("Second"), Column("Difference", True), Column("Better")]
    for name, label in (("comparisons_oof", "out of fold"), ("comparisons_test", "on the test recordings")):
        rows = [
            [*_texts(row, "metric", "first", "second"), _paired(row), _better(row)]
            for row in run.more.get(name, pd.DataFrame()).to_dict("records")
        ]
        if rows:
            caption = f"Differences {label}, first minus second, paired by recording, with 95 % intervals."
            yield Table(name.replace("_", "-"), caption, columns, rows)


def students(run: Run) -> Table | None:
    """Return the table of what students have over their teachers; None where nobody was taught."""
    titles = (
        "Student",
        "Teacher",
        "Recordings",
        "Metric",
        "Student's",
        "Teacher's",
        "Difference",
    )
    rows = [
        [
            *_texts(row, "student", "teacher"),
            Cell(SUBSETS[row["subset"]], row["subset"]),
            Cell(METRICS[row["metric"]].title, row["metric"]),
            *(Cell(f"{row[name]:.3f}", row[name]) for name in ("student_score", "teacher_score")),
            _paired(row),
            _better(row),
        ]
        for row in run.more.get("pseudo_labels", pd.DataFrame()).to_dict("records")
    ]
    columns = [Column(title, number >= 4) for number, title in enumerate(titles)]
    caption = (
        "Students, which learn from pseudo-labels too, minus their teachers, paired by recording, with 95 % intervals. "
        "A gain out of fold that the test recordings do not show is flattery."
    )
    return Table("students", caption, [*columns, Column("Better")], rows) if rows else None


def _texts(row: Row, *names: str) -> Iterable[Cell]:
    return (Cell(row[name], row[name]) for name in names)


def _paired(row: Row) -> Cell:
    found = Difference(row["difference"], row["low"], row["high"])
    return Cell(f"{found.value:+.3f}", found.value, (found.interval, f"n={row['n']}"))


def _better(row: Row) -> Cell:
    return Cell(row["better"] or "not told apart", row["better"])
