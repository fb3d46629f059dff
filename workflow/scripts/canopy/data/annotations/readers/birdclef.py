"""BirdCLEF's tables of training clips: a primary label each, and perhaps secondary ones."""

import ast
import re
from typing import Literal

from canopy.data.annotations.marks import ALL_OF_THE_BAND, NO_CALL, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.input_tables import cells_of

COLUMNS = ("filename", "primary_label")
SEPARATORS = re.compile(r"[\s,;]+")


def recognises(source: Source) -> bool:
    """Whether a CSV table has BirdCLEF's columns."""
    return set(COLUMNS) <= set(source.header)


def read(source: Source, gathered: Gathered, *, secondary: Literal["present", "unknown"] = "present") -> None:
    """Read BirdCLEF's table of training clips: `filename`, `primary_label` and perhaps `secondary_labels`.

    A clip's labels hold somewhere in it, so a mark spans all of it. `nocall` says that nothing is heard.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.
    secondary : {"present", "unknown"}
        What a secondary label tells: that the species is present; or neither that nor that it is absent.

    Raises
    ------
    CanopyError
        A column is missing, or a row has too few or too many cells.
    """
    header, lines, rows = cells_of(source.text, source.path, COLUMNS)
    file, first = header.index("filename"), header.index("primary_label")
    others = header.index("secondary_labels") if "secondary_labels" in header else None
    for line, row in zip(lines, rows, strict=True):
        recording_id = gathered.recording(row[file], source, line)
        primary = tidy(row[first])
        more = [] if others is None else _labels(row[others], source, line, gathered)
        more = [name for name in dict.fromkeys(more) if name != primary]
        if primary.casefold() == NO_CALL:
            gathered.reviewed.setdefault(recording_id, source.path)
            continue
        if secondary == "unknown" and more:
            gathered.partly.setdefault(recording_id, set()).update(more)
            more = []
        for species in (primary, *more):
            gathered.add(Mark(recording_id, species, 0.0, TO_THE_END_S, *ALL_OF_THE_BAND, 1, source.path, line))


def _labels(cell: str, source: Source, line: int, gathered: Gathered) -> list[str]:
    """Return the labels of a cell: a list as Python writes it (`['a', 'b']`), or names between blanks."""
    if not cell.startswith("["):
        return [tidy(name) for name in SEPARATORS.split(cell) if name]
    try:
        names = ast.literal_eval(cell)
        if not all(isinstance(name, str) for name in names):
            raise ValueError
    except (ValueError, SyntaxError):
        gathered.complaints.add(source.path, line, f"secondary_labels is {cell!r}, not a list such as ['a', 'b']")
        return []
    return [tidy(name) for name in names if name.strip()]


READER = Reader("birdclef", recognises, read, options=("secondary",))
