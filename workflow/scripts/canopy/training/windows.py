"""Batches of training windows: which are drawn, where they lie, and what is known about them.

An epoch is a list of windows that depends on (seed, epoch) alone, so a resumed training sees what an
undisturbed one sees.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from canopy.config.training import Crops
from canopy.errors import CanopyError
from canopy.features.shards import Store, crop
from canopy.features.units import UNITS, Unit
from canopy.training.sampling import Box, expected_visits, place_window, systematic, taking_turns
from canopy.training.targets import ABSENT, PRESENT, Labels


class Batch(NamedTuple):
    """Windows and their labels, as arrays or tensors.

    `features` `(batch, n_frames, n_bins)` float16 in the store's unit; `clip` `(batch, n_species)` and
    `frames` `(batch, n_frames, n_species)` ternary int8.
    """

    features: np.ndarray
    clip: np.ndarray
    frames: np.ndarray


class Windows:
    """The training windows of a fold.

    Parameters
    ----------
    store : Store
        Features; recordings that it lacks (bad audio) are left out.
    labels : Labels
        What is known.
    settings : Crops
        How windows are drawn.
    hop_s : float
        Seconds between frames.
    batch_size : int
        Windows per batch.
    seed : int
        Seed of all draws.
    unit : str
        What a value of the features is: `db`, `pcen` or `sample`.

    Raises
    ------
    CanopyError
        If no true-positive box lies in a recording that has features.
    """

    def __init__(
        self,
        store: Store,
        labels: Labels,
        settings: Crops,
        *,
        hop_s: float,
        batch_size: int,
        seed: int,
        unit: Unit = "db",
    ) -> None:
        self.store, self.labels, self.settings, self.unit = store, labels, settings, unit
        self.hop_s, self.batch_size, self.seed = hop_s, batch_size, seed
        self.n_frames = round(settings.window_s / hop_s)
        boxes = labels.boxes[labels.boxes["recording_id"].isin(store.ids())]
        columns = ["recording_id", "onset_s", "offset_s"]
        true = boxes[boxes["polarity"] == PRESENT]
        self.positives = list(true[columns].itertuples(index=False, name=None))
        if not self.positives:
            raise CanopyError(
                f"nothing to train on: the training rows hold {len(labels.boxes)} boxes, of which none is a true "
                "positive in a recording that has features; annotate more recordings or use fewer folds, and see "
                "`problem` in recordings/train.csv for recordings that were left out"
            )
        self.refuted = list(boxes.loc[boxes["polarity"] == ABSENT, columns].itertuples(index=False, name=None))
        called = set(true["recording_id"])
        self.empty = self.whole(
            recording_id
            for recording_id in labels.recording_ids
            if recording_id in store and recording_id not in called and labels.reviewed(recording_id)
        )
        if settings.place == "anywhere":
            self.positives = self.whole(recording_id for recording_id, _, _ in self.positives)
            self.refuted = self.whole(recording_id for recording_id, _, _ in self.refuted)
        self.expected = expected_visits(true["species"].tolist(), repeats=settings.repeats, balance=settings.balance)
        self.n_visits = len(self.positives) * settings.repeats
        stretches = sum(max(1, store.n_frames(name) // self.n_frames) for name, _, _ in self.empty)
        self.n_refuted, self.n_empty = (
            min(round(share * self.n_visits), n_places * settings.repeats * 2)
            for share, n_places in (
                (settings.refuted_per_positive, len(self.refuted)),
                (settings.empty_per_positive, stretches),
            )
        )
        self.n_steps = max(1, -(-(self.n_visits + self.n_refuted + self.n_empty) // batch_size))

    def whole(self, recording_ids: Iterable[str]) -> list[Box]:
        """Return boxes that span recordings from end to end."""
        return [(name, 0.0, self.store.n_frames(name) * self.hop_s) for name in recording_ids]

    def summary(self) -> str:
        """Say what an epoch consists of."""
        drawn = {
            "around them": self.n_visits,
            "around false-positive boxes": self.n_refuted,
            "in reviewed recordings without true ones": self.n_empty,
        }
        windows = ", ".join(f"{n} windows {where}" for where, n in drawn.items() if n)
        boxes = f"{len(self.positives)} true-positive boxes of {len(self.labels.species)} classes"
        return f"{boxes}; an epoch: {windows}, in {self.n_steps} steps of {self.batch_size}"

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Yield the `n_steps` batches of an epoch (0-based), all of full size.

        Every positive box is visited `repeats` times, or as often as the balance of species asks; false-positive boxes
        and empty recordings take turns. The last batch is filled up with boxes of the epoch's beginning, their windows
        placed elsewhere.
        """
        rng = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
        visits = [self.positives[number] for number in systematic(self.expected, rng)]
        visits += taking_turns(self.refuted, self.n_refuted, rng) + taking_turns(self.empty, self.n_empty, rng)
        order = np.resize(rng.permutation(len(visits)), self.n_steps * self.batch_size)
        for start in range(0, len(order), self.batch_size):
            yield self._gather([visits[number] for number in order[start : start + self.batch_size]], rng)

    def _gather(self, visits: list[Box], rng: np.random.Generator) -> Batch:
        n_species = len(self.labels.species)
        features = np.empty((len(visits), self.n_frames, self.store.n_bins), np.float16)
        clip = np.empty((len(visits), n_species), np.int8)
        frames = np.empty((len(visits), self.n_frames, n_species), np.int8)
        for row, (recording_id, onset_s, offset_s) in enumerate(visits):
            n_recording = self.store.n_frames(recording_id)
            first = place_window(
                onset_s / self.hop_s, offset_s / self.hop_s, self.n_frames, n_recording, position=rng.random()
            )
            features[row] = crop(self.store[recording_id], first, self.n_frames, silent=UNITS[self.unit].signal)
            clip[row], by_frame = self.labels.window(
                recording_id,
                first * self.hop_s,
                n_frames=self.n_frames,
                hop_s=self.hop_s,
                min_overlap=self.settings.min_overlap,
            )
            frames[row] = crop(by_frame[max(-first, 0) : n_recording - first], min(first, 0), self.n_frames)
        return Batch(features, clip, frames)

    def dataset(self, first_epoch: int, n_epochs: int) -> tf.data.Dataset:
        """Return the batches of epochs `first_epoch` to `n_epochs - 1`, prepared while the last is trained on."""
        n_species = len(self.labels.species)
        size = self.batch_size

        def batches() -> Iterator[Batch]:
            for epoch in range(first_epoch, n_epochs):
                yield from self.epoch(epoch)

        signature = Batch(
            tf.TensorSpec((size, self.n_frames, self.store.n_bins), tf.float16),
            tf.TensorSpec((size, n_species), tf.int8),
            tf.TensorSpec((size, self.n_frames, n_species), tf.int8),
        )
        return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(4)
