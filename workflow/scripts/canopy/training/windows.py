"""Batches of training windows: which are drawn, where they lie, and what is known about them.

An epoch is a list of windows that depends on (seed, epoch) and on the hard places found so far, so a resumed training
sees what an undisturbed one sees.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from canopy.config.training import Crops
from canopy.features.shards import Store, crop
from canopy.features.units import UNITS, Unit
from canopy.runtime.errors import CanopyError
from canopy.training.bags import MOST, bag, members, n_in_bag, pack
from canopy.training.reviewed_time import ReviewedTime, rest_of
from canopy.training.sampling import Box, place_window, systematic, taking_turns, visit_counts
from canopy.training.targets import ABSENT, PRESENT, SOMEWHERE, Labels, spans_all

NO_PLACES = np.empty(0, np.int64)


class Batch(NamedTuple):
    """Windows and their labels, as arrays or tensors.

    `features` `(batch, n_frames, n_bins)` float16 in the store's unit; `clip` `(batch, n_species)` and
    `frames` `(batch, n_frames, n_species)` int8, as `Labels.window` gives them; `bag` `(batch,)` int32: windows of the
    same number belong together.
    """

    features: np.ndarray
    clip: np.ndarray
    frames: np.ndarray
    bag: np.ndarray


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
        What a value of the features is: `db`, `pcen`, `sample` or `embedding`.
    least_steps : int
        Batches that an epoch has at the least: with few boxes, each is visited more often.

    Attributes
    ----------
    rest : ReviewedTime
        Reviewed time beside the true boxes.
    counts : VisitCounts
        How often an epoch visits what.
    n_steps : int
        Batches of an epoch.

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
        least_steps: int = 0,
    ) -> None:
        self.store, self.labels, self.settings, self.unit = store, labels, settings, unit
        self.hop_s, self.batch_size, self.seed, self.least_steps = hop_s, batch_size, seed, least_steps
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
        self.rest = self._rest()
        self.sizes = np.array([self._size(box) for box in self.positives])
        if settings.place == "anywhere":
            self.positives = self.whole(recording_id for recording_id, _, _ in self.positives)
            self.refuted = self.whole(recording_id for recording_id, _, _ in self.refuted)
        self.counts = visit_counts(
            true["species"].tolist(),
            self.sizes,
            settings,
            n_refuted=len(self.refuted),
            n_rest=self.rest.n_windows,
            batch_size=batch_size,
            least_steps=least_steps,
        )
        self.n_steps = self.counts.n_steps

    def _rest(self) -> ReviewedTime:
        true = self.labels.boxes[self.labels.boxes["polarity"] == PRESENT]
        spans = {str(name): of[["onset_s", "offset_s"]].to_numpy(float) for name, of in true.groupby("recording_id")}
        how: Any = {"hop_s": self.hop_s, "n_window": self.n_frames}
        return ReviewedTime(
            (
                (name, first, stop)
                for name in self.labels.recording_ids
                if name in self.store and self.labels.reviewed(name)
                for first, stop in rest_of(spans.get(name, np.empty((0, 2))), self.store.n_frames(name), **how)
            ),
            **how,
        )

    def length_s(self, recording_id: str) -> float:
        """Return the length of a recording, to the frame."""
        return (self.store.n_frames(recording_id) - 1) * self.hop_s

    def _size(self, box: Box) -> int:
        """Return how many windows show a true box: one, or as many as cover its recording where no times are known."""
        name, onset_s, offset_s = box
        if not spans_all(onset_s, offset_s, self.length_s(name)):
            return 1
        return n_in_bag(self.store.n_frames(name), self.n_frames, most=min(MOST, self.batch_size))

    def whole(self, recording_ids: Iterable[str]) -> list[Box]:
        """Return boxes that span recordings from end to end."""
        return [(name, 0.0, self.store.n_frames(name) * self.hop_s) for name in recording_ids]

    def summary(self) -> str:
        """Say what an epoch consists of."""
        drawn = {
            "around them": round(self.counts.expected @ self.sizes),
            "around false-positive boxes": self.counts.n_refuted,
            "in the rest of reviewed time": self.counts.n_rest,
        }
        windows = ", ".join(f"{n} windows {where}" for where, n in drawn.items() if n)
        bags = int((self.sizes > 1).sum())
        boxes = f"{len(self.positives)} true-positive boxes of {len(self.labels.species)} classes"
        boxes += f" ({bags} without times, each shown as a bag of windows)" if bags else ""
        return f"{boxes}; an epoch: {windows}, in {self.n_steps} steps of {self.batch_size}"

    def visits(self, epoch: int, hard: np.ndarray = NO_PLACES) -> tuple[list[list[Box]], np.random.Generator]:
        """Return what an epoch visits, each visit as the windows that show it, and the generator of its draws.

        Parameters
        ----------
        epoch : int
            From 0.
        hard : numpy.ndarray
            Places in the rest of reviewed time of which half of its windows are drawn.
        """
        rng = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
        found = [self._shown(number, rng) for number in systematic(self.counts.expected, rng)]
        found += [[box] for box in taking_turns(self.refuted, self.counts.n_refuted, rng)]
        n_hard = self.counts.n_rest // 2 if len(hard) else 0
        places = [
            *self.rest.spread(self.counts.n_rest - n_hard, rng).tolist(),
            *taking_turns(hard.tolist(), n_hard, rng),
        ]
        return found + [[self.rest.window(place)] for place in places], rng

    def _shown(self, number: int, rng: np.random.Generator) -> list[Box]:
        box, n = self.positives[number], int(self.sizes[number])
        if n == 1:
            return [box]
        return bag(box[0], self.store.n_frames(box[0]), self.n_frames, n=n, hop_s=self.hop_s, shift=rng.random())

    def epoch(self, epoch: int, hard: np.ndarray = NO_PLACES) -> Iterator[Batch]:
        """Yield the `n_steps` batches of an epoch (0-based), all of full size.

        Every positive box is visited `repeats` times, or as often as the balance of species and the least number of
        steps ask; false-positive boxes take turns, and the rest of reviewed time is visited evenly. The last batch is
        filled up with boxes of the epoch's beginning, their windows placed elsewhere. `visits` has the arguments.
        """
        visits, rng = self.visits(epoch, hard)
        order = rng.permutation(len(visits))
        sizes = [len(visits[number]) for number in order]
        for chosen in pack(sizes, self.n_steps, self.batch_size):
            boxes = [box for place in chosen for box in visits[order[place]]]
            yield self.gather(boxes, rng, [sizes[place] for place in chosen])

    def gather(self, visits: list[Box], rng: np.random.Generator, sizes: list[int] | None = None) -> Batch:
        """Return windows that hold boxes, and what is known of them.

        Parameters
        ----------
        visits : list of Box
            At most a batch. If fewer, the batch is filled up with windows of which nothing is said.
        rng : numpy.random.Generator
            Places the windows.
        sizes : list of int, optional
            How many of the windows, in their order, belong together; by default each stands alone.
        """
        n_species, n = len(self.labels.species), max(len(visits), 1 if sizes is None else self.batch_size)
        features = np.empty((n, self.n_frames, self.store.n_bins), np.float16)
        clip = np.full((n, n_species), SOMEWHERE, np.int8)
        frames = np.full((n, self.n_frames, n_species), SOMEWHERE, np.int8)
        for row, box in enumerate(visits):
            first = self._placed(box, rng)
            features[row] = crop(self.store[box[0]], first, self.n_frames, silent=UNITS[self.unit].signal)
            clip[row], frames[row] = self.targets(box[0], first)
        features[len(visits) :] = features[0]
        return Batch(features, clip, frames, members(sizes or [1] * len(visits), n))

    def _placed(self, box: Box, rng: np.random.Generator) -> int:
        name, onset_s, offset_s = box
        span = onset_s / self.hop_s, offset_s / self.hop_s
        return place_window(*span, self.n_frames, self.store.n_frames(name), position=rng.random())

    def targets(self, recording_id: str, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the clip and the frame targets of the window that begins at a frame.

        Outside its recording, frames repeat the edge as features do; samples are silent there, and no mark goes on.
        """
        n_recording = self.store.n_frames(recording_id)
        clip, by_frame = self.labels.window(
            recording_id,
            first * self.hop_s,
            n_frames=self.n_frames,
            hop_s=self.hop_s,
            min_overlap=self.settings.min_overlap,
            length_s=self.length_s(recording_id),
        )
        frames = crop(by_frame[max(-first, 0) : n_recording - first], min(first, 0), self.n_frames)
        if UNITS[self.unit].signal and n_recording < self.n_frames:
            outside = np.arange(first, first + self.n_frames)
            silent = (outside < 0) | (outside >= n_recording)
            frames = np.where(silent[:, None], self.labels.unmarked(recording_id), frames)
        return clip, frames

    def dataset(self, first_epoch: int, n_epochs: int, hard: np.ndarray = NO_PLACES) -> tf.data.Dataset:
        """Return the batches of epochs `first_epoch` to `n_epochs - 1`, prepared while the last is trained on."""
        n_species = len(self.labels.species)
        size = self.batch_size

        def batches() -> Iterator[Batch]:
            for epoch in range(first_epoch, n_epochs):
                yield from self.epoch(epoch, hard)

        signature = Batch(
            tf.TensorSpec((size, self.n_frames, self.store.n_bins), tf.float16),
            tf.TensorSpec((size, n_species), tf.int8),
            tf.TensorSpec((size, self.n_frames, n_species), tf.int8),
            tf.TensorSpec((size,), tf.int32),
        )
        return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(4)
