"""Batches of windows around real boxes and around those of a teacher, the real ones in every batch."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from canopy.runtime.errors import CanopyError
from canopy.training.sampling import expected_visits, systematic
from canopy.training.targets import PRESENT, Labels
from canopy.training.windows import NO_PLACES, Batch, Windows

ANOTHER = 2**32
"""Added to the seed, so that the draws of pseudo-labels are not those of real ones."""


class StudentWindows(Windows):
    """The training windows of a student.

    An epoch visits the real boxes as often as one without a teacher does, and fills each batch up with windows around
    pseudo-labels, which take turns, so that it has more batches. What is around a real box is told by the real labels
    alone; what is around a pseudo-label, by both.

    Parameters
    ----------
    real : Windows
        The windows of the same fold without a teacher; a batch of the student has as many windows as one of these.
    rows : pandas.DataFrame
        The training rows that they were made from.
    pseudo : pandas.DataFrame
        `recording_id, species, onset_s, offset_s`, at least one in a recording that has features.
    real_share : float
        Share of every batch that is kept for windows around real boxes, rounded up to whole windows.

    Raises
    ------
    CanopyError
        Where a batch has no room for a pseudo-label.
    """

    def __init__(self, real: Windows, rows: pd.DataFrame, pseudo: pd.DataFrame, *, real_share: float) -> None:
        n_real = math.ceil(real_share * real.batch_size)
        self.n_pseudo = real.batch_size - n_real
        if not self.n_pseudo:
            raise CanopyError(
                f"a batch of {real.batch_size} windows, {real_share:g} of it kept for real labels, has no room for "
                "pseudo-labels; raise `optimizer: batch_size:` or lower `pseudo_labels: real_share:`"
            )
        store, crops = real.store, real.settings
        how: Any = {"hop_s": real.hop_s, "seed": real.seed, "unit": real.unit}
        self.real = Windows(store, real.labels, crops, batch_size=n_real, least_steps=real.least_steps, **how)
        boxes = pseudo[pseudo["recording_id"].isin(store.ids())]
        boxes = boxes.assign(polarity=PRESENT, reviewed="none", reviewed_species="")
        known = pd.concat([rows, boxes], ignore_index=True)  # of a recording's first row, what was reviewed counts
        labels = Labels(known, real.labels.species)
        super().__init__(store, labels, crops, batch_size=real.batch_size, **how)
        self.n_steps, self.rest, self.counts = self.real.n_steps, self.real.rest, self.real.counts
        self.pseudo = list(boxes[["recording_id", "onset_s", "offset_s"]].itertuples(index=False, name=None))
        if crops.place == "anywhere":
            self.pseudo = self.whole(recording_id for recording_id, _, _ in self.pseudo)
        share = expected_visits(boxes["species"].tolist(), repeats=1, balance=crops.balance)
        self.expected_pseudo = share * (self.n_steps * self.n_pseudo / len(boxes))

    def summary(self) -> str:
        """Say what an epoch consists of."""
        return (
            f"{self.real.summary()}; in each step {self.n_pseudo} more windows around {len(self.pseudo)} pseudo-labels"
        )

    def epoch(self, epoch: int, hard: np.ndarray = NO_PLACES) -> Iterator[Batch]:
        """Yield the `n_steps` batches of an epoch (0-based): first windows around real boxes, then the others."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed + ANOTHER, epoch]))
        visits = rng.permutation(systematic(self.expected_pseudo, rng)).reshape(self.n_steps, self.n_pseudo)
        for real, numbers in zip(self.real.epoch(epoch, hard), visits, strict=True):
            more = self.gather([self.pseudo[number] for number in numbers], rng)
            more = more._replace(bag=more.bag + len(real.bag))
            yield Batch(*(np.concatenate(both) for both in zip(real, more, strict=True)))
