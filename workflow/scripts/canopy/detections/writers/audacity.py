"""Label tracks of Audacity, with the line below each label that holds its frequencies.

Source of the format: Audacity's manual, "Importing and Exporting Labels", extended format. A frequency
that is not known is -1.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.writers.detections import checked, file_of, per_recording
from canopy.runtime.files import write_text

UNKNOWN_HZ = -1.0


def write_audacity(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `audacity/**/<recording>.txt` per recording; one without detections gets an empty file.

    Parameters
    ----------
    detections : pandas.DataFrame
        `canopy.detections.writers.detections.COLUMNS`.
    folder : path-like
        Where to write.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`.
    species : sequence of str
        Not looked at: every writer takes them.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    paths = []
    for recording, rows in per_recording(checked(detections), recordings):
        paths.append(file_of(recording, Path(folder) / "audacity", ".txt"))
        write_text(audacity_labels(rows), paths[-1], at_once=False)
    return paths


def audacity_labels(detections: pd.DataFrame) -> str:
    """Return the label track of one recording: two lines per detection, in seconds and Hz."""
    low, high = detections["low_hz"].fillna(UNKNOWN_HZ), detections["high_hz"].fillna(UNKNOWN_HZ)
    return "".join(
        f"{onset_s:.6f}\t{offset_s:.6f}\t{species}\n\\\t{low_hz:.6f}\t{high_hz:.6f}\n"
        for onset_s, offset_s, species, low_hz, high_hz in zip(
            detections["onset_s"], detections["offset_s"], detections["species"], low, high, strict=True
        )
    )
