"""Raven's selection tables: of one recording or of several, tab-separated, or saved anew by a spreadsheet.

The time in a recording is `File Offset (s)` where there is one: `Begin Time (s)` counts on from file to file
where several were opened together. A selection stands once per view; its waveform's row is left out. One that runs on
into the next file is a mark in each.
"""

import re
from collections.abc import Mapping

from canopy.data.annotations.columns.table import MarkTable, Row
from canopy.data.annotations.marks import NO_CALL, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.raven_session import Selection, file_starts, parts
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.numbers import number
from canopy.runtime.tables import listed

BEGIN, END, OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
OWN = {
    BEGIN: "onset_s",
    END: "offset_s",
    **dict.fromkeys(("Low Freq (Hz)", "Low Frequency (Hz)"), "low_hz"),
    **dict.fromkeys(("High Freq (Hz)", "High Frequency (Hz)"), "high_hz"),
    **dict.fromkeys(("Begin Path", "Begin File"), "recording_id"),
}
"""What Raven's own columns tell; the species stands in one that the user added."""
ANNOTATION = "Annotation"
"""The column that Raven offers for what a user says of a selection: it goes before a program's `Common Name`."""
MEASURED = re.compile(
    r".*\((s|sec|seconds|hz|khz|samples?|frames?|fs|kU|u|U|bits|%|dB.*)\)\Z"
    r"|(begin|end) (clock time|date time|date|hour|file|path|sample.*|file samp.*)\Z|selection\Z|view\Z|channel\Z",
    re.IGNORECASE,
)
"""Raven's measurements, which carry their units, and the other columns that it may add."""


def recognises(source: Source) -> bool:
    """Whether a file is a selection table: it has Raven's columns of beginnings and ends."""
    return {BEGIN, END} <= set(source.header)


def read(
    source: Source,
    gathered: Gathered,
    *,
    species_column: str | None = None,
) -> None:
    """Read a selection table; one with a header alone says that its recording was reviewed and is empty.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.
    species_column : str, optional
        The column that names the species; without it, the first of `canopy.data.annotations.columns.names.NAMES`.

    Raises
    ------
    CanopyError
        A column is missing or not understood, or a row has too few or too many cells.
    """
    table = MarkTable(
        source,
        gathered,
        format="raven",
        reads=("recording_id", "folder", "species", "onset_s", "offset_s", "low_hz", "high_hz"),
        fixed=OWN if "Species" in source.header else OWN | {ANNOTATION: "species"},
        species_column=species_column,
        aside=lambda name: MEASURED.match(name) is not None,
    )
    table.header.need("onset_s", "offset_s")
    own = gathered.names.of_table(source.relative)
    if not len(table):
        gathered.reviewed.setdefault(gathered.recording(own, source, 1), source.path)
        return
    _check_species(table, species_column)
    place = {name: number for number, name in enumerate(table.cells.header)}
    offset = place.get(OFFSET)
    _check_offsets(table, own, offset)
    spectral = {_selection(table, row, place) for row in table if not _waveform(row, place)}
    rows = [row for row in table if not (_waveform(row, place) and _selection(table, row, place) in spectral)]
    selections = {}
    for row in rows:
        times = table.times(row)
        onset = times.onset
        if offset is not None and row.cells[offset]:
            onset = number(row.cells[offset], OFFSET, source.path, row.line, gathered.complaints, comma=table.comma)
        selections[row.line] = Selection(table.recording(row, own), times.onset, times.offset, onset)
    starts = file_starts(selections.values())
    crossing = 0
    for row in rows:
        species = tidy(table.text(row, "species"))
        if species.casefold() == NO_CALL:
            continue
        found = parts(selections[row.line], starts)
        crossing += len(found) > 1
        for recording_id, onset, end in found:
            where = recording_id, species, onset, end, *table.band(row)
            gathered.add(Mark(*where, 1, source.path, row.line, channel=_channel(row, place)))
    if crossing:
        gathered.notes.append(f"{source.path}: {crossing} selections run on into the next recording and count in each")


def _check_offsets(table: MarkTable, own: str, offset: int | None) -> None:
    """Stop where times may count on from file to file, and nothing tells those in the files."""
    if offset is not None and all(row.cells[offset] for row in table):
        return
    path, names = table.source.path, table.gathered.names
    files = {_file(table, row) or own for row in table}
    fix = f"in Raven, choose the measurement {OFFSET} and save the table again"
    if len(files) > 1:
        raise CanopyError(
            f"{path} holds selections of {len(files)} recordings, which needs a column {OFFSET}: without it "
            f"their times cannot be told; {fix}"
        )
    (file,) = files
    if not names.same_file(own, names.find(file).recording_id):
        raise CanopyError(
            f"{path} holds selections of {file}, is not named after it, and does not tell {OFFSET} in each row: if "
            f"several files were opened together, its times count on from the first one; {fix}, or name the table "
            "after its recording"
        )


def _check_species(table: MarkTable, wanted: str | None) -> None:
    if "species" not in table.header:
        what = f"column {wanted}" if wanted else "column that names the species (such as Species, Annotation, Label)"
        raise CanopyError(
            f"{table.source.path} has no {what}: it has {listed(table.cells.header, shown=20)}; name the one with "
            "`annotations: {species_column: NAME}`"
        )


def _waveform(row: Row, place: Mapping[str, int]) -> bool:
    return "View" in place and "Selection" in place and row.cells[place["View"]].startswith("Waveform")


def _channel(row: Row, place: Mapping[str, int]) -> int | None:
    told = row.cells[place["Channel"]] if "Channel" in place else ""
    return int(told) if told.isdecimal() else None


def _selection(table: MarkTable, row: Row, place: Mapping[str, int]) -> tuple[str, str]:
    return table.text(row, "recording_id"), row.cells[place["Selection"]] if "Selection" in place else ""


def _file(table: MarkTable, row: Row) -> str:
    """Return the file that Raven names; in a column of the user's own, times are those in the file already."""
    columns = [one for one in table.header.found.get("recording_id", ()) if one.name in OWN]
    return next((row.cells[one.place] for one in columns if row.cells[one.place]), "")


READER = Reader("raven", recognises, read, options=("species_column",))
