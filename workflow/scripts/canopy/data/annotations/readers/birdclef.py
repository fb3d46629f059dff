"""BirdCLEF's tables of training clips: a primary label each, and perhaps secondary ones."""

import ast
import re
from typing import Literal

from canopy.data.annotations.columns.names import meaning, squashed
from canopy.data.annotations.columns.table import MarkTable, Row
from canopy.data.annotations.marks import ALL_OF_THE_BAND, NO_CALL, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader

COLUMNS = {"filename": "recording_id", "primary_label": "species"}
SECONDARY = "secondary_labels"
FACTS = frozenset(
    squashed(name)
    for name in (
        *(
            SECONDARY,
            "time",
            "date",
            "length",
            "duration",
            "pitch",
            "speed",
            "background",
            "sci_name",
            "species",
            "type",
        ),
        *("ebird_code", "scientific_name", "common_name", "class_name", "sampling_rate", "bitrate_of_mp3", "file_type"),
        *("playback_used", "bird_seen", "number_of_notes", "recordist", "title", "volume", "channels", "xc_id"),
    )
)
"""What the competitions' tables say of clips besides."""
SEPARATORS = re.compile(r"[\s,;]+")


def recognises(source: Source) -> bool:
    """Whether a table has BirdCLEF's columns, and none that tells times."""
    times = [name for name in source.header if (known := meaning(name)) and known.what in ("onset_s", "offset_s")]
    return set(COLUMNS) <= set(source.header) and not times


def read(
    source: Source,
    gathered: Gathered,
    *,
    secondary: Literal["present", "unknown"] = "present",
) -> None:
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
        A column is missing or not understood, or a row has too few or too many cells.
    """
    table = MarkTable(
        source,
        gathered,
        format="birdclef",
        reads=("recording_id", "species"),
        fixed=COLUMNS,
        aside=lambda name: squashed(name) in FACTS,
    )
    table.header.need("recording_id", "species")
    others = table.cells.header.index(SECONDARY) if SECONDARY in table.cells.header else None
    for row in table:
        recording_id = table.recording(row)
        primary = tidy(table.text(row, "species"))
        more = [] if others is None else _labels(row.cells[others], source, row, gathered)
        more = [name for name in dict.fromkeys(more) if name != primary]
        if primary.casefold() == NO_CALL:
            gathered.reviewed.setdefault(recording_id, source.path)
            continue
        if secondary == "unknown" and more:
            gathered.partly.setdefault(recording_id, set()).update(more)
            more = []
        for species in (primary, *more):
            gathered.add(Mark(recording_id, species, 0.0, TO_THE_END_S, *ALL_OF_THE_BAND, 1, source.path, row.line))


def _labels(cell: str, source: Source, row: Row, gathered: Gathered) -> list[str]:
    """Return the labels of a cell: a list as Python writes it (`['a', 'b']`), or names between blanks."""
    if not cell.startswith("["):
        return [tidy(name) for name in SEPARATORS.split(cell) if name]
    try:
        names = ast.literal_eval(cell)
        if not all(isinstance(name, str) for name in names):
            raise ValueError
    except (ValueError, SyntaxError):
        gathered.complaints.add(source.path, row.line, f"secondary_labels is {cell!r}, not a list such as ['a', 'b']")
        return []
    return [tidy(name) for name in names if name.strip()]


READER = Reader("birdclef", recognises, read, options=("secondary",))
