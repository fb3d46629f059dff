"""What is known of recordings beside their sound: sites, given folds and the like.

It stands in a table of the dataset, or in the recordings' names.
"""

import os
from collections.abc import Iterable

import pandas as pd

from canopy.data.recordings.ids import recording_id
from canopy.data.recordings.names import read_names
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.reading import check_ids, read_text
from canopy.runtime.tables import listed

FIX = (
    "hand in a table of the recordings under `tables: {recordings: FILE}`, let `file_names` tell it from their names, "
    "or set the key that names its column to null"
)


def read_columns(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of recordings that a user hands in.

    Returns
    -------
    pandas.DataFrame
        All its columns as text, indexed by recording_id, sorted. Where there is no such column, `filename` (as in
        ESC-50's table) is the file's name or its path below the recordings' folder.

    Raises
    ------
    CanopyError
        The table is missing, has neither column, an id is a path or stands twice.
    """
    rows = read_text(path, fix=FIX)
    if "recording_id" not in rows and "filename" in rows:
        rows["recording_id"] = [recording_id(name) for name in rows["filename"]]
    if "recording_id" not in rows:
        raise CanopyError(f"{path} has no column recording_id or filename: it has {listed(rows.columns)}; {FIX}")
    complaints = Complaints()
    check_ids(rows, path, complaints)
    again = rows["recording_id"].duplicated()
    for line, double in zip(rows.index[again].tolist(), rows["recording_id"][again], strict=True):
        complaints.add(path, line, f"recording {double} has a row already")
    complaints.stop()
    return rows.set_index("recording_id").sort_index()


def read_column(
    path: str | os.PathLike[str], column: str, recording_ids: Iterable[str], *, file_names: str | None = None
) -> pd.Series:
    """Return one column of what is known of recordings, as text by recording id.

    Parameters
    ----------
    path : path-like
        A table of recordings. Where it does not exist or lacks the column, the recordings' names tell it.
    column : str
        One of the table's, or `site`, `time` or another group of `file_names`.
    recording_ids : iterable of str
        The recordings that must have a value.
    file_names : str, optional
        As `pattern` of `canopy.data.recordings.names.read_names`.

    Raises
    ------
    CanopyError
        As `read_columns` and `read_names`; or the column is nowhere, or one of the recordings has no value in it.
    """
    ids = list(recording_ids)
    table = read_columns(path) if os.path.exists(path) else pd.DataFrame(index=pd.Index([], name="recording_id"))
    source = os.fspath(path)
    if column not in table.columns:
        told = read_names(ids, file_names)
        if column in told and (told[column] != "").any():
            table, source = told, "what the recordings' names tell"
        elif not os.path.exists(path):
            raise CanopyError(f"there is no table {path}, and the recordings' names tell no {column}: {FIX}")
        else:
            raise CanopyError(
                f"{path} has no column {column!r}: it has {listed(table.columns)}; name one of these, or null"
            )
    values = table[column].reindex(ids).fillna("")
    lacking = sorted(set(values.index[values == ""]))
    if lacking:
        raise CanopyError(
            f"{source} gives {len(lacking)} recordings no {column}: {listed(lacking)}; fill the column, or name another"
        )
    return values


def known_column(
    path: str | os.PathLike[str] | None, column: str, recording_ids: Iterable[str], *, file_names: str | None = None
) -> pd.Series | None:
    """Return as much of a column as is known: empty for recordings without a value, None where nobody tells it.

    Parameters are those of `read_column`; there may be no table.
    """
    ids = list(recording_ids)
    if path is not None and os.path.exists(path):
        table = read_columns(path)
        if column in table.columns:
            return table[column].reindex(ids).fillna("")
    told = read_names(ids, file_names)
    return told[column].reindex(ids) if column in told and (told[column] != "").any() else None
