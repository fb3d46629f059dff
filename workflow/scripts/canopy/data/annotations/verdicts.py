"""People's verdicts on clips, which count as annotations where they lie: those on training recordings."""

import csv
import io
import os
from collections.abc import Mapping

from canopy.data.annotations.files import FIX
from canopy.data.annotations.marks import Gathered, Source
from canopy.data.annotations.readers import review
from canopy.data.recordings.folder import scan
from canopy.runtime.input_tables.decoding import decode


def read_verdicts(
    path: str | os.PathLike[str], audio: str | os.PathLike[str], gathered: Gathered, columns: Mapping[str, str | None]
) -> None:
    """Read the verdicts of a table of clips that are on recordings of a folder; others are another folder's.

    Parameters
    ----------
    path : path-like
        A table of `snakemake review`, whose column `path` says which file each row is of.
    audio : path-like
        The folder of the training recordings. A file counts where it is one of them, whatever way leads there: folders
        may be linked.
    gathered : Gathered
        Takes the marks and the complaints.
    columns : mapping
        As of `canopy.data.annotations.marks.Source`.

    Raises
    ------
    CanopyError
        As of `canopy.data.annotations.readers.review.read`.
    """
    text = decode(path, fix=FIX, empty=True)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    lines, done, kept = list(io.StringIO(text, newline="")), 0, []
    theirs, at = {os.path.realpath(one) for one in scan(audio, below=True)["path"]}, None
    for number, cells in enumerate(reader := csv.reader(lines, delimiter=delimiter)):
        record, done = lines[done : reader.line_num], reader.line_num
        if not number:
            at = [name.strip() for name in cells].index("path") if "path" in first else None
        own = not number or (at is not None and at < len(cells) and os.path.realpath(cells[at]) in theirs)
        kept += record if own else ["\n"] * len(record)  # lines keep their numbers
    if at is not None and any(line.strip() for line in kept[1:]):
        name = os.path.basename(path)
        review.read(Source(os.fspath(path), name, "".join(kept), columns), gathered)
