"""Raven's selection tables: tab-separated, of one recording or of several.

The time in a recording is `File Offset (s)` where there is one: `Begin Time (s)` counts on from file to file
where several were opened together. A selection stands once per view; its waveform's row is left out.
"""

from collections.abc import Sequence

from canopy.data.annotations.marks import ALL_OF_THE_BAND, NO_CALL, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.errors import CanopyError
from canopy.runtime.input_tables import cells_of, number
from canopy.runtime.tables import listed

BEGIN, END, OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
FREQUENCIES = (("Low Freq (Hz)", "Low Frequency (Hz)"), ("High Freq (Hz)", "High Frequency (Hz)"))
FILES = ("Begin Path", "Begin File")
SPECIES = ("Species", "Annotation", "Common Name", "Species Code", "Label", "Class")
"""Columns that name the species, whatever their case; the first that is there is taken."""


def recognises(source: Source) -> bool:
    """Whether a file is a selection table: its first line holds the column of beginnings, among tabs."""
    return BEGIN in source.first_line.split("\t")


def read(source: Source, gathered: Gathered, *, species_column: str | None = None) -> None:
    """Read a selection table; one with a header alone says that its recording was reviewed and is empty.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.
    species_column : str, optional
        The column that names the species; without it, the first of `SPECIES`.

    Raises
    ------
    CanopyError
        A column is missing, or a row has too few or too many cells.
    """
    header, lines, rows = cells_of(source.text, source.path, (BEGIN, END), delimiter="\t")
    own = gathered.names.of_table(source.relative)
    if not rows:
        gathered.reviewed.setdefault(gathered.recording(own, source, 1), source.path)
        return
    place = {name: header.index(name) for name in header}
    label = place[_species_column(header, source.path, species_column)]
    file = next((place[name] for name in FILES if name in place and all(row[place[name]] for row in rows)), None)
    files = {own} if file is None else {row[file] for row in rows}
    offset = place.get(OFFSET)
    if len(files) > 1 and (offset is None or not all(row[offset] for row in rows)):
        raise CanopyError(
            f"{source.path} holds selections of {len(files)} recordings, which needs a column {OFFSET}: without it "
            "their times cannot be told; in Raven, choose that measurement and save the table again"
        )
    spectral = {row[place["Selection"]] for row in rows if not _waveform(row, place)} if "Selection" in place else set()
    for line, row in zip(lines, rows, strict=True):
        if _waveform(row, place) and row[place["Selection"]] in spectral:
            continue
        recording_id = gathered.recording(own if file is None else row[file], source, line)
        species = tidy(row[label])
        if species.casefold() == NO_CALL:
            continue
        begin, end = (number(row[place[name]], name, source.path, line, gathered.complaints) for name in (BEGIN, END))
        onset = begin
        if offset is not None and row[offset]:
            onset = number(row[offset], OFFSET, source.path, line, gathered.complaints)
        low, high = (
            _frequency(row, place, names, unknown, source, line, gathered)
            for names, unknown in zip(FREQUENCIES, ALL_OF_THE_BAND, strict=True)
        )
        gathered.add(Mark(recording_id, species, onset, round(onset + end - begin, 9), low, high, 1, source.path, line))


def _species_column(header: Sequence[str], path: str, wanted: str | None) -> str:
    if wanted is not None and wanted in header:
        return wanted
    known = {name.casefold(): name for name in reversed(header)}
    found = [known[name.casefold()] for name in ((wanted,) if wanted else SPECIES) if name.casefold() in known]
    if not found:
        what = f"column {wanted}" if wanted else f"column that names the species (such as {', '.join(SPECIES[:3])})"
        raise CanopyError(
            f"{path} has no {what}: it has {listed(header, shown=20)}; name the one with "
            "`annotations: {species_column: NAME}`"
        )
    return found[0]


def _waveform(row: Sequence[str], place: dict[str, int]) -> bool:
    return "View" in place and "Selection" in place and row[place["View"]].startswith("Waveform")


def _frequency(
    row: Sequence[str],
    place: dict[str, int],
    names: Sequence[str],
    unknown: float,
    source: Source,
    line: int,
    gathered: Gathered,
) -> float:
    name = next((name for name in names if name in place), None)
    if name is None or not row[place[name]]:
        return unknown
    return number(row[place[name]], name, source.path, line, gathered.complaints)


READER = Reader("raven", recognises, read, options=("species_column",))
