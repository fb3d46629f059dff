"""RFCX's tables in a folder of annotation files: one of confirmed boxes, one of refuted ones."""

import re

from canopy.data.annotations.columns.header import understood
from canopy.data.annotations.marks import Gathered, Mark, Source
from canopy.data.annotations.readers.reader import Reader
from canopy.data.annotations.rfcx import COLUMNS, read_boxes

OWN = {
    "species_id": "species",
    "songtype_id": "songtype",
    "t_min": "onset_s",
    "t_max": "offset_s",
    "f_min": "low_hz",
    "f_max": "high_hz",
}
REFUTED = re.compile(r"(\A|[_\W])(fp|false)([_\W]|\Z)", re.IGNORECASE)
"""What the name of a table of refuted boxes holds, such as RFCX's `train_fp.csv`."""


def recognises(source: Source) -> bool:
    """Whether a CSV table has RFCX's columns."""
    return set(COLUMNS) <= set(source.header)


def read(source: Source, gathered: Gathered) -> None:
    """Read one of RFCX's tables: of refuted boxes if its name says so (`train_fp.csv`), else of confirmed ones.

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
    understood(source.header, source.path, format="rfcx", fixed=OWN, columns=source.columns)
    polarity = -1 if REFUTED.search(source.relative) else 1
    boxes = read_boxes(source.path, polarity, gathered.complaints)
    rows = boxes.rows
    for name, species, onset_s, offset_s, low_hz, high_hz, songtype, line in zip(
        rows["recording_id"],
        rows["species"],
        rows["onset_s"].tolist(),
        rows["offset_s"].tolist(),
        rows["low_hz"].tolist(),
        rows["high_hz"].tolist(),
        rows["songtype"].tolist(),
        boxes.lines.tolist(),
        strict=True,
    ):
        if not name or not species or songtype != songtype:
            continue  # complained of
        recording_id = gathered.recording(name, source, line)
        mark = Mark(recording_id, species, onset_s, offset_s, low_hz, high_hz, polarity, source.path, line)
        gathered.marks.append(mark._replace(songtype=int(songtype)))


READER = Reader("rfcx", recognises, read)
