"""A plain table of marks; BirdNET-Analyzer's CSV, and what other programs call the columns, are read too."""

from canopy.data.annotations.columns.names import meaning, squashed
from canopy.data.annotations.columns.table import MarkTable, Row, own_recording
from canopy.data.annotations.marks import NO_CALL, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers import raven
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.input_tables.numbers import number

TELLING = frozenset(["recording_id", "species", "onset_s", "offset_s"])
"""A table of which two columns or more are known and one tells such a thing is read, or refused by its columns."""
PRESENT = frozenset(["", "1", "+1", "present", "yes", "y", "true"])
ABSENT = frozenset(["-1", "absent", "no", "n", "false"])


def recognises(source: Source) -> bool:
    """Whether a table has columns that a plain table has, under any of their names."""
    told = {squashed(name): what for name, what in source.columns.items() if what}
    found = [known.what for name in source.header if (known := meaning(told.get(squashed(name), name)))]
    return len(source.header) > 1 and len(found) > 1 and bool(TELLING & set(found))


def read(
    source: Source,
    gathered: Gathered,
    *,
    species_column: str | None = None,
) -> None:
    """Read a plain table: one row per mark.

    A recording (or the table's own name) and a species are needed. Without times, or where a row leaves them empty,
    a mark spans its recording; without frequencies it tells none. `polarity` is 1 (or empty) where the species
    is present and -1 where it is not. A row without species, times and polarity says that its recording was
    reviewed and is empty. A selection table of Raven, whatever separates its cells, is read as one.

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
        A column is missing or not understood, or a row has too few or too many cells.
    """
    if raven.recognises(source):
        raven.read(source, gathered, species_column=species_column)
        return
    table = MarkTable(source, gathered, format="csv", species_column=species_column)
    own = own_recording(source, gathered)
    table.header.need(*(() if own else ("recording_id",)), "species")
    if not table.header.has_times:
        gathered.notes.append(f"{source.path}: no column tells times, so each mark spans its recording")
    for row in table:
        recording_id = table.recording(row, own)
        species, polarity = tidy(table.text(row, "species")), table.text(row, "polarity")
        if not (species or polarity or table.text(row, "onset_s") or table.text(row, "offset_s")):
            gathered.reviewed.setdefault(recording_id, source.path)
            continue
        if species.casefold() == NO_CALL:
            continue
        times = table.times(row)
        gathered.add(
            Mark(
                recording_id,
                species,
                times.onset,
                times.offset,
                *table.band(row),
                _polarity(table, row, polarity),
                source.path,
                row.line,
                _songtype(table, row),
                times.in_samples,
            )
        )


def _polarity(table: MarkTable, row: Row, said: str) -> int:
    absent = ABSENT | {"0"} if _is_presence(table) else ABSENT
    if said.casefold() in PRESENT | absent:
        return -1 if said.casefold() in absent else 1
    table.gathered.complaints.add(
        table.source.path, row.line, f"polarity is {said!r}: it must be 1 (present) or -1 (absent)"
    )
    return 1


def _is_presence(table: MarkTable) -> bool:
    """Whether the column that tells the polarity is called presence, of which 0 means none."""
    return any("presen" in column.name.casefold() for column in table.header.found.get("polarity", ()))


def _songtype(table: MarkTable, row: Row) -> int:
    said = table.text(row, "songtype")
    if not said:
        return -1
    kind = number(said, "songtype", table.source.path, row.line, table.gathered.complaints, whole=True)
    return -1 if kind != kind else int(kind)


READER = Reader("csv", recognises, read, options=("species_column",))
