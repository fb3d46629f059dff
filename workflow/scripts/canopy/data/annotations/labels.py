"""From a dataset's annotations to the tables of `results/annotations/`."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from canopy.data.annotations import schema
from canopy.data.annotations.classes import classes_of
from canopy.data.annotations.reviewed import train_recordings
from canopy.runtime.files import write_table
from canopy.runtime.tables import Reporter


def write_labels(
    annotations: pd.DataFrame,
    reviewed: pd.DataFrame | None,
    settings: Mapping[str, Any],
    *,
    known: Sequence[str] | None,
    paths: Mapping[str, str | os.PathLike[str]],
    report: Reporter,
) -> None:
    """Check annotations against their schema and write them, the recordings they belong to, and the classes.

    Parameters
    ----------
    annotations : pandas.DataFrame
        Canonical annotations.
    reviewed : pandas.DataFrame, optional
        `recording_id, reviewed, species` of recordings whose review is known.
    settings : mapping
        unlisted (unknown or absent), classes (species or species_songtype).
    known : sequence of str, optional
        The species that the dataset fixes.
    paths : mapping
        Where `annotations`, `train_recordings` and `classes` are written.
    report : callable
        Takes a line with the numbers of each.
    """
    listing = train_recordings(annotations, unlisted=settings.get("unlisted", "unknown"), reviewed=reviewed)
    classes = pd.DataFrame({"species": classes_of(annotations, known, settings.get("classes", "species"))})
    for name, table, checked_by in (
        ("annotations", annotations, schema.ANNOTATIONS),
        ("train_recordings", listing, schema.TRAIN_RECORDINGS),
        ("classes", classes, schema.CLASSES),
    ):
        schema.check_table(table, checked_by)
        write_table(table, paths[name])
    present = int((annotations["polarity"] == 1).sum())
    bare = len(set(listing["recording_id"]) - set(annotations["recording_id"]))
    report(
        f"{len(listing)} recordings with {present} confirmed and {len(annotations) - present} refuted boxes "
        f"of {len(classes)} classes" + (f"; {bare} recordings without any" if bare else "")
    )
