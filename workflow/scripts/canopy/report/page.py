"""The report as one HTML page that needs no other file and no network."""

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from canopy.evaluation.metrics.measures.measure import REPORT
from canopy.evaluation.metrics.measures.registry import HEADLINE, shown
from canopy.report import compared, tables
from canopy.report.examples import METHOD, Example
from canopy.report.experiments import Difference
from canopy.report.pictures import Picture
from canopy.report.plots.examples import Scene
from canopy.report.run import ENSEMBLE, Run
from canopy.report.scores import Score, score_of
from canopy.runtime.progress import duration
from canopy.runtime.tables import listed
from canopy.version import __version__

TEMPLATES = Path(__file__).parent / "template"
SCRIPTS = ("dom.js", "theme.js", "sort.js", "curves.js", "species.js", "clip.js", "detections.js", "recordings.js")
"""In the order in which they build on one another."""
WAYS = {
    "fitted": ("Fitted weights reach", "fitted"),
    "greedy": ("Greedy selection reaches", "greedy"),
    "rank_mean": ("The mean of ranks reaches", "ranks"),
}
"""Rivals of equal weights: how a sentence on each begins, and its name in a difference."""


def render_page(
    run: Run,
    pictures: dict[str, Picture],
    examples: Sequence[tuple[Example, Scene, Picture]],
    data: dict[str, Any],
) -> str:
    """Return the report as HTML; all text that comes from the data is escaped.

    Parameters
    ----------
    run : Run
    pictures : dict of str to Picture
        As `canopy.report.pictures.draw_pictures` returns them.
    examples : sequence of (Example, Scene, Picture)
        As `canopy.report.pictures.draw_examples` returns them.
    data : dict
        As `canopy.report.payload.payload` returns it.

    Returns
    -------
    str
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_url"] = data_url
    return environment.get_template("page.html").render(
        run=run,
        data=data,
        scripts=SCRIPTS,
        lead=lead(run),
        headlines=headlines(run),
        notes=list(notes(run)),
        findings=tables.findings(run),
        checks=tables.checks(run),
        comparisons=list(compared.comparisons(run)),
        students=compared.students(run),
        tables=tables,
        facts=list(tables.facts(run)),
        pictures=pictures,
        examples=examples,
        method=METHOD,
        comparison=comparison(run),
        fold_of=dict(zip(run.folds["recording_id"], run.folds["fold"], strict=True)),
        total=_total(run),
        ensemble=run.best.name == ENSEMBLE and len(run.weights) > 0,
        reviewed=sorted(set(run.train_recordings["reviewed"])),
        about=[metric.about for metric in shown(REPORT) if metric == HEADLINE or run.best.score(metric, "oof")],
        headline=HEADLINE.title,
        version=__version__,
    )


def headlines(run: Run) -> list[tuple[str, Score]]:
    """Return the shown model's figures that lead the summary, by what they are."""
    model = run.best
    subsets = {"oof": "out of fold", "test": "on the test recordings"}
    figures = [
        (f"{metric.title} {where}", model.score(metric, subset))
        for metric in shown(REPORT)
        for subset, where in subsets.items()
    ]
    return [(name, score) for name, score in figures if score is not None]


def notes(run: Run) -> Iterable[str]:
    """Yield what a reader should know before the details: the weakest species, what is missing, what was left out."""
    for metric in (*(one for one in shown(REPORT) if one != HEADLINE), HEADLINE):
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
    if "checks" in run.more:
        counts = [(int(run.more["checks"][name].sum()), name) for name in ("alarms", "warnings", "notes")]
        told = ", ".join(f"{count} {name if count != 1 else name[:-1]}" for count, name in counts)
        yield f"Checks of the data: {told}; see Recordings."
    if len(run.problems):
        yield f"Left out, because they could not be used: {listed(run.problems['recording_id'], shown=3)}."


def data_url(png: bytes) -> str:
    """Return a PNG picture as an address that holds the picture itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def lead(run: Run) -> str:
    """Return the run's result in a sentence or two."""
    model = run.best
    out_of_fold, test = (model.score(HEADLINE, subset) for subset in ("oof", "test"))
    n_members = len(run.models) - 1
    members = f" of {n_members} experiment{'s' if n_members != 1 else ''}" if model.name == ENSEMBLE else ""
    if out_of_fold is None:
        return f"There are no labels to score the {model.name} by."
    found = (
        f"The {model.name}{members} reaches {HEADLINE.title} {out_of_fold} out of fold, over {out_of_fold.n} recordings"
    )
    if test is None:
        return f"{found}. The truth of the test recordings is not known."
    return f"{found}, and {test} on {test.n} test recordings whose truth is complete."


def comparison(run: Run) -> str:
    """Return how ways to combine compare with equal weights, where that was computed; else an empty string."""
    mean = score_of(run.best.oof, "lwlrap_nested_mean")
    if mean is None:
        return ""
    told = [f"Under nested cross-validation, equal weights reach LWLRAP {mean}."]
    for way, (name, short) in WAYS.items():
        value = score_of(run.best.oof, f"lwlrap_nested_{way}")
        gain = score_of(run.best.oof, f"lwlrap_{way}_minus_mean")
        if value and gain:
            found = Difference(gain.value, gain.low, gain.high)
            told.append(f"{name} {value}; {short} minus equal is {found}: {found.verdict}.")
    return " ".join(told)


def _total(run: Run) -> dict[str, Any]:
    measured = run.cost["max_memory_mb"].max()
    return {
        "jobs": int(run.cost["jobs"].sum()),
        "time": duration(run.cost["total_s"].sum()),
        "cpu": duration(run.cost["cpu_s"].sum()),
        "memory": tables.memory(measured),
    }
