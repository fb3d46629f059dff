"""Reading a table as text, and the recording ids in it."""

import os
from collections.abc import Sequence

import pandas as pd

from canopy.runtime.input_tables.cells import cells_of
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.decoding import FETCH, decode


def read_text(path: str | os.PathLike[str], columns: Sequence[str] = (), *, fix: str = FETCH) -> pd.DataFrame:
    """Read a table as text, just as it stands in its file.

    Parameters
    ----------
    path : path-like
        A UTF-8 file, with or without byte order mark, with any line ends, its cells between commas, semicolons or tabs;
        or a workbook of Excel.
    columns : sequence of str
        Columns that must be there; others are kept.
    fix : str
        How to get the file when it is missing.

    Returns
    -------
    pandas.DataFrame
        Cells as str without surrounding blanks; the index `line` is the line in the file on which the
        row ends, the header being line 1. Blank rows are left out. `attrs["separator"]` is what separated the cells.

    Raises
    ------
    CanopyError
        The file is missing, empty or not UTF-8, columns are missing or double, or a row has too few
        or too many cells.
    """
    cells = cells_of(decode(path, fix=fix), path, columns)
    index = pd.Index(cells.lines, name="line", dtype="int64")
    table = pd.DataFrame(cells.rows, columns=cells.header, index=index, dtype=object)
    table.attrs["separator"] = cells.separator
    return table


def id_problem(recording_id: str) -> str:
    """Say what is wrong with a recording id, or return an empty string.

    An id names files and must not lead anywhere else: no path, no control characters.
    """
    if not recording_id:
        return "recording_id is empty"
    if "/" in recording_id or "\\" in recording_id or recording_id in (".", ".."):
        return f"recording_id {recording_id!r} is a path; it must be the file's name without folder and extension"
    if not recording_id.isprintable():
        return f"recording_id {recording_id!r} holds characters that cannot be printed"
    return ""


def check_ids(rows: pd.DataFrame, path: str | os.PathLike[str], complaints: Complaints) -> None:
    """Complain of every `recording_id` of a table, as `read_text` returns it, that is none."""
    for line, recording_id in zip(rows.index.tolist(), rows["recording_id"], strict=True):
        if problem := id_problem(recording_id):
            complaints.add(path, line, problem)


def read_ids(path: str | os.PathLike[str], *, fix: str = FETCH) -> list[str]:
    """Return the distinct recording ids of a table in sorted order; raise a CanopyError for one that is a path."""
    rows = read_text(path, ["recording_id"], fix=fix)
    complaints = Complaints()
    check_ids(rows, path, complaints)
    complaints.stop()
    return sorted(set(rows["recording_id"]))
