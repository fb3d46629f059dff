"""ESC-50's table: one label per clip."""

from canopy.data.annotations.columns.table import MarkTable
from canopy.data.annotations.marks import ALL_OF_THE_BAND, TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader

COLUMNS = ("filename", "fold", "target", "category")


def recognises(source: Source) -> bool:
    """Whether a table has ESC-50's columns."""
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
        A column is missing or not understood, or a row has too few or too many cells.
    """
    table = MarkTable(
        source,
        gathered,
        format="esc50",
        reads=("recording_id", "species"),
        fixed={"filename": "recording_id", "category": "species"},
    )
    table.header.need("recording_id", "species")
    for row in table:
        recording_id, species = table.recording(row), tidy(table.text(row, "species"))
        gathered.add(Mark(recording_id, species, 0.0, TO_THE_END_S, *ALL_OF_THE_BAND, 1, source.path, row.line))


READER = Reader("esc50", recognises, read)
