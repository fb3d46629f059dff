"""What was heard in held-out recordings, to listen to."""

from typing import Any

from canopy.report.payload import clips_data
from canopy.report.run import Run
from canopy.report.sections.section import Page, Section, Wanted


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows beside the scripts' data."""
    del page
    return {}


def data(run: Run, wanted: Wanted) -> dict[str, Any]:
    """Return the detections."""
    return clips_data(run, wanted.n_detections, wanted.max_detections)


SECTION = Section(
    "detections", "Detections", context, "detections.html", data=data, scripts=("clip.js", "detections.js")
)
