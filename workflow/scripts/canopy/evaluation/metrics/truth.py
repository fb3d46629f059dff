"""From tables of labels to what metrics compare with: which recording holds which species."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.data.annotations.unmarked import reviewed_species
from canopy.evaluation.metrics.events.truth import read_events
from canopy.inference.scores import species_of
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.reading import read_text
from canopy.runtime.tables import Reporter, listed, silent

Flags = NDArray[np.bool_]


def label_matrix(events: pd.DataFrame, recording_ids: Sequence[str], species: Sequence[str]) -> Flags:
    """Return which species each recording holds.

    Parameters
    ----------
    events : DataFrame
        recording_id, species; one row per event. Events in other recordings are left aside.
    recording_ids, species : sequence of str

    Returns
    -------
    ndarray of bool, shape (n_recordings, n_species)

    Raises
    ------
    CanopyError
        Where an event's species is not among `species`.
    """
    check_species(events, species)
    columns = pd.Index(species).get_indexer(pd.Index(events.species))
    rows = pd.Index(recording_ids).get_indexer(pd.Index(events.recording_id))
    found = np.zeros((len(recording_ids), len(species)), dtype=bool)
    found[rows[rows >= 0], columns[rows >= 0]] = True
    return found


def check_species(events: pd.DataFrame, species: Sequence[str]) -> None:
    """Raise CanopyError where an event's species is not among `species`."""
    strange = sorted(set(events.species) - set(species))
    if strange:
        raise CanopyError(
            f"events name the species {listed(strange)}, which the scores have no column for; the columns are "
            f"{listed(species)}. Name the species as the columns are, or add them to `species:` in the configuration."
        )


def reviewed_matrix(train_recordings: pd.DataFrame, recording_ids: Sequence[str], species: Sequence[str]) -> Flags:
    """Return for which species each recording was reviewed, so that no label means absence.

    Parameters
    ----------
    train_recordings : DataFrame
        recording_id, reviewed (none, some, all), species (those of `some`, separated by semicolons).
    recording_ids, species : sequence of str

    Returns
    -------
    ndarray of bool, shape (n_recordings, n_species)
    """
    row = {recording: number for number, recording in enumerate(recording_ids)}
    found = np.zeros((len(recording_ids), len(species)), dtype=bool)
    for recording, reviewed, names in train_recordings[["recording_id", "reviewed", "species"]].itertuples(index=False):
        if recording in row:
            found[row[recording]] = reviewed_species(reviewed, names, species)
    return found


def read_truth(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read complete truth in RFCX columns.

    Parameters
    ----------
    path : path-like
        A table with recording_id and species_id, one row per event; other columns are left aside.

    Returns
    -------
    DataFrame
        recording_id, species: `species_id` 3 is `s3`; a name stays as it is.
    """
    missing = "give the table of all events of the test recordings, or none"
    events = read_text(path, ["recording_id", "species_id"], fix=missing)
    species = events.species_id.where(~events.species_id.str.isdigit(), "s" + events.species_id)
    return pd.DataFrame({"recording_id": events.recording_id, "species": species}).reset_index(drop=True)


def read_scored(
    path: str | os.PathLike[str], scores: pd.DataFrame, *, report: Reporter = silent
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Read complete truth, cut down to what has scores.

    Parameters
    ----------
    path : path-like
        All events, in RFCX columns.
    scores : DataFrame
        recording_id and one column per species.
    report : callable
        Takes a line about what is left out.

    Returns
    -------
    truth : DataFrame
        recording_id, species; one row per event.
    events : DataFrame or None
        The same with onset_s and offset_s; None where the table has no times.
    """
    ids, species = scores.recording_id.tolist(), species_of(scores)
    events = read_events(path)
    kept = events_scored(read_truth(path) if events is None else events, ids, species, report=report)
    return kept, None if events is None else kept


def events_scored(
    truth: pd.DataFrame, recording_ids: Sequence[str], species: Sequence[str], *, report: Reporter = silent
) -> pd.DataFrame:
    """Return the events whose recording and species have scores, and report the others.

    Parameters
    ----------
    truth : DataFrame
        recording_id, species; one row per event.
    recording_ids, species : sequence of str
        Of the scores.
    report : callable
        Takes a line for recordings without scores and one for species without.

    Returns
    -------
    DataFrame

    Raises
    ------
    CanopyError
        Where no event is left.
    """
    has_recording, has_species = truth.recording_id.isin(recording_ids), truth.species.isin(species)
    kept = truth[has_recording & has_species].reset_index(drop=True)
    if kept.empty:
        raise CanopyError(
            f"no event of the truth has scores: it has recordings such as {listed(truth.recording_id[:1])} and the "
            f"species {listed(sorted(set(truth.species)))}; the scores have recordings such as "
            f"{listed(recording_ids[:1])} and the species {listed(species)}. Give the truth of these recordings."
        )
    for lacking, what in (
        (truth.recording_id[~has_recording], "recordings"),
        (truth.species[~has_species], "species"),
    ):
        if len(lacking):
            names = sorted(set(lacking))
            report(f"{len(names)} {what} of the truth have no scores and are left out: {listed(names)}")
    return kept
