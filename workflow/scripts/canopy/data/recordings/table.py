"""The table of recordings, as it lies in `results/recordings/`."""

import os

import pandas as pd

from canopy.runtime.tables import read_table

COLUMNS = ("recording_id", "path", "duration_s", "sample_rate_hz", "channels", "problem")
"""What every table of recordings has."""
LISTED = (*COLUMNS, "note", "audio")
"""What a listing has: `note` says what was assumed of a usable recording, `audio` is the fingerprint of its samples."""


def read_recordings(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read `results/recordings/{subset}.csv`.

    Returns
    -------
    pandas.DataFrame
        The columns of `LISTED`, the last two empty where the table lacks them; `problem` is empty for a usable
        recording; `sample_rate_hz` and `channels` are of pandas' `Int64`, missing like `duration_s` where the file is
        unreadable.
    """
    table = read_table(path, text=("recording_id", "path", "problem", "note", "audio"))
    for name in LISTED[len(COLUMNS) :]:
        if name not in table:
            table[name] = ""
    return table.astype({"duration_s": "float64", "sample_rate_hz": "Int64", "channels": "Int64"})


def usable(recordings: pd.DataFrame) -> pd.DataFrame:
    """Return the recordings without a problem."""
    return recordings[recordings["problem"] == ""].reset_index(drop=True)


def recordings_alone(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of recordings, without those that count files of a suffix which nothing reads (`*.wac`)."""
    return table[~((table["path"] == "") & table["recording_id"].str.startswith("*"))]
