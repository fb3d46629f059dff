"""True events of recordings whose truth is complete."""

import os
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.numbers import numbers
from canopy.runtime.input_tables.reading import read_text

Floats = NDArray[np.float64]
EMPTY: Floats = np.empty((0, 2))
TIMES = ("t_min", "t_max")


def read_events(path: str | os.PathLike[str]) -> pd.DataFrame | None:
    """Read complete events in RFCX columns, with their times.

    Parameters
    ----------
    path : path-like
        A table with recording_id, species_id, t_min and t_max (seconds), one row per event.

    Returns
    -------
    DataFrame or None
        recording_id, species, onset_s, offset_s; None where the table has no times.

    Raises
    ------
    CanopyError
        Where a time is no number, or an event ends before it starts.
    """
    rows = read_text(path, ["recording_id", "species_id"])
    if not set(TIMES) <= set(rows.columns):
        return None
    complaints = Complaints()
    onset_s, offset_s = (numbers(rows, name, path, complaints) for name in TIMES)
    for line, start, stop in zip(rows.index.tolist(), onset_s, offset_s, strict=True):
        if stop <= start:
            complaints.add(path, line, f"t_max ({stop:g}) must be greater than t_min ({start:g})")
    complaints.stop()
    species = rows.species_id.where(~rows.species_id.str.isdigit(), "s" + rows.species_id)
    columns = {"recording_id": rows.recording_id, "species": species, "onset_s": onset_s, "offset_s": offset_s}
    return pd.DataFrame(columns).reset_index(drop=True)


def merged(events: Floats) -> Floats:
    """Return intervals (n, 2) sorted, those that overlap or touch made one: what one species calls at a time."""
    joined: list[list[float]] = []
    for onset_s, offset_s in sorted(events.tolist()):
        if joined and onset_s <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], offset_s)
        else:
            joined.append([onset_s, offset_s])
    return np.array(joined, dtype=float).reshape(-1, 2)


def events_of(events: pd.DataFrame) -> Mapping[tuple[str, str], Floats]:
    """Return merged intervals, (n_events, 2) in seconds, by (recording_id, species); pairs without any are absent."""
    return {
        (str(recording), str(species)): merged(part[["onset_s", "offset_s"]].to_numpy(float))
        for (recording, species), part in events.groupby(["recording_id", "species"], sort=True)
    }
