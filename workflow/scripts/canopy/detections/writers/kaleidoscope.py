"""Detections as a table that Kaleidoscope opens for review, with an empty column for what a person says.

Kaleidoscope finds a sound by the folders `INDIR` and `FOLDER` and the file `IN FILE`. As BirdNET-Analyzer does,
`TOP1DIST` holds the probability.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.writers.detections import checked
from canopy.runtime.files import write_table


def write_kaleidoscope(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.kaleidoscope.csv`; its reader takes a filled-in `MANUAL ID` for confirmed.

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
        The file written.
    """
    rows = checked(detections)
    paths = [os.path.abspath(path) for path in rows["path"]]
    above = [os.path.dirname(path) for path in paths]
    root = os.path.commonpath(above) if above else ""
    inside = [os.path.relpath(one, root) for one in above]
    table = pd.DataFrame(
        {
            "INDIR": root,
            "FOLDER": ["" if one == "." else one for one in inside],
            "IN FILE": [os.path.basename(path) for path in paths],
            "OFFSET": rows["onset_s"].round(6),
            "DURATION": (rows["offset_s"] - rows["onset_s"]).round(6),
            "Fmin": rows["low_hz"],
            "Fmax": rows["high_hz"],
            "TOP1MATCH": rows["species"],
            "TOP1DIST": rows["probability"].round(6),
            "MANUAL ID": "",
        }
    )
    path = Path(folder) / "detections.kaleidoscope.csv"
    write_table(table, path)
    return [path]
