"""What the run cost: time, processor and memory of its jobs."""

from typing import Any

from canopy.report import pictures, tables
from canopy.report.run import Run
from canopy.report.sections.section import Page, Section
from canopy.runtime.progress import duration


def context(page: Page) -> dict[str, Any]:
    """Return a sentence on all jobs, the picture and the table; a sentence alone where nothing was measured."""
    if not len(page.run.cost):
        return {"texts": ["There are no benchmark files."], "figures": [], "tables": []}
    return {"texts": [total(page.run)], "figures": [page.pictures["cost"]], "tables": [tables.cost(page.run)]}


def total(run: Run) -> str:
    """Return what all jobs took together."""
    jobs, measured = int(run.cost["jobs"].sum()), tables.memory(run.cost["max_memory_mb"].max())
    memory = f", and at most {measured} of memory each" if measured else ""
    return (
        f"{jobs} job{'' if jobs == 1 else 's'} took {duration(run.cost['total_s'].sum())} in all, "
        f"{duration(run.cost['cpu_s'].sum())} of CPU time{memory}. Each job counts as it last ran; this report's own "
        "job is not in it. CPU time and memory of jobs that ended within a moment were not measured."
    )


SECTION = Section("cost", "Cost", context, pictures={"cost": pictures.cost})
