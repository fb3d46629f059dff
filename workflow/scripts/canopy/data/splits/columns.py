"""Folds by a column of the table of recordings: its values are groups, or the folds themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from canopy.data.recordings.columns import read_column


def fold_columns(
    group: str | None, given: str | None, recording_ids: Iterable[str], paths: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what `assign_folds` is told of columns: `group` or `given` by recording id, or nothing.

    Parameters
    ----------
    group, given : str or None
        Names of columns; at most one is set.
    recording_ids : iterable of str
        Each must have a value.
    paths : mapping
        Holds `recordings_table` where a column is named, and perhaps `file_names`, the pattern of recordings' names.

    Raises
    ------
    CanopyError
        Where the table, the column or a recording's value is missing.
    """
    named = {"group": group, "given": given}
    ids = list(recording_ids)
    return {
        key: read_column(paths["recordings_table"], name, ids, file_names=paths.get("file_names"))
        for key, name in named.items()
        if name
    }
