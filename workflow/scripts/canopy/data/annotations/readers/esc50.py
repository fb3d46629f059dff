"""ESC-50's table: one label per clip."""

from canopy.data.annotations.marks import ALL_OF_THE_BAND, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.input_tables import cells_of

COLUMNS = ("filename", "category")


def recognises(source: Source) -> bool:
    """Whether a CSV table has ESC-50's columns."""
    return set(COLUMNS) <= set(source.header)


def read(source: Source, gathered: Gathered) -> None:
    """Read `filename` and `category`. The table's `fold` is read where `splits.given` names it.

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
    header, lines, rows = cells_of(source.text, source.path, COLUMNS)
    file, label = (header.index(name) for name in COLUMNS)
    for line, row in zip(lines, rows, strict=True):
        recording_id = gathered.recording(row[file], source, line)
        species = tidy(row[label])
        gathered.add(Mark(recording_id, species, 0.0, TO_THE_END_S, *ALL_OF_THE_BAND, 1, source.path, line))


READER = Reader("esc50", recognises, read)
