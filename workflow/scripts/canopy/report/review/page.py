"""The review page: one HTML file that needs no other file and no network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from canopy.runtime.version import __version__

TEMPLATES = Path(__file__).parent / "template"
SHARED = Path(__file__).parents[1] / "template"
"""The report's: its style, and what its scripts build on."""


def render_review(name: str, clips: Sequence[dict[str, Any]], species: Sequence[str], *, left_out: int = 0) -> str:
    """Return the page as HTML; all text that comes from the data is escaped.

    Parameters
    ----------
    name : str
        The review's, under which the browser keeps its verdicts.
    clips : sequence of dict
        As `canopy.report.review.clips.page_clips` returns them.
    species : sequence of str
        Those that a person can choose from; others can be typed.
    left_out : int
        Clips with a verdict that the page does not hold.
    """
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    data = {"name": name, "clips": list(clips), "species": list(species), "left_out": left_out}
    return environment.get_template("review.html").render(data=data, version=__version__)
