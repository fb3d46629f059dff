"""Kaleidoscope's tables of detections (`cluster.csv`, `id.csv`), with what a person wrote into `MANUAL ID`."""

import re

from canopy.data.annotations.columns.table import MarkTable
from canopy.data.annotations.marks import Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError

FILE = ("IN FILE", "IN FILE*")
OWN = {
    "FOLDER": "folder",
    **dict.fromkeys(FILE, "recording_id"),
    "OFFSET": "onset_s",
    "DURATION": "duration_s",
    "Fmin": "low_hz",
    "Fmax": "high_hz",
}
BY_HAND = "MANUAL ID"
BY_PROGRAM = ("TOP1MATCH*", "TOP1MATCH", "AUTO ID*", "AUTO ID", "common_name", "scientific_name")
"""What names the species where the table has no column for a person's."""
NOTHING = frozenset(["noise", "noid"])
"""What Kaleidoscope writes for no species, and for one that it cannot tell."""
ASIDE = re.compile(
    r"indir|outdir|out file.*|channel|date.*|time.*|hour.*|fmean|top\d+(match|dist)\*?|auto id\*?|manual id|common_name"
    r"|scientific_name|vocalizations|pulses|matching|match ratio|margin|alternate \d|n|fc|sc|dur|fk|sk|s1|tc|qual|files"
    r"|review.*|organization|user.*|lat.*|lon.*",
    re.IGNORECASE,
)
"""Kaleidoscope's other columns: of the recording, of the pulses of bats, and of its own guesses."""
LOWEST_TOP_HZ = 200.0
"""Upper frequencies that all lie below this are kHz, as in tables of bats."""


def recognises(source: Source) -> bool:
    """Whether a table has Kaleidoscope's columns."""
    header = set(source.header)
    return "INDIR" in header and bool(header & set(FILE))


def read(
    source: Source,
    gathered: Gathered,
    *,
    species_column: str | None = None,
) -> None:
    """Read detections that a person has named; those without a `MANUAL ID` are left out, and a line says so.

    A table without that column, such as BirdNET-Analyzer writes it, has the program's names. `Noise` and `NoID` make no
    marks.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks and the complaints.
    species_column : str, optional
        The column that names the species, where that is another one.

    Raises
    ------
    CanopyError
        A column is missing or not understood, a row has too few or too many cells, or nobody has named a detection.
    """
    header = source.header
    label = species_column or next((name for name in (BY_HAND, *BY_PROGRAM) if name in header), BY_HAND)
    table = MarkTable(
        source,
        gathered,
        format="kaleidoscope",
        fixed=OWN,
        species_column=label,
        aside=lambda name: ASIDE.fullmatch(name) is not None,
    )
    table.header.need("recording_id", "species")
    bands = [table.band(row) for row in table]
    tops_hz = [high for _, high in bands if 0 < high < float("inf")]
    unit_hz = 1000.0 if tops_hz and max(tops_hz) < LOWEST_TOP_HZ else 1.0
    unnamed = 0
    for row, (low, high) in zip(table, bands, strict=True):
        species = tidy(table.text(row, "species"))
        unnamed += not species
        if not species or species.casefold() in NOTHING:
            continue
        times, recording_id = table.times(row), table.recording(row)
        gathered.add(
            Mark(
                recording_id,
                species,
                times.onset,
                times.offset,
                low * unit_hz,
                high * unit_hz,
                1,
                source.path,
                row.line,
            )
        )
    if not unnamed:
        return
    others = [name for name in BY_PROGRAM if name in header]
    fix = f"`annotations: {{species_column: {others[0]!r}}}` takes the program's names" if others else "name them first"
    if unnamed == len(table):
        raise CanopyError(f"{source.path}: no row has a {label}, so nobody has said what these sounds are; {fix}")
    gathered.notes.append(f"{source.path}: {unnamed} of {len(table)} rows have no {label} and are left out ({fix})")


READER = Reader("kaleidoscope", recognises, read, options=("species_column",))
