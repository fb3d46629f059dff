"""All sections of the report. A new one is a module beside this one, imported here and named in `SECTIONS`."""

from typing import Any

from canopy.report.pictures import Drawing
from canopy.report.run import Run
from canopy.report.sections import cost, detections, experiments, folds, recordings, settings, species, summary
from canopy.report.sections.section import Section, Wanted

SECTIONS: tuple[Section, ...] = (
    summary.SECTION,
    experiments.SECTION,
    species.SECTION,
    detections.SECTION,
    recordings.SECTION,
    folds.SECTION,
    cost.SECTION,
    settings.SECTION,
)
"""In the order of the page."""

INPUTS: dict[str, str] = {name: path for section in SECTIONS for name, path in section.inputs.items()}
"""Where the further tables of a run are, by name."""


def draw_pictures(run: Run) -> dict[str, Drawing]:
    """Draw all pictures of a run but the examples, by the names that their files bear."""
    return {name: draw(run) for section in SECTIONS for name, draw in section.pictures.items()}


def payload(run: Run, *, n_detections: int, max_detections: int) -> dict[str, Any]:
    """Return all that the page's scripts show, ready for JSON.

    Parameters
    ----------
    run : Run
    n_detections : int
        Detections of each kind and species.
    max_detections : int
        Detections in all.

    Returns
    -------
    dict
        What the sections' `data` return, together.
    """
    wanted = Wanted(n_detections, max_detections)
    return {name: value for section in SECTIONS for name, value in section.data(run, wanted).items()}
