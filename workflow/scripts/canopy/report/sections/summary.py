"""The summary: the figures that lead, what to know before the details, and what the dataset consists of."""

from collections.abc import Iterable
from typing import Any

from canopy.evaluation.metrics.measures.measure import REPORT
from canopy.evaluation.metrics.measures.registry import shown
from canopy.report import tables
from canopy.report.minding import minding
from canopy.report.run import Run
from canopy.report.scores import Score
from canopy.report.sections.section import Page, Section
from canopy.runtime.tables import listed


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    run = page.run
    return {
        "headlines": headlines(run),
        "about": [metric.about for metric in shown(REPORT) if metric == run.headline or run.best.score(metric, "oof")],
        "reviewed": sorted(set(run.train_recordings["reviewed"])),
        "notes": list(notes(run)),
        "facts": list(tables.facts(run)),
    }


def headlines(run: Run) -> list[tuple[str, Score]]:
    """Return the shown model's figures that lead the summary, by what they are."""
    model = run.best
    subsets = {"oof": "out of fold", "test": "on the test recordings"}
    figures = [
        (f"{metric.title} {where}", model.score(metric, subset))
        for metric in (run.headline, *(one for one in shown(REPORT) if one != run.headline))
        for subset, where in subsets.items()
    ]
    return [(name, score) for name, score in figures if score is not None]


def notes(run: Run) -> Iterable[str]:
    """Yield what a reader should know before the details: the weakest species, what is missing, what was left out."""
    for metric in (*(one for one in shown(REPORT) if one != run.headline), run.headline):
        scores = {name: run.best.score(metric, "oof", name) for name in run.classes}
        if not any(scores.values()):
            continue
        found = sorted((score.value, name) for name, score in scores.items() if score)
        if len(found) > 1:
            weakest = ", ".join(f"{name} ({value:.3f})" for value, name in found[:3])
            yield f"Weakest species by {metric.title} out of fold: {weakest}."
        lacking = [name for name, score in scores.items() if score is None]
        if lacking:
            yield f"Too few labels for {metric.title} out of fold: {listed(lacking)}."
        break
    yield from minding(run)
    if "checks" in run.more:
        counts = [(int(run.more["checks"][name].sum()), name) for name in ("alarms", "warnings", "notes")]
        told = ", ".join(f"{count} {name if count != 1 else name[:-1]}" for count, name in counts)
        yield f"Checks of the data: {told}; see Recordings."
    if len(run.problems):
        yield f"Left out, because they could not be used: {listed(run.problems['recording_id'], shown=3)}."


SECTION = Section("summary", "Summary", context, "summary.html")
