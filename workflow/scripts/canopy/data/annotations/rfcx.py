"""Reading RFCX's tables: one of confirmed boxes (true positives), one of refuted ones (false positives)."""

import os
from collections.abc import Collection

import numpy as np
import pandas as pd

from canopy.data.annotations.boxes import Boxes, end_within, without_duplicates
from canopy.data.annotations.classes import ClassMode, species_of_class
from canopy.data.annotations.table import canonical
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.numbers import numbers
from canopy.runtime.input_tables.reading import check_ids, read_text
from canopy.runtime.tables import Reporter, listed, silent

COLUMNS = ("recording_id", "species_id", "songtype_id", "t_min", "f_min", "t_max", "f_max")
"""Seconds and Hz; further columns are ignored."""


def read_rfcx(
    true_positives: str | os.PathLike[str],
    false_positives: str | os.PathLike[str] | None = None,
    *,
    classes: ClassMode = "species",
    known: Collection[str] | None = None,
    known_from: str = "",
    recordings: pd.DataFrame | None = None,
    report: Reporter = silent,
) -> pd.DataFrame:
    """Read and check RFCX's tables.

    Parameters
    ----------
    true_positives : path-like
        Boxes in which the species was confirmed.
    false_positives : path-like, optional
        Boxes in which the species was suspected and refuted.
    classes : {"species", "species_songtype"}
        Whether species 17 is the class `s17`, or its song types are classes such as `s17_4`.
    known : collection of str, optional
        The species or classes there are; another one is an error.
    known_from : str
        Where `known` comes from, for the message.
    recordings : pandas.DataFrame, optional
        The recordings (`canopy.data.recordings.table.COLUMNS`): boxes must end within them. One that ends up
        to `boxes.END_TOLERANCE_S` later is cut. Recordings with a problem are not looked at.
    report : callable
        Takes a line where rows were dropped or cut.

    Returns
    -------
    pandas.DataFrame
        `canopy.data.annotations.table.COLUMNS`, sorted; the same whatever the order of the rows read.

    Raises
    ------
    CanopyError
        A table is missing, empty, not UTF-8 or without its columns, or has rows that cannot be true;
        up to ten of these are named by file and line. Or there are no rows at all.
    """
    complaints = Complaints()
    tables = [(true_positives, 1)] + ([] if false_positives is None else [(false_positives, -1)])
    boxes = [
        read_boxes(path, polarity, complaints, classes=classes, known=known, known_from=known_from)
        for path, polarity in tables
    ]
    durations = None
    if recordings is not None:
        good = recordings[recordings["problem"] == ""]
        durations = pd.Series(good["duration_s"].to_numpy(), index=good["recording_id"].to_numpy())
    parts = [end_within(part, durations, complaints, report) for part in boxes]
    complaints.stop()
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    if rows.empty:
        names = " and ".join(os.fspath(path) for path, _ in tables)
        raise CanopyError(f"there is nothing to train on: {names} have a header and no rows; add annotations")
    return canonical(without_duplicates(rows, report))


def read_boxes(
    path: str | os.PathLike[str],
    polarity: int,
    complaints: Complaints,
    *,
    classes: ClassMode = "species",
    known: Collection[str] | None = None,
    known_from: str = "",
) -> Boxes:
    """Read one of the two tables; parameters as for `read_rfcx`, and `complaints` takes the rows that cannot be true.

    Returns
    -------
    Boxes
        Of the given polarity; numbers are missing, and species empty, where a complaint was made.
    """
    text = read_text(path, COLUMNS)
    value = {
        name: numbers(text, name, path, complaints, whole=name in ("species_id", "songtype_id")) for name in COLUMNS[1:]
    }
    species = _class_names(value["species_id"], value["songtype_id"], classes)
    check_ids(text, path, complaints)
    lines = text.index.tolist()

    def complain(bad: np.ndarray, found: str) -> None:
        for place in np.flatnonzero(bad):
            complaints.add(path, lines[place], found.format(**text.iloc[place]))

    complain(value["species_id"] < 0, "species_id is {species_id}, it must be 0 or more")
    complain(value["songtype_id"] < 0, "songtype_id is {songtype_id}, it must be 0 or more")
    complain(value["t_min"] < 0, "t_min is {t_min}, a box cannot start before its recording")
    complain(value["t_max"] <= value["t_min"], "t_max ({t_max}) must be greater than t_min ({t_min})")
    complain(value["f_min"] < 0, "f_min is {f_min}, it must be 0 Hz or more")
    complain(value["f_max"] <= value["f_min"], "f_max ({f_max}) must be greater than f_min ({f_min})")
    if known is not None:
        strange = {name for name in set(species) if name and not species_of_class(name, known, classes)}
        unknown = f"is unknown, {known_from or 'the dataset'} has {listed(known)}"
        for line, name in zip(lines, species, strict=True):
            if name in strange:
                complaints.add(path, line, f"species {name} {unknown}", fix="add it there, or remove the row")
    rows = pd.DataFrame(
        {
            "recording_id": text["recording_id"].to_numpy(),
            "species": species,
            "songtype": value["songtype_id"],
            "onset_s": value["t_min"],
            "offset_s": value["t_max"],
            "low_hz": value["f_min"],
            "high_hz": value["f_max"],
            "polarity": polarity,
        }
    )
    return Boxes(os.fspath(path), rows, text.index.to_numpy())


def _class_names(species_id: np.ndarray, songtype_id: np.ndarray, classes: ClassMode) -> list[str]:
    """Name each row's class; an empty string where its numbers were complained about."""
    names = []
    for species, songtype in zip(species_id, songtype_id, strict=True):
        if np.isnan(species) or np.isnan(songtype) or species < 0:
            names.append("")
        else:
            names.append(f"s{int(species)}" + (f"_{int(songtype)}" if classes == "species_songtype" else ""))
    return names
