"""OpenSoundscape's clip labels: a row per clip, and a column per class with 1 (present), 0 (absent) or nothing."""

from canopy.data.annotations.columns.names import meaning
from canopy.data.annotations.marks import ALL_OF_THE_BAND, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.cells import cells_of
from canopy.runtime.input_tables.numbers import decimal_commas, seconds

CLIP = ("file", "start_time", "end_time")
PRESENT = frozenset(["1", "1.0", "true"])
ABSENT = frozenset(["0", "0.0", "false"])
UNKNOWN = frozenset(["", "nan"])


def recognises(source: Source) -> bool:
    """Whether a table has clips in its first columns, and after them only classes with 0, 1 or nothing."""
    header = source.header
    if tuple(name.casefold() for name in header[:3]) != CLIP or len(header) < 4 or any(map(meaning, header[3:])):
        return False
    try:
        rows = cells_of(source.text, source.path).rows
    except CanopyError:
        return False
    return bool(rows) and all(cell.casefold() in PRESENT | ABSENT | UNKNOWN for cell in rows[0][3:])


def read(source: Source, gathered: Gathered) -> None:
    """Read clip labels: 1 makes a confirmed mark of the clip, 0 a refuted one, and nothing (or `nan`) none.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.

    Raises
    ------
    CanopyError
        A column is missing, or a row has too few or too many cells.
    """
    cells = cells_of(source.text, source.path, CLIP)
    place = [cells.header.index(name) for name in CLIP]
    classes = [(number, tidy(name)) for number, name in enumerate(cells.header) if number not in place]
    comma = decimal_commas((row[one] for row in cells.rows for one in place[1:]), cells.separator)
    for line, row in zip(cells.lines, cells.rows, strict=True):
        recording_id = gathered.recording(row[place[0]], source, line)
        onset_s, offset_s = (
            seconds(row[one], name, source.path, line, gathered.complaints, comma=comma)
            for one, name in zip(place[1:], CLIP[1:], strict=True)
        )
        for number, species in classes:
            said = row[number].casefold()
            if said in PRESENT | ABSENT:
                polarity = 1 if said in PRESENT else -1
                gathered.add(
                    Mark(recording_id, species, onset_s, offset_s, *ALL_OF_THE_BAND, polarity, source.path, line)
                )
            elif said not in UNKNOWN:
                gathered.complaints.add(
                    source.path,
                    line,
                    f"{species} is {row[number]!r}, and a clip's label is 1, 0 or nothing",
                    fix="scores of a model are no annotations: take the table out of the folder",
                )


READER = Reader("opensoundscape", recognises, read)
