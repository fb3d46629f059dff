"""What a person said of clips, as the review page tells it: to the server, or in a file that it saved."""

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canopy.data.annotations.marks import label_problem, tidy
from canopy.detections.review.sheet import Sheet
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

WORDS = ("yes", "no", "unsure", "")
"""What the page writes as a verdict; an empty one takes an earlier one back."""
DECIDED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
"""A moment as the page writes it: text of it is in the order of time."""
SAVED = "verdicts-"
"""What the names of files begin with in which the page saved verdicts; the name of the review follows."""
NUMBERS = ("onset_s", "offset_s", "low_hz", "high_hz")
COLUMNS = ("clip", "verdict", "species", "remark", *NUMBERS, "decided", "before")


@dataclass(frozen=True)
class Verdict:
    """A verdict on a clip.

    Attributes
    ----------
    clip : str
        The clip's path below the folder of clips.
    verdict : str
        One of `WORDS`.
    species, remark : str
        The species that calls, where it is another one than was asked about, and what else the person wrote.
    box : mapping of str to float
        Those of onset_s, offset_s, low_hz and high_hz that the person moved.
    decided : str
        When, as `DECIDED`.
    before : str
        The verdict that the table had when this one was given, as far as the page knew.
    """

    clip: str
    verdict: str
    species: str
    remark: str
    box: Mapping[str, float]
    decided: str
    before: str = ""


def verdict_of(told: Mapping[str, Any]) -> Verdict:
    """Return a verdict as the page tells it.

    Parameters
    ----------
    told : mapping
        `COLUMNS`; numbers that are empty or None were not moved.

    Raises
    ------
    CanopyError
        It is none.
    """
    text = {name: told.get(name) or "" for name in COLUMNS if name not in NUMBERS}
    wrong = next((name for name, value in text.items() if not isinstance(value, str) or "\0" in value), None)
    if wrong:
        raise CanopyError(f"a verdict's {wrong} must be text")
    if not text["clip"]:
        raise CanopyError("a verdict names no clip")
    if text["verdict"] not in WORDS:
        raise CanopyError(f"the verdict on {text['clip']} is {text['verdict']!r}: it must be yes, no, unsure or empty")
    if not DECIDED.fullmatch(text["decided"]):
        raise CanopyError(f"the verdict on {text['clip']} was decided at {text['decided']!r}, which is no moment")
    species = tidy(text["species"])
    if problem := label_problem(species):
        raise CanopyError(f"the verdict on {text['clip']}: {problem[0]}")
    return Verdict(text["clip"], text["verdict"], species, text["remark"], _box(told), text["decided"], text["before"])


def _box(told: Mapping[str, Any]) -> dict[str, float]:
    box: dict[str, float] = {}
    for name in NUMBERS:
        value = told.get(name)
        if value is None or value == "":
            continue
        try:
            box[name] = float(value)
        except (TypeError, ValueError):
            box[name] = math.nan
        if not (math.isfinite(box[name]) and box[name] >= 0):
            raise CanopyError(f"a verdict's {name} is {value!r}: it must be a number of 0 or more")
    for low, high in (NUMBERS[:2], NUMBERS[2:]):
        if low in box and high in box and box[low] >= box[high]:
            raise CanopyError(f"a verdict's {low} ({box[low]:g}) must lie below its {high} ({box[high]:g})")
    return box


def saved_files(review: str, places: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the files in which the page of a review saved verdicts.

    Parameters
    ----------
    review : str
        The review's name.
    places : iterable of path-like
        Files, or folders that hold such files, as browsers name them: `verdicts-<review>-<moment> (1).csv`.

    Raises
    ------
    CanopyError
        A place is missing.
    """
    found: set[Path] = set()
    for place in map(Path, places):
        if place.is_dir():
            found |= {path for path in place.iterdir() if path.name.startswith(f"{SAVED}{review}")}
        elif place.is_file():
            found.add(place)
        else:
            raise CanopyError(f"there are no verdicts in {place}: name a file that the review page saved, or a folder")
    return sorted(path for path in found if path.suffix == ".csv")


def read_saved(path: Path) -> list[Verdict]:
    """Read a file in which the page saved verdicts.

    Raises
    ------
    CanopyError
        It is none, or has a row that is no verdict.
    """
    sheet = Sheet(path, COLUMNS)
    if missing := [name for name in COLUMNS if name not in sheet.header]:
        raise CanopyError(f"{path} has no column {listed(missing)}: it is no file that a review page saved")
    found = []
    for number, row in enumerate(sheet.rows, start=2):
        if row:
            try:
                found.append(verdict_of(row))
            except CanopyError as error:
                raise CanopyError(f"{path}, row {number}: {error}; save the verdicts in the page again") from None
    return found


def saved_verdicts(reviews: str | os.PathLike[str], place: str | os.PathLike[str] | None) -> list[Verdict]:
    """Return all verdicts that the page of a review saved in the review's folder, or in another place.

    Raises
    ------
    CanopyError
        As of `saved_files` and `read_saved`.
    """
    folder = Path(reviews)
    places = [folder] if folder.is_dir() else []
    paths = saved_files(folder.name, [*places, *([Path(place).expanduser()] if place else [])])
    return [verdict for path in paths for verdict in read_saved(path)]
