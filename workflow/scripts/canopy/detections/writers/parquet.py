"""Detections as Parquet, for tables that are too long for text."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.writers.detections import checked
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import whole


def write_parquet(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.parquet`: text as UTF-8 strings, numbers as float64, Snappy-compressed.

    Parameters
    ----------
    detections : pandas.DataFrame
        `canopy.detections.writers.detections.COLUMNS`.
    folder : path-like
        Where to write.
    recordings, species
        Not looked at: every writer takes them.

    Returns
    -------
    list of pathlib.Path
        The file written; the same rows give the same bytes.

    Raises
    ------
    CanopyError
        The package pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise CanopyError(
            "Parquet needs the package pyarrow, which is not installed: run `make install`, or write CSV instead"
        ) from None
    rows = checked(detections)
    kinds = {name: pyarrow.string() if rows[name].dtype == object else pyarrow.float64() for name in rows.columns}
    table = pyarrow.table(
        {name: pyarrow.array(rows[name], type=kind, from_pandas=True) for name, kind in kinds.items()}
    )
    path = Path(folder) / "detections.parquet"
    with whole(path) as draft:
        pyarrow.parquet.write_table(table, draft)
    return [path]
