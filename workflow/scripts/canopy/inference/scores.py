"""Score tables on disk: `recording_id` and one column of logits per species; reading, joining and averaging them."""

import os
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed, read_table

AGAIN = "Remove what is out of date and run the workflow again."


def read_scores(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a score table.

    Returns
    -------
    DataFrame
        recording_id (text), then one float64 column of logits per species, in the file's order of rows and columns.

    Raises
    ------
    CanopyError
        Where recording_id is missing or repeated, or a score is not a finite number.
    """
    table = read_table(path)
    if list(table.columns[:1]) != ["recording_id"] or len(table.columns) < 2:
        raise CanopyError(
            f"{path}: a score table starts with the column recording_id, then has one column per species; "
            f"found {listed(table.columns)}. {AGAIN}"
        )
    repeated = table.recording_id[table.recording_id.duplicated()]
    if len(repeated):
        raise CanopyError(
            f"{path}: recording {repeated.iloc[0]} has more than one row; a score table has one per recording. {AGAIN}"
        )
    values = table[species_of(table)].apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = ~np.isfinite(values.to_numpy())
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise CanopyError(
            f"{path}, recording {table.recording_id[row]}: the score of {values.columns[column]} is not a finite "
            "number. If the loss in history.csv is not either, the training diverged: lower its learning rate."
        )
    return pd.concat([table[["recording_id"]], values], axis=1)


def species_of(scores: pd.DataFrame) -> list[str]:
    """Return the species of a score table, in the order of its columns."""
    return [str(column) for column in scores.columns if column != "recording_id"]


def score_table(recording_id: Iterable[str], logits: NDArray[np.floating], species: Sequence[str]) -> pd.DataFrame:
    """Return a score table from ids and logits (n_recordings, n_species)."""
    table = pd.DataFrame(logits, columns=list(species))
    table.insert(0, "recording_id", list(recording_id))
    return table


def join_scores(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of tables of different recordings in one table, sorted by recording_id.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By the name that errors call it.

    Raises
    ------
    CanopyError
        Where the species differ or a recording is in two tables.
    """
    check_same_species(tables)
    owner: dict[str, str] = {}
    for name, table in tables.items():
        for recording in table.recording_id:
            if recording in owner:
                raise CanopyError(
                    f"recording {recording} has scores in both {owner[recording]} and {name}; "
                    f"it must be in one of them only. {AGAIN}"
                )
            owner[recording] = name
    joined = pd.concat(list(tables.values()), ignore_index=True)
    return joined.sort_values("recording_id", kind="stable", ignore_index=True)


def stack_scores(tables: Mapping[str, pd.DataFrame]) -> tuple[list[str], NDArray[np.float64]]:
    """Align tables of the same recordings, named as errors call them.

    Returns
    -------
    recording_ids : list of str
        Sorted.
    logits : ndarray, shape (n_tables, n_recordings, n_species)

    Raises
    ------
    CanopyError
        Where the species or the recordings differ.
    """
    check_same_species(tables)
    check_same_recordings({name: table.recording_id for name, table in tables.items()})
    ordered = [table.sort_values("recording_id", kind="stable") for table in tables.values()]
    return list(ordered[0].recording_id), np.stack([table[species_of(table)].to_numpy(float) for table in ordered])


def mean_scores(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the mean logits of tables of the same recordings, sorted by recording_id."""
    recording_ids, logits = stack_scores(tables)
    return score_table(recording_ids, logits.mean(axis=0), species_of(next(iter(tables.values()))))


def check_folds(tables: Mapping[int, pd.DataFrame], folds: pd.DataFrame) -> list[str]:
    """Check that every recording was scored by the network of its own fold, which has not seen it.

    Parameters
    ----------
    tables : mapping of int to DataFrame
        The score table of each fold.
    folds : DataFrame
        recording_id, fold.

    Returns
    -------
    list of str
        The recordings of these folds that have no scores, sorted.

    Raises
    ------
    CanopyError
        Where a recording is in another fold, or in none.
    """
    own = dict(zip(folds.recording_id, folds.fold, strict=True))
    for fold, table in tables.items():
        for recording in table.recording_id:
            if own.get(recording) != fold:
                found = f"in fold {own[recording]}" if recording in own else "without a fold"
                raise CanopyError(
                    f"recording {recording} has scores of fold {fold} but is {found} in the table of folds: "
                    f"the network may have trained on it. {AGAIN}"
                )
    scored = {recording for table in tables.values() for recording in table.recording_id}
    return sorted(recording for recording, fold in own.items() if fold in tables and recording not in scored)


def folds_of(recording_ids: Sequence[str], folds: pd.DataFrame) -> NDArray[np.int64]:
    """Return each recording's fold, (n_recordings,), from the table `recording_id, fold`.

    Raises
    ------
    CanopyError
        Where a recording has no fold.
    """
    found = folds.set_index("recording_id").fold.reindex(list(recording_ids))
    if found.isna().any():
        raise CanopyError(f"recording {found.index[found.isna()][0]} has scores but no fold. {AGAIN}")
    return found.to_numpy(dtype=np.int64)


def check_same_species(tables: Mapping[str, pd.DataFrame]) -> None:
    """Raise CanopyError where two of the named score tables have other species or another order of them."""
    (first_name, first), *others = tables.items()
    for name, table in others:
        if species_of(table) != species_of(first):
            raise CanopyError(
                f"{name} has the species {listed(species_of(table))}, {first_name} has {listed(species_of(first))}; "
                f"they must be the same, in the same order. {AGAIN}"
            )


def check_same_recordings(recordings: Mapping[str, Iterable[str]]) -> None:
    """Raise CanopyError where two of the named lists of recordings differ."""
    (first_name, first), *others = ((name, set(ids)) for name, ids in recordings.items())
    for name, ids in others:
        if ids != first:
            example = min(ids ^ first)
            has, lacks = (name, first_name) if example in ids else (first_name, name)
            raise CanopyError(
                f"recording {example} is in {has} but not in {lacks}; both must hold the same recordings. {AGAIN}"
            )
