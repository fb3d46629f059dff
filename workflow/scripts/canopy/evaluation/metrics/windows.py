"""Scores over time: windows of a fixed length, each with its highest framewise logit and whether a species calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.boxes import box_scores
from canopy.evaluation.metrics.events.detections import duration_s
from canopy.inference.framewise import Framewise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
WINDOW_S = 5.0
LEAST_S = 0.5
"""So many seconds of a call, or half of it, make a window one with a call; one with less of it does not count."""


@dataclass(frozen=True)
class Windows:
    """Windows of many recordings.

    Attributes
    ----------
    row : ndarray of int, shape (n_windows,)
        The recording of each, by its place.
    logits : ndarray, shape (n_windows, n_species)
        The highest framewise ones.
    truth, known : ndarray of bool, shape (n_windows, n_species)
        Where a species calls, and where that is known.
    """

    row: NDArray[np.int64]
    logits: Floats
    truth: Flags
    known: Flags

    def items(self) -> list[tuple[Flags, Floats, NDArray[np.int64]]]:
        """Return (truth, scores, row) of each species, where it is known."""
        return [
            (self.truth[of, at], self.logits[of, at], self.row[of])
            for at, of in enumerate(np.flatnonzero(column) for column in self.known.T)
        ]


def windows(
    framewise: Framewise,
    recording_ids: Sequence[str],
    events: Mapping[tuple[str, str], Floats],
    known: Flags,
    species: Sequence[str],
) -> Windows:
    """Cut recordings into windows of `WINDOW_S`; what is left at the end belongs to the last one.

    Parameters
    ----------
    framewise : Framewise
    recording_ids : sequence of str
    events : mapping of (str, str) to ndarray (n_events, 2)
        Onsets and offsets in seconds by (recording_id, species).
    known : ndarray of bool, shape (n_recordings, n_species)
        Of which species all events are known. Recordings without any are left out.
    species : sequence of str
        The columns of the framewise logits.
    """
    rows, peaks, truths, judged = [], [], [], []
    for row in np.flatnonzero(known.any(axis=1)).tolist():
        recording = recording_ids[row]
        logits, frame_s = np.asarray(framewise.of(recording), dtype=float), framewise.frame_s(recording)
        n = max(1, int(duration_s(len(logits), frame_s) / WINDOW_S + 0.05))  # clocks of experiments differ a little
        starts_s = np.arange(n) * WINDOW_S
        first = np.minimum(np.ceil(starts_s / frame_s - 1e-6).astype(int), len(logits) - 1)
        ends_s = np.append(starts_s[1:], np.inf)
        shown, hidden = np.zeros((n, len(species)), dtype=bool), np.zeros((n, len(species)), dtype=bool)
        for column, name in enumerate(species):
            for onset_s, offset_s in events.get((recording, name), np.empty((0, 2))):
                shared = np.minimum(ends_s, offset_s) - np.maximum(starts_s, onset_s)
                enough = shared >= min(LEAST_S, (offset_s - onset_s) / 2) - 1e-9
                shown[:, column] |= enough
                hidden[:, column] |= (shared > 0) & ~enough
        rows.append(np.full(n, row))
        peaks.append(np.maximum.reduceat(logits, first, axis=0))
        truths.append(shown)
        judged.append(known[row] & (shown | ~hidden))
    if not rows:
        nothing = np.zeros((0, len(species)), dtype=bool)
        return Windows(np.zeros(0, dtype=np.int64), np.zeros((0, len(species))), nothing, nothing)
    return Windows(np.concatenate(rows), np.concatenate(peaks), np.concatenate(truths), np.concatenate(judged))


def box_windows(
    boxes: pd.DataFrame, framewise: Framewise, recording_ids: Sequence[str], species: Sequence[str]
) -> Windows:
    """Return boxes as windows, each of which is known for its own species alone: confirmed or refuted."""
    row = pd.Index(list(recording_ids)).get_indexer(pd.Index(boxes["recording_id"]))
    known = boxes["species"].to_numpy()[:, None] == np.asarray(species, dtype=object)[None]
    logits = np.where(known, box_scores(boxes, framewise, list(species))[:, None], 0.0)
    return Windows(row.astype(np.int64), logits, known & (boxes["polarity"].to_numpy() > 0)[:, None], known)
