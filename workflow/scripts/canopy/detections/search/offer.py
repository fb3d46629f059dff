"""What a search adds to a table of clips: nothing that was offered before, and no more than are judged."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.data.recordings.names import read_names
from canopy.detections.review.names import species_folder
from canopy.detections.review.sheet import number
from canopy.detections.review.table import OVER_RANGE, SIMILAR, ReviewTable
from canopy.detections.search.draw import draw, overlapping
from canopy.detections.search.windows import Windows


def new_stretches(
    windows: Windows,
    similarity: NDArray[np.float32],
    table: ReviewTable,
    *,
    species: str,
    top: int,
    over_range: int,
    seed: int,
    own: Sequence[tuple[str, float, float]] = (),
    file_names: str | None = None,
) -> pd.DataFrame:
    """Draw what to add to a table, so that so many stretches of the species wait for a verdict.

    Parameters
    ----------
    windows : Windows
    similarity : ndarray, shape (n,)
    table : ReviewTable
        What was offered for the species before is not drawn again; stretches there that wait count.
    species : str
        That is asked about.
    top, over_range, seed
        As of `canopy.detections.search.draw.draw`.
    own : sequence of (str, float, float)
        The examples: the fingerprints of their sound, and where they begin and end in it. They are not drawn.
    file_names : str, optional
        As of `canopy.data.recordings.names.read_names`, which tells the sites; else folders do.

    Returns
    -------
    DataFrame
        As of `draw`, with the columns `species` and `round`.
    """
    closed = np.zeros(len(windows), bool)
    for recording_id, onset_s, offset_s in _offered(table, species):
        row = windows.row(recording_id)
        if row is not None:
            closed[overlapping(windows, row, onset_s, offset_s)] = True
    for audio, onset_s, offset_s in own:
        for row in np.flatnonzero((windows.recordings["audio"] == audio).to_numpy()).tolist():
            closed[overlapping(windows, row, onset_s, offset_s)] = True
    waits = Counter(
        row.get("why", "") for row in table.rows if _of(row, species) and not row.get("verdict", "").strip()
    )
    drawn = draw(
        windows,
        similarity,
        closed,
        sites=sites(windows.recordings, file_names),
        top=max(top - waits[SIMILAR], 0),
        over_range=max(over_range - waits[OVER_RANGE], 0),
        seed=f"{seed} {species} {table.next_round()}",
    )
    return drawn.assign(species=species, round=table.next_round())


def sites(recordings: pd.DataFrame, file_names: str | None) -> NDArray[np.str_]:
    """Return the site of each recording, as its name tells it, or else its folder."""
    named = read_names(recordings["recording_id"], file_names)["site"]
    told = recordings["recording_id"].map(named).fillna("").astype(str)
    folder = recordings["path"].str.rpartition("/")[0]
    return np.asarray(told.where(told != "", folder), dtype=str)


def _of(row: Mapping[str, str], species: str) -> bool:
    return species in (row.get("asked", "").strip(), row.get("species", "").strip())


def _offered(table: ReviewTable, species: str) -> list[tuple[str, float, float]]:
    found = []
    for row in table.rows:
        if _of(row, species) or row.get("clip", "").partition("/")[0] == species_folder(species):
            span = number(row.get("onset_s", "")), number(row.get("offset_s", ""))
            if np.isfinite(span).all():
                found.append((row.get("recording_id", "").strip(), *span))
    return found
