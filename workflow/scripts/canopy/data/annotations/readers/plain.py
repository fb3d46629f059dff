"""A plain CSV table of marks; BirdNET-Analyzer's CSV, and what other programs call the columns, are read too."""

from canopy.data.annotations.marks import ALL_OF_THE_BAND, NO_CALL, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.errors import CanopyError
from canopy.runtime.input_tables import cells_of, number
from canopy.runtime.tables import listed

COLUMNS = {
    "recording_id": ("recording_id", "filename", "file", "path", "file_path", "filepath", "audio_file"),
    "species": ("species", "common name", "label", "annotation", "class"),
    "onset_s": ("onset_s", "start (s)", "onset", "start_time", "start_s", "start"),
    "offset_s": ("offset_s", "end (s)", "offset", "end_time", "end_s", "end"),
    "low_hz": ("low_hz", "low_f", "low_freq_hz", "freq_low", "f_min"),
    "high_hz": ("high_hz", "high_f", "high_freq_hz", "freq_high", "f_max"),
    "polarity": ("polarity",),
    "songtype": ("songtype",),
}
"""Canopy's columns, and by what names, whatever their case, each is known; the first that is there is taken."""
REQUIRED = ("recording_id", "species")
POLARITIES = {"": 1, "1": 1, "+1": 1, "present": 1, "-1": -1, "absent": -1}


def recognises(source: Source) -> bool:
    """Whether a CSV table has the columns that a plain table needs, under any of their names."""
    return set(REQUIRED) <= columns_of(source.header).keys()


def columns_of(header: list[str]) -> dict[str, int]:
    """Return the place of each of Canopy's columns in a header."""
    place = {name.casefold(): number for number, name in reversed(list(enumerate(header)))}
    found = {}
    for column, names in COLUMNS.items():
        known = [name for name in names if name in place]
        if known:
            found[column] = place[known[0]]
    return found


def read(source: Source, gathered: Gathered, *, species_column: str | None = None) -> None:
    """Read a plain table: one row per mark.

    `recording_id` (or a file's name) and `species` are needed. Without times, or where a row leaves them empty,
    a mark spans its recording; without frequencies, the whole band. `polarity` is 1 (or empty) where the species
    is present and -1 where it is not. A row without species, times and polarity says that its recording was
    reviewed and is empty.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.
    species_column : str, optional
        The column that names the species, where it has another name.

    Raises
    ------
    CanopyError
        A column is missing, or a row has too few or too many cells.
    """
    header, lines, rows = cells_of(source.text, source.path)
    place = columns_of(header)
    if species_column in header:
        place["species"] = header.index(species_column)
    if missing := [name for name in REQUIRED if name not in place]:
        hints = [f"{name} (or {', '.join(COLUMNS[name][1:])})" for name in missing]
        raise CanopyError(f"{source.path} has no column {' and no column '.join(hints)}: it has {listed(header)}")
    for line, row in zip(lines, rows, strict=True):
        cell = {name: row[at] for name, at in place.items()}
        recording_id = gathered.recording(cell["recording_id"], source, line)
        species = tidy(cell["species"])
        onset, offset = cell.get("onset_s", ""), cell.get("offset_s", "")
        if not (species or onset or offset or cell.get("polarity")):
            gathered.reviewed.setdefault(recording_id, source.path)
            continue
        if species.casefold() == NO_CALL:
            continue
        polarity = POLARITIES.get(cell.get("polarity", "").casefold())
        if polarity is None:
            gathered.complaints.add(
                source.path, line, f"polarity is {cell['polarity']!r}: it must be 1 (present) or -1 (absent)"
            )
        unknown = {
            "onset_s": 0.0,
            "offset_s": TO_THE_END_S,
            "low_hz": ALL_OF_THE_BAND[0],
            "high_hz": ALL_OF_THE_BAND[1],
        }
        if bool(onset) != bool(offset):
            gathered.complaints.add(source.path, line, "it has one of onset_s and offset_s: give both, or neither")
        onset_s, offset_s, low_hz, high_hz = (
            number(cell[name], header[place[name]], source.path, line, gathered.complaints) if cell.get(name) else rest
            for name, rest in unknown.items()
        )
        songtype = -1
        if cell.get("songtype"):
            kind = number(cell["songtype"], "songtype", source.path, line, gathered.complaints, whole=True)
            songtype = -1 if kind != kind else int(kind)
        gathered.add(
            Mark(
                *(recording_id, species, onset_s, offset_s, low_hz, high_hz),
                *(polarity or 1, source.path, line, songtype),
            )
        )


READER = Reader("csv", recognises, read, options=("species_column",))
