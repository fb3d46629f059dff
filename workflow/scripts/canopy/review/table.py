"""The table that a person fills in: a verdict per clip; and the annotations that it comes back as."""

import os

import numpy as np
import pandas as pd

from canopy.annotations.table import NO_SONGTYPE
from canopy.usertables import Complaints, check_ids, numbers, read_text

COLUMNS = (
    "clip",
    "species",
    "verdict",
    "remark",
    "why",
    "probability",
    "clip_onset_s",
    "clip_offset_s",
    "recording_id",
    "path",
    "onset_s",
    "offset_s",
    "low_hz",
    "high_hz",
)
"""`verdict` and `remark` are for the person; `clip_onset_s` and `clip_offset_s` say where in its clip to listen."""
NEEDED = ("species", "verdict", "recording_id", "onset_s", "offset_s", "low_hz", "high_hz")
"""What comes back must have these; the rest may be removed, and rows may be added."""
YES = frozenset(["yes", "y", "1", "+1", "true", "present", "tp"])
NO = frozenset(["no", "n", "0", "-1", "false", "absent", "fp"])
UNDECIDED = frozenset(["", "?", "unsure", "unknown"])
MEND = "give a table that `snakemake review` made and that was filled in, or take it out of `reviews:`"


def read_review(path: str | os.PathLike[str], complaints: Complaints) -> pd.DataFrame:
    """Return the annotations of a review: +1 for each yes, -1 for each no; the undecided are left out.

    Parameters
    ----------
    path : path-like
        A table with the columns of `NEEDED`. A verdict is yes or no (or y, n, 1, 0, true, false, present, absent, in
        any case), or empty or `?` where there is none. Times and frequencies may have been corrected; a missing
        frequency stays missing.
    complaints : Complaints
        Takes what cannot be used.

    Returns
    -------
    pandas.DataFrame
        The columns of `canopy.annotations.table.COLUMNS`, not sorted; the index `line` is the line in the file.
    """
    text = read_text(path, NEEDED, mend=MEND)
    verdicts = text["verdict"].str.lower()
    for line, verdict in verdicts[~verdicts.isin(YES | NO | UNDECIDED)].items():
        complaints.add(
            path, int(str(line)), f"verdict is {verdict!r}, it must be yes or no, or empty where you cannot tell"
        )
    judged = text[verdicts.isin(YES | NO)]
    check_ids(judged, path, complaints)
    onset_s, offset_s = (numbers(judged, name, path, complaints) for name in ("onset_s", "offset_s"))
    for line in judged.index[offset_s <= onset_s]:
        complaints.add(path, int(line), "offset_s must be greater than onset_s")
    for line in judged.index[judged["species"] == ""]:
        complaints.add(path, int(line), "species is empty")
    low_hz, high_hz = (_frequencies(judged, name, path, complaints) for name in ("low_hz", "high_hz"))
    return pd.DataFrame(
        {
            "recording_id": judged["recording_id"],
            "species": judged["species"],
            "songtype": NO_SONGTYPE,
            "onset_s": onset_s,
            "offset_s": offset_s,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "polarity": np.where(verdicts[judged.index].isin(YES), 1, -1),
        },
        index=judged.index,
    )


def _frequencies(
    judged: pd.DataFrame, column: str, path: str | os.PathLike[str], complaints: Complaints
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    values = np.full(len(judged), np.nan)
    given = (judged[column] != "").to_numpy()
    values[given] = numbers(judged[given], column, path, complaints)
    return values
