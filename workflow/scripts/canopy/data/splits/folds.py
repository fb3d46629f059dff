"""Dealing recordings into folds: balanced, grouped, given, or kept from before."""

import hashlib
import os

import numpy as np
import pandas as pd

from canopy.data.annotations.classes import natural_sorted
from canopy.data.splits.stratify import Integers, stratify
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.numbers import numbers
from canopy.runtime.input_tables.reading import check_ids, read_text
from canopy.runtime.tables import Reporter, listed, silent

PRESENT_WEIGHT = 100
"""Weight of a species' confirmed boxes; its refuted boxes and the number of recordings have weight 1."""
MIN_FOLDS, MAX_FOLDS = 2, 1000
"""What `splits: n_folds` may be. A fold trains on the recordings of the others."""


def assign_folds(
    annotations: pd.DataFrame,
    recordings: pd.DataFrame,
    *,
    n_folds: int,
    seed: int,
    group: pd.Series | None = None,
    given: pd.Series | None = None,
    keep: pd.DataFrame | None = None,
    report: Reporter = silent,
) -> pd.DataFrame:
    """Deal recordings into folds in which every species is confirmed about equally often.

    Balance is sought first in the confirmed boxes of each species, then in the refuted ones and in the
    number of recordings. The result depends on the contents of the tables and the seed, not on the
    order of their rows.

    Parameters
    ----------
    annotations : pandas.DataFrame
        Canonical annotations.
    recordings : pandas.DataFrame
        All recordings to split, with a column `recording_id`.
    n_folds : int
        Number of folds.
    seed : int
        Another seed gives another split.
    group : pandas.Series, optional
        A group (such as the site) by recording id; all recordings of a group go into the same fold.
    given : pandas.Series, optional
        The fold by recording id, in any labels (ESC-10's are 1 to 5); then nothing is split.
    keep : pandas.DataFrame, optional
        An earlier result: recordings in it stay where they were, new ones go where balance is best.
    report : callable
        Takes a line that names species too rare for every fold to have one.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id, fold` (from 0), sorted by id.

    Raises
    ------
    CanopyError
        There are fewer recordings or groups than folds, or `group`, `given` or `keep` do not fit.
    """
    ids = sorted(set(recordings["recording_id"]))
    if strange := sorted(set(annotations["recording_id"]) - set(ids)):
        raise CanopyError(f"annotated recordings are missing from the list of recordings: {listed(strange)}")
    if given is not None:
        folds = _given_folds(ids, given, n_folds)
        owner = ids
    else:
        owner = ids if group is None else _groups(ids, group)
        folds = _deal(annotations, ids, owner, n_folds, seed, keep)
    table = pd.DataFrame({"recording_id": ids, "fold": folds})
    _report_rare(annotations, dict(zip(ids, owner, strict=True)), n_folds, report)
    return table


def fold_balance(annotations: pd.DataFrame, folds: pd.DataFrame, *, polarity: int = 1) -> pd.DataFrame:
    """Count boxes: one row per species in natural order, one column per fold."""
    rows = annotations[annotations["polarity"] == polarity]
    fold_of = pd.Series(folds["fold"].to_numpy(), index=folds["recording_id"].to_numpy())
    table = pd.crosstab(rows["species"], rows["recording_id"].map(fold_of))
    table = table.reindex(index=natural_sorted(annotations["species"]), columns=sorted(set(folds["fold"])))
    return table.fillna(0).astype(int).rename_axis(index="species", columns="fold")


