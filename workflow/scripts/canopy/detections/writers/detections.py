"""The table of detections that every writer takes."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import short_name, unspeakable
from canopy.runtime.tables import listed

COLUMNS = (
    "recording_id",
    "path",
    "species",
    "onset_s",
    "offset_s",
    "low_hz",
    "high_hz",
    "score",
    "probability",
    "threshold",
)
"""One row per detection. `path` is the recording's file, times are seconds from its beginning, `score` is
a logit, `threshold` the score or probability from which on a frame counted. Frequencies may be missing."""
OPTIONAL = ("basis",)
"""What a probability rests on (`canopy.evaluation.calibration.meaning.MEANING`); of those that rest on nothing it is
missing, and the score is all there is."""
TEXT = ("recording_id", "path", "species", "basis")


def checked(detections: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of `COLUMNS` and `OPTIONAL` alone, typed and sorted by recording, time and species.

    Raises
    ------
    CanopyError
        A column is missing, a time is, or a name holds a tab, a line break or another control character.
    """
    if missing := [name for name in COLUMNS if name not in detections.columns]:
        raise CanopyError(f"detections lack the column {listed(missing)}: they need {listed(COLUMNS)}")
    kept = [*COLUMNS, *(name for name in OPTIONAL if name in detections.columns)]
    rows = detections[kept].astype({name: object if name in TEXT else "float64" for name in kept})
    if not np.isfinite(rows[["onset_s", "offset_s"]].to_numpy(float)).all():
        raise CanopyError("a detection has no onset_s or offset_s: both must be seconds")
    for name in ("recording_id", "species"):
        if strange := sorted({one for one in rows[name] if not one or unspeakable(one)}):
            raise CanopyError(
                f"detections have the {name} {listed(map(repr, strange))}, which no table can hold: rename it"
            )
    order = ["recording_id", "onset_s", "offset_s", "species", "low_hz", "high_hz", "score"]
    return rows.sort_values(order, kind="stable", ignore_index=True)


def places(paths: Iterable[str]) -> list[str]:
    """Return the place of each recording's exports: its path without extension; with it where files share the rest."""
    paths = list(paths)
    bare = [os.path.splitext(path)[0] for path in paths]
    count = Counter(bare)
    return [path if count[one] > 1 else one for path, one in zip(paths, bare, strict=True)]


def file_of(recording: pd.Series, folder: str | os.PathLike[str], suffix: str) -> Path:
    """Return the path of a recording's own file below a folder: in folders like the recording's, and named like it.

    Parameters
    ----------
    recording : pandas.Series
        A row of the table of recordings. `place` is its path below the recordings' folder, without what ends all such
        names; where there is none, its id is.
    folder : path-like
    suffix : str
        What the file's name ends in.
    """
    *above, name = str(recording.get("place", recording["recording_id"])).split("/")
    return Path(folder, *above, short_name(name, suffix))


def with_likely(detections: pd.DataFrame) -> pd.DataFrame:
    """Return detections with the column `likely`: the probability, or the sigmoid of the score where it is missing."""
    sigmoid = pd.Series(expit(detections["score"].astype(float)), detections.index)
    return detections.assign(likely=detections["probability"].fillna(sigmoid))


def per_recording(detections: pd.DataFrame, recordings: pd.DataFrame) -> Iterator[tuple[pd.Series, pd.DataFrame]]:
    """Give each usable recording, in the order of their ids, with its detections, of which there may be none.

    Parameters
    ----------
    detections : pandas.DataFrame
        As `checked` returns them.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`; those with a problem are left out.

    Raises
    ------
    CanopyError
        Detections belong to no usable recording.
    """
    good = recordings[recordings["problem"] == ""].sort_values("recording_id")
    if strange := sorted(set(detections["recording_id"]) - set(good["recording_id"])):
        raise CanopyError(f"there are detections in {listed(strange)}, which are not among the usable recordings")
    of = dict(iter(detections.groupby("recording_id", sort=False)))
    none = detections.iloc[:0]
    for _, recording in good.iterrows():
        yield recording, of.get(recording["recording_id"], none)
