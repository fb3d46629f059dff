"""The table of `snakemake review`, filled in: a verdict on each detection."""

from canopy.data.annotations.columns.table import MarkTable
from canopy.data.annotations.marks import TO_THE_END_S, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

NEEDED = ("species", "verdict", "recording_id", "onset_s", "offset_s")
READ = ("species", "recording_id", "onset_s", "offset_s", "low_hz", "high_hz")
YES = frozenset(["yes", "y", "1", "+1", "true", "present", "tp"])
NO = frozenset(["no", "n", "0", "-1", "false", "absent", "fp"])
UNDECIDED = frozenset(["", "?", "unsure", "unknown"])


def recognises(source: Source) -> bool:
    """Whether a CSV table is one that was made for review."""
    return set(NEEDED) <= set(source.header)


def read(source: Source, gathered: Gathered) -> None:
    """Read verdicts: yes makes a confirmed box, no a refuted one; what is undecided is left out.

    A verdict is yes or no (y, n, 1, 0, true, false, present, absent too, in any case), or empty or `?`. Times,
    frequencies and the species may have been corrected; where `asked` holds another species, the box refutes that one.
    A recording that nothing but reviews name was not reviewed as a whole: what else calls in it is unknown, also where
    the configuration takes what is not marked as absent.

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
    if missing := [name for name in NEEDED if name not in source.header]:
        raise CanopyError(f"{source.path} has no column {listed(missing)}: a table of `snakemake review` has it")
    own = {name: name for name in READ}
    table = MarkTable(source, gathered, format="review", reads=READ, fixed=own, aside=lambda name: True)
    verdicts = table.cells.header.index("verdict")
    path = table.cells.header.index("path") if "path" in table.cells.header else None
    asked = table.cells.header.index("asked") if "asked" in table.cells.header else None
    for row in table:
        word = row.cells[verdicts]
        verdict = word.casefold()
        if verdict in UNDECIDED:
            continue
        if verdict not in YES | NO:
            gathered.complaints.add(
                source.path, row.line, f"verdict is {word!r}: it must be yes or no, or empty where you cannot tell"
            )
            continue
        recording_id = gathered.recording(
            (path is not None and row.cells[path]) or table.text(row, "recording_id"), source, row.line
        )
        gathered.judged.add(recording_id)
        times = table.times(row)
        if times.offset == TO_THE_END_S:
            gathered.complaints.add(
                source.path, row.line, "it has no onset_s and no offset_s", fix="give both in seconds"
            )
        said = tidy(table.text(row, "species"))
        where = times.onset, times.offset, *table.band(row)
        gathered.add(Mark(recording_id, said, *where, 1 if verdict in YES else -1, source.path, row.line))
        offered = tidy(row.cells[asked]) if asked is not None else ""
        if verdict in YES and offered and offered != said:
            gathered.add(Mark(recording_id, offered, *where, -1, source.path, row.line))
        gathered.reviews.add(source.path)


READER = Reader("review", recognises, read)
