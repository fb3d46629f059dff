"""BirdCLEF's labels of soundscapes: which species are heard in stretches of 5 s, the others being absent.

The table of 2021 has `row_id, site, audio_id, seconds, birds` (the end of a stretch, names between blanks), that of
2026 `filename, start, end, primary_label` (times as on a clock, names between semicolons).
"""

from collections.abc import Iterator
from typing import NamedTuple

from canopy.data.annotations.columns.table import MarkTable
from canopy.data.annotations.marks import ALL_OF_THE_BAND, NO_CALL, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.cells import cells_of
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.numbers import number, seconds

OF_2021 = ("audio_id", "site", "seconds", "birds")
OF_2026 = {"filename": "recording_id", "primary_label": "species"}
TIMES = ("start", "end")
STRETCH_S = 5.0


class Stretch(NamedTuple):
    """A stretch of a recording, in seconds."""

    recording_id: str
    onset_s: float
    offset_s: float


def recognises(source: Source) -> bool:
    """Whether a table has the columns of one of these competitions' soundscapes, and stretches of 5 s as they do."""
    if set(OF_2021) <= set(source.header):
        return True
    if not {*OF_2026, *TIMES} <= set(source.header):
        return False
    try:
        cells = cells_of(source.text, source.path)
    except CanopyError:
        return False
    place = [cells.header.index(name) for name in TIMES]
    times = [[seconds(row[one], "", "", 0, Complaints()) for one in place] for row in cells.rows]
    return bool(times) and all(
        onset_s % STRETCH_S == 0 and offset_s == onset_s + STRETCH_S for onset_s, offset_s in times
    )


def read(source: Source, gathered: Gathered) -> None:
    """Read labels of stretches: each species of the table is present in a stretch or absent from it.

    Rows of one stretch count together. `nocall` says that no species is heard.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.

    Raises
    ------
    CanopyError
        A column is missing or not understood, or a row has too few or too many cells.
    """
    rows = _of_2021(source, gathered) if set(OF_2021) <= set(source.header) else _of_2026(source, gathered)
    heard: dict[Stretch, set[str]] = {}
    lines: dict[Stretch, int] = {}
    for stretch, names, line in rows:
        found = {tidy(name) for name in names if name.strip()}
        heard.setdefault(stretch, set()).update(name for name in found if name.casefold() != NO_CALL)
        lines.setdefault(stretch, line)
        if not found:
            gathered.complaints.add(
                source.path, line, "it names no species", fix=f"write {NO_CALL} where none is heard"
            )
    species = sorted(set().union(*heard.values()))
    for stretch, present in heard.items():
        for name in species:
            polarity = 1 if name in present else -1
            gathered.add(
                Mark(stretch.recording_id, name, *stretch[1:], *ALL_OF_THE_BAND, polarity, source.path, lines[stretch])
            )


def _of_2021(source: Source, gathered: Gathered) -> Iterator[tuple[Stretch, list[str], int]]:
    cells = cells_of(source.text, source.path, OF_2021)
    place = [cells.header.index(name) for name in OF_2021]
    for line, row in zip(cells.lines, cells.rows, strict=True):
        audio, site, end, birds = (row[one] for one in place)
        end_s = number(end, "seconds", source.path, line, gathered.complaints)
        name = gathered.names.completed(f"{audio}_{site}")
        yield Stretch(gathered.recording(name, source, line), end_s - STRETCH_S, end_s), birds.split(), line


def _of_2026(source: Source, gathered: Gathered) -> Iterator[tuple[Stretch, list[str], int]]:
    reads = ("recording_id", "species", "onset_s", "offset_s")
    table = MarkTable(source, gathered, format="birdclef_soundscapes", reads=reads, fixed=OF_2026)
    table.header.need(*reads)
    for row in table:
        times = table.times(row)
        yield Stretch(table.recording(row), times.onset, times.offset), table.text(row, "species").split(";"), row.line


READER = Reader("birdclef_soundscapes", recognises, read)
