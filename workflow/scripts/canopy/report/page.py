"""The report as one HTML page that needs no other file and no network."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from canopy.evaluation.calibration.meaning import ADVICE
from canopy.report.examples import Example
from canopy.report.pictures import Drawing
from canopy.report.plots.examples import Scene
from canopy.report.run import ENSEMBLE, Run
from canopy.report.sections.registry import SECTIONS
from canopy.report.sections.section import Page, Section
from canopy.runtime.version import __version__

TEMPLATES = Path(__file__).parent / "template"
SCRIPTS = ("dom.js", "theme.js", "sort.js")
"""What the scripts of all sections build on."""


def render_page(
    run: Run,
    pictures: dict[str, Drawing],
    examples: Sequence[tuple[Example, Scene, Drawing]],
    data: dict[str, Any],
) -> str:
    """Return the report as HTML; all text that comes from the data is escaped.

    Parameters
    ----------
    run : Run
    pictures : dict of str to Drawing
        As `canopy.report.sections.registry.draw_pictures` returns them.
    examples : sequence of (Example, Scene, Drawing)
        As `canopy.report.pictures.draw_examples` returns them.
    data : dict
        As `canopy.report.sections.registry.payload` returns it.

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
    everything = Page(run, pictures, examples)

    def body(section: Section) -> Markup:
        shown = {"run": run, "data": data, "pictures": pictures, **section.context(everything)}
        return Markup(environment.get_template(section.template).render(shown))

    return environment.get_template("page.html").render(
        run=run,
        data=data,
        scripts=(*SCRIPTS, *(name for section in SECTIONS for name in section.scripts)),
        lead=lead(run),
        sections=[(section, body(section)) for section in SECTIONS],
        version=__version__,
    )


def data_url(png: bytes) -> str:
    """Return a PNG picture as an address that holds the picture itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def lead(run: Run) -> str:
    """Return the run's result in a sentence or two."""
    model = run.best
    out_of_fold, test = (model.score(run.headline, subset) for subset in ("oof", "test"))
    n_members = len(run.models) - 1
    members = f" of {n_members} experiment{'s' if n_members != 1 else ''}" if model.name == ENSEMBLE else ""
    if out_of_fold is None:
        return f"There are no labels to score the {model.name} by: {ADVICE}."
    reached = f"The {model.name}{members} reaches {run.headline.title} {out_of_fold} out of fold"
    found = f"{reached}, over {out_of_fold.n} recordings"
    if test is None:
        return f"{found}. The truth of the test recordings is not known."
    return f"{found}, and {test} on {test.n} test recordings whose truth is complete."
