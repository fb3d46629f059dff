"""Stretches of time, each with its highest logit of a species, and what somebody said of them.

A detector fires in a stretch when its highest framewise logit there reaches the threshold, so the maximum is what
a framewise threshold acts on. There are three kinds: boxes in recordings that were not reviewed for the species
(`marked`, confirmed or refuted); boxes and all other time of recordings that were (`reviewed`), cut into stretches as
long as the species' median box; and time that nobody judged (`unjudged`), cut alike, its marked calls among it.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.boxes import box_frames, box_scores
from canopy.evaluation.metrics.truth import reviewed_matrix
from canopy.inference.framewise import Framewise

Flags = NDArray[np.bool_]
COLUMNS = ["recording_id", "species", "logit", "positive", "source"]
REVIEWED, MARKED, UNJUDGED = "reviewed", "marked", "unjudged"
DEFAULT_STRETCH_S = 1.0
"""Length of the stretches of a species without any box."""
MOST_UNJUDGED = 300
"""Recordings that unjudged time is taken from: more tell no more, and large projects have tens of thousands."""


def examples(
    framewise: Framewise, annotations: pd.DataFrame, train_recordings: pd.DataFrame, species: list[str]
) -> pd.DataFrame:
    """Gather the examples of all species.

    Parameters
    ----------
    framewise : Framewise
        Out-of-fold logits, one column per species.
    annotations : DataFrame
        recording_id, species, onset_s, offset_s, polarity.
    train_recordings : DataFrame
        recording_id, reviewed, species.
    species : list of str

    Returns
    -------
    DataFrame
        recording_id, species, logit, positive (bool; False where nobody judged), source; recordings without logits are
        left aside.
    """
    ids = framewise.index.recording_id.tolist()
    known = reviewed_matrix(train_recordings, ids, species)
    boxes = annotations[annotations.recording_id.isin(ids) & (annotations.polarity != 0)].reset_index(drop=True)
    row = pd.Index(ids).get_indexer(pd.Index(boxes.recording_id))
    column = pd.Index(species).get_indexer(pd.Index(boxes.species))
    judged = known[row, column]
    # What was refuted in a reviewed recording lies in its free stretches already.
    kept = (boxes.polarity > 0).to_numpy() | ~judged
    boxes, judged = boxes[kept].reset_index(drop=True), judged[kept]
    table = pd.DataFrame(
        {
            "recording_id": boxes.recording_id,
            "species": boxes.species,
            "logit": box_scores(boxes, framewise, species),
            "positive": boxes.polarity > 0,
            "source": np.where(judged, REVIEWED, MARKED),
        }
    )
    lengths = stretch_lengths(boxes[boxes.polarity > 0], species)
    own = boxes[(boxes.polarity > 0) & judged]
    free = stretches(framewise, ids, known, species, lengths, source=REVIEWED, taken=own)
    lacking = [not ((table.species == name) & table.positive & (table.source == REVIEWED)).any() for name in species]
    unjudged = unjudged_time(framewise, ids, ~known & np.array(lacking), species, lengths)
    return joined([table, free, unjudged])


def joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several tables of examples."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def places(table: pd.DataFrame, species: Sequence[str]) -> NDArray[np.intp]:
    """Return the place of each example's species."""
    return pd.Index(list(species)).get_indexer(pd.Index(table.species))


def stretch_lengths(confirmed: pd.DataFrame, species: Sequence[str]) -> list[float]:
    """Return how long each species' stretches are, in seconds: as its median box, or as that of all species."""
    length_s = confirmed.offset_s - confirmed.onset_s
    usual = float(length_s.median()) if len(length_s) else DEFAULT_STRETCH_S
    own = length_s.groupby(confirmed.species).median()
    return [float(own.get(name, usual)) for name in species]


def unjudged_time(
    framewise: Framewise, ids: Sequence[str], wanted: Flags, species: list[str], lengths: list[float]
) -> pd.DataFrame:
    """Return examples of the time that is `wanted` (n_recordings, n_species), of at most `MOST_UNJUDGED` recordings."""
    rows = np.flatnonzero(wanted.any(axis=1))
    chosen = np.random.default_rng(0).permutation(rows)[:MOST_UNJUDGED] if len(rows) > MOST_UNJUDGED else rows
    kept = np.zeros_like(wanted)
    kept[chosen] = wanted[chosen]
    return stretches(framewise, ids, kept, species, lengths, source=UNJUDGED)


def stretches(
    framewise: Framewise,
    ids: Sequence[str],
    wanted: Flags,
    species: list[str],
    lengths: list[float],
    *,
    source: str,
    taken: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return stretches of whole recordings, without those that boxes in `taken` reach into.

    Parameters
    ----------
    framewise : Framewise
    ids : sequence of str
    wanted : ndarray of bool, shape (n_recordings, n_species)
        Which species' stretches of which recordings.
    species : list of str
    lengths : list of float
        Of each species' stretches, in seconds.
    source : str
    taken : DataFrame, optional
        recording_id, species, onset_s, offset_s.
    """
    boxes = {} if taken is None else dict(tuple(taken.groupby(["recording_id", "species"])))
    found: list[pd.DataFrame] = []
    for place, recording in enumerate(ids):
        if not wanted[place].any():
            continue
        logits, frame_s = np.asarray(framewise.of(recording), dtype=float), framewise.frame_s(recording)
        for column in np.flatnonzero(wanted[place]):
            name = species[column]
            length = max(1, round(lengths[column] / frame_s))
            inside = np.zeros(len(logits), dtype=bool)
            if (recording, name) in boxes:
                for onset_s, offset_s in boxes[recording, name][["onset_s", "offset_s"]].to_numpy(float):
                    inside[box_frames(onset_s, offset_s, frame_s=frame_s, n_frames=len(logits))] = True
            n = max(1, len(logits) // length)
            used = min(n * length, len(logits))
            free = ~inside[:used].reshape(n, -1).any(axis=1)
            peaks = logits[:used, column].reshape(n, -1).max(axis=1)[free]
            row = {"recording_id": recording, "species": name, "logit": peaks, "positive": False, "source": source}
            found.append(pd.DataFrame(row))
    return joined(found)
