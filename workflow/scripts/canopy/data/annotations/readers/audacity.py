"""Audacity's label tracks: `onset, offset, label` between tabs, each perhaps followed by a line of frequencies."""

import re

from canopy.data.annotations.marks import ALL_OF_THE_BAND, NO_CALL, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.input_tables.numbers import decimal_commas, number

FIRST_LINE = re.compile(r"\s*-?[\d.,]+\t-?[\d.,]+(\t|\r?\n|\Z)")
FREQUENCIES = "\\"
"""What a line of frequencies begins with; in it, a negative number is a frequency that is not known."""


def recognises(source: Source) -> bool:
    """Whether a file is a label track: it begins with two numbers between tabs, or is empty."""
    return not source.text.strip() or FIRST_LINE.match(source.text) is not None


def read(source: Source, gathered: Gathered) -> None:
    """Read a label track; an empty file says that its recording was reviewed and is empty.

    Parameters
    ----------
    source : Source
        The file, named after its recording.
    gathered : Gathered
        Takes the marks and the complaints.
    """
    recording_id = gathered.recording(gathered.names.of_table(source.relative), source, 1)
    found = [(line, text.split("\t")) for line, text in enumerate(source.text.splitlines(), 1) if text.strip()]
    if not found:
        gathered.reviewed.setdefault(recording_id, source.path)
    told = [cell.strip() for _, cells in found for cell in (cells[1:3] if cells[0] == FREQUENCIES else cells[:2])]
    comma = decimal_commas(told, "\t")
    for place, (line, cells) in enumerate(found):
        if cells[0] == FREQUENCIES:
            if place == 0 or found[place - 1][1][0] == FREQUENCIES or len(cells) < 3:
                gathered.complaints.add(source.path, line, "a line of frequencies must follow its label, and hold two")
            continue
        if len(cells) < 2:
            gathered.complaints.add(
                source.path, line, "a label needs its beginning, its end and its name, between tabs"
            )
            continue
        label = tidy(cells[2]) if len(cells) > 2 else ""
        if label.casefold() == NO_CALL:
            continue
        onset, offset = (
            number(cell.strip(), name, source.path, line, gathered.complaints, comma=comma)
            for name, cell in zip(("the beginning", "the end"), cells, strict=False)
        )
        low, high = ALL_OF_THE_BAND
        if place + 1 < len(found) and found[place + 1][1][0] == FREQUENCIES and len(found[place + 1][1]) >= 3:
            below, (_, *hertz) = found[place + 1]
            lower, upper = (
                number(cell.strip(), "a frequency", source.path, below, gathered.complaints, comma=comma)
                for cell in hertz[:2]
            )
            low, high = (low if lower < 0 else lower), (high if upper < 0 else upper)
        gathered.add(Mark(recording_id, label, onset, offset, low, high, 1, source.path, line))


READER = Reader("audacity", recognises, read)
