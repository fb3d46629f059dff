"""The canonical table of annotations: one row per box, whatever format it came from."""

import os

import numpy as np
import pandas as pd

from canopy.runtime.tables import read_table

COLUMNS = ("recording_id", "species", "songtype", "onset_s", "offset_s", "low_hz", "high_hz", "polarity")
"""A frequency that nobody told is missing: such a box says nothing of the band in which its species calls."""
NO_SONGTYPE = -1
"""The song type of a row that is no box."""
TEXT = ("recording_id", "species", "reviewed", "reviewed_species")


def canonical(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the canonical columns, typed and sorted by recording and time; infinite frequencies become missing.

    The order takes all columns into account, so that the same boxes give the same table whatever the
    order they came in.
    """
    typed = rows[list(COLUMNS)].astype(
        {
            "recording_id": object,
            "species": object,
            "songtype": "int64",
            "onset_s": "float64",
            "offset_s": "float64",
            "low_hz": "float64",
            "high_hz": "float64",
            "polarity": "int8",
        }
    )
    for edge in ("low_hz", "high_hz"):
        typed[edge] = typed[edge].replace([-np.inf, np.inf], np.nan)
    order = ["recording_id", "onset_s", "offset_s", "species", "songtype", "low_hz", "high_hz", "polarity"]
    return typed.sort_values(order, ignore_index=True)


def read_annotations(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read `results/annotations/train.csv` (or another table of `COLUMNS`)."""
    return canonical(read_table(path, text=TEXT))
