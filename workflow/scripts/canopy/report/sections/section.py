"""What a section of the report declares of itself: its place, its template, its inputs, its pictures and its data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from canopy.report.examples import Example
from canopy.report.pictures import Drawing
from canopy.report.plots.examples import Scene
from canopy.report.run import Run


@dataclass(frozen=True)
class Page:
    """What templates are made from.

    Attributes
    ----------
    run : Run
    pictures : mapping of str to Drawing
        All sections', by name.
    examples : sequence of (Example, Scene, Drawing)
        As `canopy.report.pictures.draw_examples` returns them.
    """

    run: Run
    pictures: Mapping[str, Drawing]
    examples: Sequence[tuple[Example, Scene, Drawing]]


@dataclass(frozen=True)
class Wanted:
    """How much the page's scripts are given: detections of each kind and species, and in all."""

    n_detections: int
    max_detections: int


def _no_data(run: Run, wanted: Wanted) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes
    ----------
    name : str
        Its id in the page.
    title : str
        Its heading, and its link at the top.
    context : callable
        Takes a `Page`, returns what the template is given beside `run`, `data` and `pictures`.
    template : str
        A file in `template/`; the default shows `texts`, `figures` (pictures) and `tables`, lists that may be empty.
    pictures : mapping of str to callable
        From the run to a `Drawing`, by the names that their files bear.
    data : callable
        Takes the run and what is `Wanted`, returns what the page's scripts are given, ready for JSON.
    scripts : tuple of str
        Files in `template/`, in the order in which they build on one another.
    inputs : mapping of str to str
        Tables that `run.more` holds, and where they are below the results; a run may lack them. The rule `report` names
        them too (`MORE` in report.smk).

    See Also
    --------
    canopy.report.sections.registry : Names all sections.
    """

    name: str
    title: str
    context: Callable[[Page], Mapping[str, Any]]
    template: str = "section.html"
    pictures: Mapping[str, Callable[[Run], Drawing]] = field(default_factory=dict)
    data: Callable[[Run, Wanted], Mapping[str, Any]] = _no_data
    scripts: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
