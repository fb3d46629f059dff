"""Stretches of time of which it is known whether a species calls in them, each with its highest logit.

A detector fires in a stretch when its highest framewise logit there reaches the threshold, so the maximum is what
a framewise threshold acts on. Where labels are incomplete, the stretches are the boxes that were confirmed and refuted;
what is learnt holds for sounds that somebody suspected. Where a recording was reviewed for a species, the rest of it
is known to be free of it: it is cut into stretches as long as the species' median box, and what is learnt holds for the
whole recording.
"""

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.boxes import box_frames, box_scores
from canopy.evaluation.metrics.truth import reviewed_matrix
from canopy.inference.framewise import Framewise

COLUMNS = ["recording_id", "species", "logit", "positive"]
PAIR = ["recording_id", "species"]
DEFAULT_STRETCH_S = 1.0
"""Length of the stretches of a species without any box."""


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
        recording_id, species, logit, positive (bool); recordings without logits are left aside.
    """
    ids = framewise.index.recording_id.tolist()
    known = reviewed_matrix(train_recordings, ids, species)
    boxes = annotations[annotations.recording_id.isin(ids) & (annotations.polarity != 0)].reset_index(drop=True)
    row, column = (
        pd.Index(ids).get_indexer(pd.Index(boxes.recording_id)),
        pd.Index(species).get_indexer(pd.Index(boxes.species)),
    )
    # What was refuted in a reviewed recording lies in its free stretches already.
    boxes = boxes[(boxes.polarity > 0) | ~known[row, column]].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "recording_id": boxes.recording_id,
            "species": boxes.species,
            "logit": box_scores(boxes, framewise, species),
            "positive": boxes.polarity > 0,
        }
    )
    free = _free_stretches(framewise, boxes[boxes.polarity > 0], ids, known, species)
    return pd.concat([table, free], ignore_index=True) if len(free) else table


def _free_stretches(
    framewise: Framewise, confirmed: pd.DataFrame, ids: list[str], known: np.ndarray, species: list[str]
) -> pd.DataFrame:
    median_s = (confirmed.offset_s - confirmed.onset_s).groupby(confirmed.species).median()
    own = {key: part[["onset_s", "offset_s"]].to_numpy(float) for key, part in confirmed.groupby(PAIR)}
    found: list[pd.DataFrame] = []
    for place, recording in enumerate(ids):
        if not known[place].any():
            continue
        logits, frame_s = np.asarray(framewise.of(recording), dtype=float), framewise.frame_s(recording)
        for column in np.flatnonzero(known[place]):
            name = species[column]
            length = max(1, round(float(median_s.get(name, DEFAULT_STRETCH_S)) / frame_s))
            taken = np.zeros(len(logits), dtype=bool)
            for onset_s, offset_s in own.get((recording, name), ()):
                taken[box_frames(onset_s, offset_s, frame_s=frame_s, n_frames=len(logits))] = True
            n = max(1, len(logits) // length)
            used = min(n * length, len(logits))
            free = ~taken[:used].reshape(n, -1).any(axis=1)
            peaks = logits[:used, column].reshape(n, -1).max(axis=1)[free]
            found.append(pd.DataFrame({"recording_id": recording, "species": name, "logit": peaks, "positive": False}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
