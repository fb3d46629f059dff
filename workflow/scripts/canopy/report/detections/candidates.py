"""What a detector said where people looked, and where it spoke up although nobody had marked anything."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from canopy.evaluation.metrics.boxes import box_frames, box_scores
from canopy.evaluation.metrics.truth import reviewed_matrix
from canopy.inference.framewise import Framewise
from canopy.inference.scores import species_of

LOOKED_AT = 50
"""Recordings of the highest scores in which a species' unmarked peaks are looked for."""

GUARD_S = 0.5
"""Around a box of the species, frames belong to the box."""

LONGEST_SIDE_S = 2.0

COLUMNS = ["species", "recording_id", "onset_s", "offset_s", "low_hz", "high_hz", "truth", "logit"]


@dataclass(frozen=True)
class Predictions:
    """A model's scores of the held-out recordings, and what is known of them.

    Attributes
    ----------
    scores : DataFrame
        recording_id and one column of logits per species.
    framewise : Framewise
        Of the same recordings and species.
    annotations : DataFrame
        recording_id, species, onset_s, offset_s, low_hz, high_hz, polarity.
    train_recordings : DataFrame
        recording_id, reviewed, species.
    """

    scores: pd.DataFrame
    framewise: Framewise
    annotations: pd.DataFrame
    train_recordings: pd.DataFrame

    @property
    def species(self) -> list[str]:
        """The columns of the scores."""
        return species_of(self.scores)

    @property
    def boxes(self) -> pd.DataFrame:
        """The annotated boxes of recordings that have scores."""
        known = self.annotations["recording_id"].isin(self.scores["recording_id"])
        return self.annotations[known & (self.annotations["polarity"] != 0)].reset_index(drop=True)


def marked(predictions: Predictions) -> pd.DataFrame:
    """Return the annotated boxes with their scores.

    Returns
    -------
    DataFrame
        species, recording_id, onset_s, offset_s, low_hz, high_hz, truth (confirmed or refuted), logit: the species'
        highest framewise logit in the box, from which `box_average_precision` is computed.
    """
    boxes = predictions.boxes
    found = boxes.assign(
        truth=np.where(boxes["polarity"] > 0, "confirmed", "refuted"),
        logit=box_scores(boxes, predictions.framewise, predictions.species),
    )
    return found[COLUMNS]


def unmarked(predictions: Predictions) -> pd.DataFrame:
    """Return each species' highest framewise peaks outside its boxes, one per recording at most.

    Peaks are looked for in the 50 recordings that score highest for the species. A peak reaches as far as the
    probability stays above half of its own, at most two seconds to either side, and not into the species' boxes.

    Returns
    -------
    DataFrame
        As `marked`; truth is `absent` where the recording was reviewed for the species, else `unmarked`; low_hz and
        high_hz are missing.
    """
    scores, species = predictions.scores, predictions.species
    ids = scores["recording_id"].tolist()
    reviewed = reviewed_matrix(predictions.train_recordings, ids, species)
    boxes = dict(iter(predictions.boxes.groupby(["recording_id", "species"])))
    rows = []
    for column, name in enumerate(species):
        highest = np.argsort(-scores[name].to_numpy(), kind="stable")[:LOOKED_AT]
        for row in highest.tolist():
            frame_s = predictions.framewise.frame_s(ids[row])
            logits = np.array(predictions.framewise.of(ids[row])[:, column], dtype=np.float64)
            for box in _boxes(boxes.get((ids[row], name))):
                logits[box_frames(box[0] - GUARD_S, box[1] + GUARD_S, frame_s=frame_s, n_frames=len(logits))] = -np.inf
            peak = int(np.argmax(logits))
            if np.isfinite(logits[peak]):
                first, last = extent(logits, peak, longest_side=round(LONGEST_SIDE_S / frame_s))
                truth = "absent" if reviewed[row, column] else "unmarked"
                times_s = (first * frame_s, last * frame_s)
                rows.append((name, ids[row], *times_s, np.nan, np.nan, truth, float(logits[peak])))
    return pd.DataFrame(rows, columns=COLUMNS)


def extent(logits: NDArray[np.float64], peak: int, *, longest_side: int) -> tuple[int, int]:
    """Return the first and the last frame around a peak whose probability is at least half of the peak's.

    Parameters
    ----------
    logits : ndarray, shape (n_frames,)
    peak : int
        A frame.
    longest_side : int
        Frames to either side of the peak, at most.
    """
    enough = logits >= logit(expit(logits[peak]) / 2)
    before = enough[max(0, peak - longest_side) : peak][::-1]
    after = enough[peak + 1 : peak + 1 + longest_side]
    return peak - _run(before), peak + _run(after)


def _run(flags: NDArray[np.bool_]) -> int:
    """Return how many flags are set before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))


def _boxes(rows: pd.DataFrame | None) -> list[tuple[float, float]]:
    return [] if rows is None else list(zip(rows["onset_s"], rows["offset_s"], strict=True))
