"""What is known of species that no box marks, and the rows that a fold trains on."""

import os
from typing import Literal

import numpy as np
import pandas as pd

from canopy.data.annotations.table import COLUMNS, NO_SONGTYPE
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.reading import check_ids, read_text
from canopy.runtime.tables import listed, read_table

RECORDING_COLUMNS = ("recording_id", "reviewed", "species")


def train_recordings(
    annotations: pd.DataFrame,
    *,
    unlisted: Literal["unknown", "absent"] = "unknown",
    reviewed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List the annotated recordings and what was reviewed in each.

    Parameters
    ----------
    annotations : pandas.DataFrame
        Canonical annotations.
    unlisted : {"unknown", "absent"}
        What a species is in a recording in which no box marks it: `absent` where the annotation is complete.
    reviewed : pandas.DataFrame, optional
        Rows of single recordings, in the same columns, that are known to be otherwise; or that have no box.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id, reviewed, species`, sorted: `reviewed` is `none`, `all` or `some`, and `species`
        lists the species where it is `some`, between semicolons.
    """
    own = [] if reviewed is None else list(reviewed[list(RECORDING_COLUMNS)].itertuples(index=False, name=None))
    default = {"unknown": "none", "absent": "all"}[unlisted]
    rows = {one: (one, default, "") for one in annotations["recording_id"]} | {one[0]: one for one in own}
    return pd.DataFrame(sorted(rows.values()), columns=list(RECORDING_COLUMNS), dtype=object)


def read_reviewed(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table that a user hands in of what was reviewed: `recording_id, reviewed` and perhaps `species`.

    Raises
    ------
    CanopyError
        The table or a column is missing, an id is a path or stands twice, `reviewed` is not `none`, `all` or `some`,
        or species are listed elsewhere than where it is `some`.
    """
    rows = read_text(path, RECORDING_COLUMNS[:2], fix="make it, or set `annotations: {reviewed: null}`")
    if "species" not in rows:
        rows["species"] = ""
    complaints = Complaints()
    check_ids(rows, path, complaints)
    again = rows["recording_id"].duplicated()
    for line, (one, kind, species), double in zip(
        rows.index.tolist(), rows[list(RECORDING_COLUMNS)].itertuples(index=False, name=None), again, strict=True
    ):
        if kind not in ("none", "all", "some"):
            complaints.add(path, line, f"reviewed is {kind!r}: it must be none, all or some")
        elif (kind == "some") != bool(species):
            complaints.add(
                path, line, "species are listed (between semicolons) where, and only where, reviewed is some"
            )
        if double:
            complaints.add(path, line, f"recording {one} has a row already")
    complaints.stop()
    rows["species"] = [";".join(name.strip() for name in names.split(";") if name.strip()) for names in rows["species"]]
    return rows[list(RECORDING_COLUMNS)].reset_index(drop=True)


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
