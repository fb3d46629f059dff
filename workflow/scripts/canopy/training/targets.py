"""From boxes to targets: +1 present, -1 absent, 0 unknown, and 2 where a species calls at a time that nobody told."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from canopy.data.annotations.unmarked import reviewed_species
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import read_table

UNKNOWN, PRESENT, ABSENT, SOMEWHERE = 0, 1, -1, 2
"""The last one: a species calls somewhere in the recording, perhaps here and perhaps not."""
ROUNDING_S = 1e-6
SLACK_S = 0.05
"""A mark of all of a recording may miss its ends by so much: lengths are told in frames."""


def read_rows(paths: Sequence[str | os.PathLike[str]]) -> pd.DataFrame:
    """Read the training rows that several folds share: those of the recordings that none of the folds holds out.

    Parameters
    ----------
    paths : sequence of path-like
        `splits/fold{fold}.csv` of each fold.
    """
    first, *others = (read_table(path, ["recording_id", "species", "reviewed", "reviewed_species"]) for path in paths)
    for rows in others:
        first = first[first["recording_id"].isin(rows["recording_id"])]
    return first.reset_index(drop=True)


class Labels:
    """What is known about each recording's species, ready to be cut into windows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Training rows: `recording_id, species, onset_s, offset_s, polarity, reviewed, reviewed_species`; their
        order does not matter.
    species : sequence of str
        The classes, in the order of the targets' columns.

    Raises
    ------
    CanopyError
        If a row names a species that is not a class.
    """

    def __init__(self, rows: pd.DataFrame, species: Sequence[str]) -> None:
        self.species = list(species)
        number = {name: position for position, name in enumerate(self.species)}
        boxes = rows[rows["polarity"] != 0]
        strange = sorted(set(boxes["species"]) - set(number))
        if strange:
            raise CanopyError(
                f"training rows name the species {', '.join(strange)}, which the classes lack; "
                f"the classes are {', '.join(self.species)}"
            )
        columns = ["species_number", "onset_s", "offset_s", "polarity"]
        boxes = boxes.assign(species_number=boxes["species"].map(number).astype(int))
        self.boxes = boxes.sort_values(["recording_id", "polarity", *columns[1:3], columns[0]], ignore_index=True)
        self._by_recording = {
            str(recording_id): group[columns].to_numpy(float)
            for recording_id, group in self.boxes.groupby("recording_id")
        }
        firsts = rows.drop_duplicates("recording_id")
        reviews = zip(firsts["recording_id"], firsts["reviewed"], firsts["reviewed_species"], strict=True)
        self._background = {
            name: np.where(reviewed_species(reviewed, some, self.species), ABSENT, 0).astype(np.int8)
            for name, reviewed, some in reviews
        }
        self.recording_ids = sorted(self._background)

    def unmarked(self, recording_id: str) -> np.ndarray:
        """Return what each species is where nothing marks it, shape `(n_species,)`: absent or unknown."""
        return self._background[recording_id]

    def reviewed(self, recording_id: str) -> bool:
        """Say whether any species is known to be absent where nothing marks it."""
        return bool((self.unmarked(recording_id) == ABSENT).any())

    def window(
        self,
        recording_id: str,
        onset_s: float,
        *,
        n_frames: int,
        hop_s: float,
        min_overlap: float,
        length_s: float = np.inf,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the targets of one window.

        Parameters
        ----------
        recording_id : str
            The recording.
        onset_s : float
            Where the window begins, in seconds; it may lie before the recording's start.
        n_frames : int
            Length of the window, in frames.
        hop_s : float
            Seconds between frames.
        min_overlap : float
            A true box counts for the clip target when this share of the box, or of the window if that is
            shorter, lies inside.
        length_s : float
            Length of the recording, by which true boxes that span all of it are known: they tell no times.

        Returns
        -------
        clip : numpy.ndarray
            Shape `(n_species,)`, int8: +1 if a true box overlaps enough; 2 if a box without times spans more than the
            window; -1 if nobody could find the species in any frame, since each is refuted or was reviewed; else
            unknown.
        frames : numpy.ndarray
            Shape `(n_frames, n_species)`, int8: frame by frame, a frame belonging to a box when its centre does; 2
            where only a box without times says that the species calls.
        """
        background = self.unmarked(recording_id)
        window_s = n_frames * hop_s
        clip = np.zeros(len(self.species), np.int8)
        frames = np.tile(background, (n_frames, 1))
        centres_s = onset_s + np.arange(n_frames) * hop_s
        boxes = self._by_recording.get(recording_id, np.empty((0, 4)))
        for species, box_onset_s, box_offset_s, polarity in boxes[order_of(boxes, length_s)]:
            shared_s = min(box_offset_s, onset_s + window_s) - max(box_onset_s, onset_s)
            if shared_s <= 0:
                continue
            column, value = int(species), int(polarity)
            if polarity > 0 and spans_all(box_onset_s, box_offset_s, length_s):
                value = SOMEWHERE
                clip[column] = PRESENT if length_s <= window_s + hop_s else SOMEWHERE
            elif polarity > 0 and shared_s >= min_overlap * min(box_offset_s - box_onset_s, window_s) - ROUNDING_S:
                clip[column] = PRESENT
            inside = (centres_s >= box_onset_s - ROUNDING_S) & (centres_s <= box_offset_s + ROUNDING_S)
            frames[inside, column] = value
        clip[(clip == UNKNOWN) & (frames == ABSENT).all(axis=0)] = ABSENT
        return clip, frames


def spans_all(onset_s: float, offset_s: float, length_s: float) -> bool:
    """Say whether a box spans all of its recording, and so tells that a species calls in it, not when."""
    return onset_s <= SLACK_S and offset_s >= length_s - SLACK_S


def order_of(boxes: np.ndarray, length_s: float) -> np.ndarray:
    """Return in which order boxes are drawn over each other: false ones, those without times, and then true ones."""
    without_times = (boxes[:, 1] <= SLACK_S) & (boxes[:, 2] >= length_s - SLACK_S)
    return np.argsort(np.where(boxes[:, 3] > 0, np.where(without_times, 1, 2), 0), kind="stable")
