"""Detections as OpenSoundscape's clip labels: a row per clip, and for each class whether it is in it.

OpenSoundscape reads the table with `pandas.read_csv(path, index_col=[0, 1, 2])`; its index is the clip.
"""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from canopy.detections.writers.detections import checked, per_recording
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table

CLIP_S = 5.0
MIN_OVERLAP_S = 0.25
"""A detection is in a clip that holds so much of it, or half of it if it is short."""
INDEX = ("file", "start_time", "end_time")


def write_opensoundscape(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.opensoundscape.csv`: 1 where a class is detected in a clip of `CLIP_S` seconds, else 0.

    Parameters
    ----------
    detections : pandas.DataFrame
        `canopy.detections.writers.detections.COLUMNS`.
    folder : path-like
        Where to write.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`; each is cut into clips, of which the last may be shorter.
    species : sequence of str
        The classes that have a column, in this order, besides those that were detected.

    Returns
    -------
    list of pathlib.Path
        The file written.

    Raises
    ------
    CanopyError
        A recording has no duration.
    """
    rows = checked(detections)
    names = list(dict.fromkeys([*species, *sorted(set(rows["species"]))]))
    parts = []
    for recording, own in per_recording(rows, recordings):
        if pd.isna(recording["duration_s"]):
            raise CanopyError(
                f"recording {recording['recording_id']} has no duration_s, which clips need: list the recordings again"
            )
        duration_s = float(recording["duration_s"])
        n_clips = max(1, math.ceil(duration_s / CLIP_S - 1e-6))
        starts_s = np.arange(n_clips) * CLIP_S
        ends_s = np.append(starts_s[1:], duration_s).round(6)
        table = pd.DataFrame({"file": os.path.abspath(recording["path"]), "start_time": starts_s, "end_time": ends_s})
        parts.append(pd.concat([table, _labels(own, starts_s, ends_s, names)], axis=1))
    blank = pd.DataFrame(columns=[*INDEX, *names])
    path = Path(folder) / "detections.opensoundscape.csv"
    write_table(pd.concat(parts, ignore_index=True) if parts else blank, path)
    return [path]


def _labels(rows: pd.DataFrame, starts_s: np.ndarray, ends_s: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Return which classes are in which clips."""
    found = np.zeros((len(starts_s), len(names)), dtype=int)
    place = {name: number for number, name in enumerate(names)}
    for onset_s, offset_s, name in zip(rows["onset_s"], rows["offset_s"], rows["species"], strict=True):
        inside_s = np.minimum(ends_s, offset_s) - np.maximum(starts_s, onset_s)
        found[inside_s >= min(MIN_OVERLAP_S, (offset_s - onset_s) / 2), place[name]] = 1
    return pd.DataFrame(found, columns=list(names))
