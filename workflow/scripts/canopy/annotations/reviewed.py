"""What is known of species that no box marks, and the rows that a fold trains on."""

import os
from typing import Literal

import numpy as np
import pandas as pd

from canopy.annotations.table import COLUMNS, NO_SONGTYPE
from canopy.errors import CanopyError
from canopy.tables import listed, read_table

RECORDING_COLUMNS = ("recording_id", "reviewed", "species")


def train_recordings(annotations: pd.DataFrame, *, unlisted: Literal["unknown", "absent"] = "unknown") -> pd.DataFrame:
    """List the annotated recordings and what was reviewed in each.

    Parameters
    ----------
    annotations : pandas.DataFrame
        Canonical annotations.
    unlisted : {"unknown", "absent"}
        What a species is in a recording in which no box marks it: `absent` where the annotation is complete.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id, reviewed, species`, sorted: `reviewed` is `none` or `all`, `species` is
        empty (it lists species where `reviewed` is `some`).
    """
    ids = sorted(set(annotations["recording_id"]))
    reviewed = {"unknown": "none", "absent": "all"}[unlisted]
    return pd.DataFrame({"recording_id": ids, "reviewed": reviewed, "species": ""}, columns=list(RECORDING_COLUMNS))


def read_train_recordings(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read `results/annotations/train_recordings.csv`."""
    return read_table(path, text=RECORDING_COLUMNS)


def training_rows(annotations: pd.DataFrame, recordings: pd.DataFrame, folds: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Return what a fold trains on: the rows of the recordings in the other folds.

    Parameters
    ----------
    annotations : pandas.DataFrame
        Canonical annotations.
    recordings : pandas.DataFrame
        As `train_recordings` returns it.
    folds : pandas.DataFrame
        Columns `recording_id, fold`, over all of `recordings`.
    fold : int
        The fold held out.

    Returns
    -------
    pandas.DataFrame
        The canonical columns, then `reviewed` and `reviewed_species`, sorted like the annotations. A
        recording without boxes has one row: polarity 0, no species, song type -1, no times and frequencies.

    Raises
    ------
    CanopyError
        A recording has no fold.
    """
    fold_of = pd.Series(folds["fold"].to_numpy(), index=folds["recording_id"].to_numpy())
    homeless = recordings.loc[~recordings["recording_id"].isin(fold_of.index), "recording_id"]
    if len(homeless):
        raise CanopyError(f"the folds leave out {listed(homeless)}: make the splits again")
    mine = recordings[recordings["recording_id"].map(fold_of) != fold]
    boxes = annotations[annotations["recording_id"].isin(mine["recording_id"])]
    bare = mine.loc[~mine["recording_id"].isin(boxes["recording_id"]), "recording_id"]
    if len(bare):
        blank = pd.DataFrame({"recording_id": bare, "species": "", "songtype": NO_SONGTYPE, "polarity": np.int8(0)})
        blank = blank.reindex(columns=list(COLUMNS)).astype(
            dict.fromkeys(["onset_s", "offset_s", "low_hz", "high_hz"], "float64")
        )
        boxes = blank if boxes.empty else pd.concat([boxes, blank])
    review = mine.set_index("recording_id")
    rows = boxes[list(COLUMNS)].assign(
        reviewed=boxes["recording_id"].map(review["reviewed"]),
        reviewed_species=boxes["recording_id"].map(review["species"]),
    )
    return rows.sort_values("recording_id", kind="stable", ignore_index=True)
