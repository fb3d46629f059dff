"""What a table of the dataset says of its recordings: sites, given folds and the like."""

import os
from collections.abc import Iterable

import pandas as pd

from canopy.errors import CanopyError
from canopy.tables import listed
from canopy.usertables import Complaints, check_ids, read_text

MEND = (
    "hand in a table of the recordings under `tables: {recordings: FILE}`, or set the key that names its column to null"
)


def read_columns(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of recordings that a user hands in.

    Returns
    -------
    pandas.DataFrame
        All its columns as text, indexed by recording_id, sorted.

    Raises
    ------
    CanopyError
        The table is missing, has no column `recording_id`, an id is a path or stands twice.
    """
    rows = read_text(path, ["recording_id"], mend=MEND)
    complaints = Complaints()
    check_ids(rows, path, complaints)
    again = rows["recording_id"].duplicated()
    for line, recording_id in zip(rows.index[again].tolist(), rows["recording_id"][again], strict=True):
        complaints.add(path, line, f"recording {recording_id} has a row already")
    complaints.stop()
    return rows.set_index("recording_id").sort_index()


def read_column(path: str | os.PathLike[str], column: str, recording_ids: Iterable[str]) -> pd.Series:
    """Return one column of a table of recordings, as text by recording id.

    Parameters
    ----------
    path : path-like
    column : str
    recording_ids : iterable of str
        The recordings that must have a value.

    Raises
    ------
    CanopyError
        As `read_columns`; or the column is missing, or one of the recordings has no value in it.
    """
    table = read_columns(path)
    if column not in table.columns:
        raise CanopyError(
            f"{path} has no column {column!r}: it has {listed(table.columns)}; name one of these, or null"
        )
    found = table[column]
    ids = list(recording_ids)
    values = found.reindex(ids).fillna("")
    lacking = sorted(set(values.index[values == ""]))
    if lacking:
        raise CanopyError(
            f"{path} gives {len(lacking)} recordings no {column}: {listed(lacking)}; fill the column, or name another"
        )
    return values


def clusters(recording_ids: Iterable[str], path: str | os.PathLike[str] | None, column: str | None) -> list[str]:
    """Return the group of each recording that the bootstrap draws together: a column's value, or the recording itself."""
    ids = list(recording_ids)
    if path is None or column is None:
        return ids
    return read_column(path, column, ids).tolist()
