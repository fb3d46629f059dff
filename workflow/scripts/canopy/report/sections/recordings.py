"""The held-out recordings, examples of them, what was found in the data, and what was left out."""

from typing import Any

from canopy.report import tables
from canopy.report.examples import METHOD
from canopy.report.payload import recordings_data
from canopy.report.sections.section import Page, Section


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    run = page.run
    return {
        "examples": page.examples,
        "method": METHOD,
        "fold_of": dict(zip(run.folds["recording_id"], run.folds["fold"], strict=True)),
        "findings": tables.findings(run),
        "checks": tables.checks(run),
        "problems": tables.problems(run),
    }


SECTION = Section(
    "recordings",
    "Recordings",
    context,
    "recordings.html",
    data=lambda run, wanted: recordings_data(run),
    scripts=("recordings.js",),
    inputs={"findings": "data/findings.csv", "checks": "data/checks.csv"},
)