def read_folds(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of folds, Canopy's own or one that a user hands in.

    Raises
    ------
    CanopyError
        The table is missing or has no columns `recording_id` and `fold`, a fold is no whole number from 0,
        an id is a path, or a recording stands twice.
    """
    fix = "give the folds.csv of an earlier run, or set `keep: null`"
    rows = read_text(path, ["recording_id", "fold"], fix=fix)
    complaints = Complaints()
    check_ids(rows, path, complaints)
    folds = numbers(rows, "fold", path, complaints, whole=True)
    again = rows["recording_id"].duplicated()
    for line, recording_id, fold, double in zip(rows.index.tolist(), rows["recording_id"], folds, again, strict=True):
        if fold < 0:
            complaints.add(path, line, f"fold is {fold:g}, it must be 0 or more")
        if double:
            complaints.add(path, line, f"recording {recording_id} has a fold already")
    complaints.stop()
    return pd.DataFrame({"recording_id": rows["recording_id"].to_numpy(), "fold": folds.astype("int64")})


def _deal(
    annotations: pd.DataFrame,
    ids: list[str],
    owner: list[str],
    n_folds: int,
    seed: int,
    keep: pd.DataFrame | None,
) -> Integers:
    units = sorted(set(owner), key=lambda unit: hashlib.blake2b(f"{seed}:{unit}".encode(), digest_size=8).digest())
    place = {unit: number for number, unit in enumerate(units)}
    unit_of = np.array([place[unit] for unit in owner], dtype=np.int64)
    if len(units) < n_folds:
        kind = "recordings" if owner is ids else "groups of recordings"
        fewer = f"set `n_folds` to at most {len(units)}, or " if len(units) >= MIN_FOLDS else ""
        more = "annotate more" if owner is ids else "annotate recordings of more groups"
        raise CanopyError(f"{len(units)} {kind} cannot be split into {n_folds} folds: {fewer}{more}")
    species = natural_sorted(annotations["species"])
    column = {name: number for number, name in enumerate(species)}
    counts = np.zeros((len(units), 2 * len(species) + 1), dtype=np.int64)
    recording = pd.Series(unit_of, index=ids)
    rows = recording[annotations["recording_id"]].to_numpy()
    columns = annotations["species"].map(column).to_numpy(dtype=np.int64)
    np.add.at(counts, (rows, columns + len(species) * (annotations["polarity"].to_numpy() < 0)), 1)
    np.add.at(counts[:, -1], unit_of, 1)
    weights = np.ones(counts.shape[1], dtype=np.int64)
    weights[: len(species)] = PRESENT_WEIGHT
    fixed = None if keep is None else _kept_folds(ids, unit_of, len(units), keep, n_folds)
    return stratify(counts, n_folds, weights=weights, fixed=fixed)[unit_of]


def _groups(ids: list[str], group: pd.Series) -> list[str]:
    missing = [one for one in ids if one not in group.index]
    if missing:
        raise CanopyError(f"recordings have no group: {listed(missing)}; name a group for every recording")
    return [str(one) for one in group[ids]]


def _given_folds(ids: list[str], given: pd.Series, n_folds: int) -> Integers:
    missing = [one for one in ids if one not in given.index]
    if missing:
        raise CanopyError(f"recordings have no given fold: {listed(missing)}; name a fold for every recording")
    labels = [str(one) for one in given[ids]]
    names = natural_sorted(labels)
    if len(names) < MIN_FOLDS:
        raise CanopyError(
            f"all recordings have the same given fold ({listed(names)}), and none is left to score them: "
            "name another column by `splits: {given: COLUMN}`, or null to have folds made"
        )
    if len(names) != n_folds:
        raise CanopyError(
            f"the given folds are {len(names)} ({listed(names)}), but `n_folds` is {n_folds}: "
            + (f"set it to {len(names)}" if len(names) <= MAX_FOLDS else f"it may be {MAX_FOLDS} at most, name fewer")
        )
    return np.array([names.index(label) for label in labels], dtype=np.int64)


def _kept_folds(ids: list[str], unit_of: Integers, n_units: int, keep: pd.DataFrame, n_folds: int) -> Integers:
    highest = int(keep["fold"].max()) if len(keep) else 0
    if highest >= n_folds:
        raise CanopyError(
            f"the folds to keep go up to {highest}, but `n_folds` is {n_folds}: "
            + (f"set it to {highest + 1}, or " if highest < MAX_FOLDS else "")
            + "set `keep: null`"
        )
    known = dict(zip(keep["recording_id"], keep["fold"], strict=True))
    fixed = np.full(n_units, -1, dtype=np.int64)
    for recording_id, unit in zip(ids, unit_of, strict=True):
        fold = known.get(recording_id, -1)
        if fold >= 0 and fixed[unit] not in (-1, fold):
            raise CanopyError(
                f"the folds to keep split the group of recording {recording_id} between folds {fixed[unit]} and "
                f"{fold}: set `keep: null` to split again, or group otherwise"
            )
        fixed[unit] = max(fixed[unit], fold)
    return fixed


def _report_rare(annotations: pd.DataFrame, owner: dict[str, str], n_folds: int, report: Reporter) -> None:
    present = annotations[annotations["polarity"] == 1]
    units = present["recording_id"].map(owner).groupby(present["species"]).nunique()
    rare = [
        f"{name} ({int(units.get(name, 0))})"
        for name in natural_sorted(annotations["species"])
        if units.get(name, 0) < n_folds
    ]
    if rare:
        report(f"warning: species confirmed in fewer recordings than there are folds ({n_folds}): {listed(rare)}")
