"""Detections as one CSV table: Canopy's own columns, or those of BirdNET-Analyzer."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.writers.detections import checked
from canopy.runtime.files import write_table


def write_csv(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.csv` with all columns of `canopy.detections.writers.detections.COLUMNS`.

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
    path = Path(folder) / "detections.csv"
    write_table(checked(detections), path)
    return [path]


def write_birdnet(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.birdnet.csv`, as BirdNET-Analyzer's combined CSV; parameters as for `write_csv`.

    The species stands under both of its names, and the confidence is the probability.
    """
    rows = checked(detections)
    table = pd.DataFrame(
        {
            "Start (s)": rows["onset_s"].round(6),
            "End (s)": rows["offset_s"].round(6),
            "Scientific name": rows["species"],
            "Common name": rows["species"],
            "Confidence": rows["probability"].round(6),
            "File": [os.path.abspath(path) for path in rows["path"]],
        }
    )
    path = Path(folder) / "detections.birdnet.csv"
    write_table(table, path)
    return [path]
