"""The table of `snakemake review`, filled in: a verdict on each detection."""

from canopy.data.annotations.marks import ALL_OF_THE_BAND, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.errors import CanopyError
from canopy.runtime.input_tables import cells_of, number
from canopy.runtime.tables import listed

NEEDED = ("species", "verdict", "recording_id", "onset_s", "offset_s")
YES = frozenset(["yes", "y", "1", "+1", "true", "present", "tp"])
NO = frozenset(["no", "n", "0", "-1", "false", "absent", "fp"])
UNDECIDED = frozenset(["", "?", "unsure", "unknown"])


def recognises(source: Source) -> bool:
    """Whether a CSV table is one that was made for review."""
    return set(NEEDED) <= set(source.header)


def read(source: Source, gathered: Gathered) -> None:
    """Read verdicts: yes makes a confirmed box, no a refuted one; what is undecided is left out.

    A verdict is yes or no (y, n, 1, 0, true, false, present, absent too, in any case), or empty or `?`. Times,
    frequencies and the species may have been corrected. A recording that nothing but reviews name was not reviewed as
    a whole: what else calls in it is unknown, also where the configuration takes what is not marked as absent.

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
    header, lines, rows = cells_of(source.text, source.path)
    if missing := [name for name in NEEDED if name not in header]:
        raise CanopyError(f"{source.path} has no column {listed(missing)}: a table of `snakemake review` has it")
    for line, row in zip(lines, rows, strict=True):
        cell = dict(zip(header, row, strict=True))
        verdict = cell["verdict"].strip().casefold()
        if verdict in UNDECIDED:
            continue
        if verdict not in YES | NO:
            gathered.complaints.add(
                source.path,
                line,
                f"verdict is {cell['verdict']!r}: it must be yes or no, or empty where you cannot tell",
            )
            continue
        recording_id = gathered.recording(cell.get("path") or cell["recording_id"], source, line)
        gathered.judged.add(recording_id)
        unknown = dict(zip(("low_hz", "high_hz"), ALL_OF_THE_BAND, strict=True))
        onset_s, offset_s, low_hz, high_hz = (
            number(cell[name], name, source.path, line, gathered.complaints)
            if cell.get(name) or name not in unknown
            else unknown[name]
            for name in ("onset_s", "offset_s", "low_hz", "high_hz")
        )
        polarity = 1 if verdict in YES else -1
        species = tidy(cell["species"])
        gathered.add(Mark(recording_id, species, onset_s, offset_s, low_hz, high_hz, polarity, source.path, line))
        gathered.reviews.add(source.path)


READER = Reader("review", recognises, read)
