"""The report as one HTML page that needs no other file and no network."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from canopy.plots.examples import Scene
from canopy.progress import duration
from canopy.report import tables
from canopy.report.examples import METHOD, Example
from canopy.report.pictures import Picture
from canopy.report.run import ENSEMBLE, Run
from canopy.report.scores import score_of
from canopy.version import __version__

TEMPLATES = Path(__file__).parent / "template"


def render_page(run: Run, pictures: dict[str, Picture], examples: Sequence[tuple[Example, Scene, Picture]]) -> str:
    """Return the report as HTML; all text that comes from the data is escaped.

    Parameters
    ----------
    run : Run
    pictures : dict of str to Picture
        As `canopy.report.pictures.draw_pictures` returns them.
    examples : sequence of (Example, Scene, Picture)
        As `canopy.report.pictures.draw_examples` returns them.

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
        lead=lead(run),
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
        boxed=score_of(run.best.oof, "box_average_precision") is not None,
        version=__version__,
    )


def data_url(png: bytes) -> str:
    """Return a PNG picture as an address that holds the picture itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def lead(run: Run) -> str:
    """Return the run's result in a sentence or two."""
    model, out_of_fold, test = run.best, run.best.oof_lwlrap, run.best.test_lwlrap
    n_members = len(run.models) - 1
    members = f" of {n_members} experiment{'s' if n_members != 1 else ''}" if model.name == ENSEMBLE else ""
    if out_of_fold is None:
        return f"There are no labels to score the {model.name} by."
    found = f"The {model.name}{members} reaches LWLRAP {out_of_fold} out of fold, over {out_of_fold.n} recordings"
    if test is None:
        return f"{found}. The truth of the test recordings is not known."
    return f"{found}, and {test} on {test.n} test recordings whose truth is complete."


def comparison(run: Run) -> str:
    """Return how fitted weights compare with equal ones, where that was computed; else an empty string."""
    fitted, mean, difference = (
        score_of(run.best.oof, metric)
        for metric in ("lwlrap_nested_fitted", "lwlrap_nested_mean", "lwlrap_fitted_minus_mean")
    )
    if not (fitted and mean and difference):
        return ""
    return (
        f"Under nested cross-validation, fitted weights reach LWLRAP {fitted} and equal weights {mean}; fitted "
        f"minus equal is {difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]."
    )


def _total(run: Run) -> dict[str, Any]:
    measured = run.cost["max_memory_mb"].max()
    return {
        "jobs": int(run.cost["jobs"].sum()),
        "time": duration(run.cost["total_s"].sum()),
        "cpu": duration(run.cost["cpu_s"].sum()),
        "memory": tables.memory(measured),
    }
