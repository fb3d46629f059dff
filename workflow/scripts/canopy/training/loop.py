"""Training one fold: the loop, its averaged weights and its checkpoints."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from canopy.config.model import SOLVED
from canopy.config.training import Training
from canopy.features.shards import Store
from canopy.features.units import UNITS, Unit
from canopy.models.build import build_model
from canopy.runtime.errors import CanopyError
from canopy.training import hard_places
from canopy.training.augment.batch import augment
from canopy.training.checkpoints import Checkpoint
from canopy.training.label_weights import scales
from canopy.training.losses import sed_loss
from canopy.training.precision import computing_in, in_float32, settled, with_scaled_loss
from canopy.training.schedules import average_weight, learning_rate
from canopy.training.solved import solve
from canopy.training.windows import Windows

BATCH_NORM_STEPS = 50
SCALED_BY = 64
"""Batches of an epoch by which labels are weighed."""


class Epoch(NamedTuple):
    """One line of a training's history."""

    epoch: int
    loss: float
    learning_rate: float
    precision: str
    seconds: float


def feature_statistics(store: Store, recording_ids: Iterable[str], unit: Unit = "db") -> tuple[np.ndarray, np.ndarray]:
    """Return each bin's mean and deviation over recordings.

    Parameters
    ----------
    store : Store
        Features; recordings that it lacks are left out.
    recording_ids : iterable of str
        Whose frames count: the training recordings', not those held out.
    unit : str
        What a value is: `db`, `pcen`, `sample` or `embedding`.

    Returns
    -------
    mean, deviation : numpy.ndarray
        Shape `(n_bins,)`, from sums in float64. A deviation is at least what the unit says. All
        samples of a waveform have the same two.
    """
    count, total, square = 0, np.zeros(store.n_bins), np.zeros(store.n_bins)
    for block in store.blocks(recording_ids):
        count += len(block)
        total += block.sum(axis=0)
        square += np.square(block).sum(axis=0)
    mean, power = total / max(count, 1), square / max(count, 1)
    if UNITS[unit].signal:
        mean, power = np.full_like(mean, mean.mean()), np.full_like(power, power.mean())
    variance = np.maximum(power - mean**2, UNITS[unit].least_deviation ** 2)
    return mean, np.sqrt(np.maximum(variance, UNITS[unit].least_share ** 2 * variance.mean()))


def train(
    windows: Windows,
    settings: Training,
    *,
    bands: np.ndarray | None = None,
    checkpoint: Checkpoint | None = None,
    report: Callable[[Epoch, int, float], None] | None = None,
) -> tuple[keras.Model, list[Epoch]]:
    """Train a network from scratch, or go on from a checkpoint; a head whose weights can be solved for is solved.

    Parameters
    ----------
    windows : Windows
        What to train on.
    settings : Training
        How.
    bands : numpy.ndarray, optional
        Shape `(n_species, 2)`: the first and last bin of each species' boxes, for the mixing of bands.
    checkpoint : Checkpoint, optional
        Where each epoch's end is kept; if it holds one, training goes on from there and ends in the
        same network as without the interruption.
    report : callable, optional
        Called after each epoch with it, the number of epochs and the seconds left.

    Returns
    -------
    model : keras.Model
        With averaged weights and batch-normalisation statistics estimated anew for them.
    history : list of Epoch

    Raises
    ------
    CanopyError
        If the loss of an epoch is not finite, or a weight at its end.
    """
    labels, store = windows.labels, windows.store

    def build() -> keras.Model:
        return build_model(
            settings.model,
            n_frames=windows.n_frames,
            n_bins=store.n_bins,
            n_species=len(labels.species),
            seed=settings.seed,
        )

    mean, deviation = feature_statistics(store, labels.recording_ids, windows.unit)
    history: list[Epoch] = []
    precision = settled(settings)
    with computing_in(precision):
        model = build()
        model.get_layer("standardize").set_statistics(mean, deviation)
        if settings.model.head in SOLVED:
            began = time.perf_counter()
            loss = solve(model, windows, settings)
            return model, [Epoch(1, loss, 0.0, precision, time.perf_counter() - began)]
        trainer = _Trainer(model, windows, settings, fill=mean, bands=bands)
        if checkpoint is not None:
            history = [Epoch._make(row) for row in checkpoint.restore(trainer.state())]
        _epochs(trainer, history, precision, checkpoint, report)
        trainer.adopt_average()
    return in_float32(model, build), history


def _epochs(
    trainer: "_Trainer",
    history: list[Epoch],
    precision: str,
    checkpoint: Checkpoint | None,
    report: Callable[[Epoch, int, float], None] | None,
) -> None:
    """Train from the end of the history to the last epoch, and append to the history."""
    windows, how = trainer.windows, trainer.settings.optimizer
    n_steps = windows.n_steps * how.epochs
    ends = [*(hard_places.searches(how.epochs) if windows.counts.n_rest else []), how.epochs]
    batches: Iterator[Any] = iter(())
    for epoch in range(len(history), how.epochs):
        if epoch in (len(history), *ends):  # until the next search, the same hard places
            until = min(end for end in ends if end > epoch)
            batches = iter(windows.dataset(epoch, until, trainer.hard()))
        began, losses, rate = time.perf_counter(), [], 0.0
        for step in range(epoch * windows.n_steps, (epoch + 1) * windows.n_steps):
            rate = learning_rate(step, n_steps=n_steps, settings=how)
            losses.append(trainer.step(next(batches), step, rate))
        loss = float(np.mean([float(loss) for loss in losses]))
        if not (np.isfinite(loss) and trainer.finite()):  # the last step's loss knows nothing of what it did
            raise CanopyError(
                f"the training diverged: after epoch {epoch + 1} the loss is {loss}, or a weight is not finite; "
                f"lower `optimizer: learning_rate:` (it is {how.learning_rate:g})"
            )
        if epoch + 1 in ends[:-1]:
            trainer.search(epoch + 1)
        history.append(Epoch(epoch + 1, loss, rate, precision, time.perf_counter() - began))
        if checkpoint is not None:
            checkpoint.save(trainer.state(), [list(row) for row in history])
        if report is not None:
            pace = float(np.mean([row.seconds for row in history]))
            report(history[-1], how.epochs, pace * (how.epochs - epoch - 1))


class _Trainer:
    """The state that a training carries from step to step, and the step."""

    def __init__(
        self,
        model: keras.Model,
        windows: Windows,
        settings: Training,
        *,
        fill: np.ndarray,
        bands: np.ndarray | None = None,
    ) -> None:
        self.model, self.windows, self.settings, self.bands = model, windows, settings, bands
        self.fill = tf.constant(fill, tf.float32)
        how = settings.optimizer
        adam = keras.optimizers.AdamW(how.learning_rate, weight_decay=how.weight_decay, global_clipnorm=how.clip_norm)
        adam.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
        self.optimizer = with_scaled_loss(adam)
        self.optimizer.build(model.trainable_variables)
        self.average = [tf.Variable(variable.value, trainable=False) for variable in model.trainable_variables]
        self._norms = [
            layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
        ]
        batches = list(islice(windows.epoch(0), SCALED_BY))
        self.scales = scales(batches, unknown_weight=settings.loss.unknown_weight)
        self.places = tf.Variable(np.full(max(1, hard_places.n_kept(windows.rest)), -1, np.int64), trainable=False)
        self._graph = tf.function(self._step, jit_compile=False, autograph=False)
        self._infer = tf.function(self._clip_logits, autograph=False)
        self._forward = tf.function(self._batch_statistics, autograph=False)

    def state(self) -> list[Any]:
        """Return every variable that the rest of the training depends on, in a fixed order.

        The network's weights and the seeds of its dropout, the optimizer's moments and step, the averages, the hard
        places.
        """
        return [*self.model.variables, *self.optimizer.variables, *self.average, self.places]

    def _clip_logits(self, features: Any) -> Any:
        return self.model(features, training=False)["clip"]

    def hard(self) -> np.ndarray:
        """Return the hard places found last."""
        return hard_places.found(self.places.numpy())

    def search(self, epoch: int) -> None:
        """Look for hard places with the network as it is after so many epochs."""
        infer = self._infer
        places = hard_places.search(
            self.windows, lambda features: infer(tf.cast(features, tf.float32)).numpy(), epoch=epoch
        )
        self.places.assign(places)

    def finite(self) -> bool:
        """Say whether all weights are numbers."""
        return all(bool(tf.reduce_all(tf.math.is_finite(one.value))) for one in self.model.trainable_variables)

    def step(self, batch: Any, step: int, rate: float) -> Any:
        """Take one step; return its loss, not yet waited for."""
        seed = tf.constant([self.settings.seed, step], tf.int32)
        n_steps = self.windows.n_steps * self.settings.optimizer.epochs
        decay = average_weight(step, n_steps=n_steps, settings=self.settings.optimizer)
        return self._graph(batch, seed, tf.constant(rate, tf.float32), tf.constant(decay, tf.float32))

    def _augmented(self, batch: Any, seed: Any) -> tuple[Any, Any, Any]:
        return augment(
            tf.cast(batch.features, tf.float32),
            batch.clip,
            batch.frames,
            seed=seed,
            fill=self.fill,
            hop_s=self.windows.hop_s,
            settings=self.settings.augment,
            unit=self.windows.unit,
            bands=self.bands,
        )

    def _step(self, batch: Any, seed: Any, rate: Any, decay: Any) -> Any:
        features, clip, frames = self._augmented(batch, seed)
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            loss = sed_loss(self.model(features, training=True), batch, (clip, frames), self.settings.loss, self.scales)
            scaled = self.optimizer.scale_loss(loss)
        self.optimizer.learning_rate = rate
        inner = [variable.value for variable in variables]  # TensorFlow's own, which may be unconnected
        gradients = tape.gradient(scaled, inner, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        for average, variable in zip(self.average, variables, strict=True):
            average.assign(decay * average + (1 - decay) * variable.value)
        return loss

    def _batch_statistics(self, batch: Any, seed: Any) -> list[Any]:
        """Return the mean and variance of one batch at each batch normalisation, whose momentum must be 0."""
        features, _, _ = self._augmented(batch, seed)
        self.model(features, training=True)
        return [tf.identity(variable.value) for norm in self._norms for variable in norm.non_trainable_variables]

    def adopt_average(self) -> None:
        """Put the averaged weights into the network, and the means of its batch statistics under them.

        The moving statistics belong to the weights as they were at each step, so they are estimated
        anew: the plain mean over at least `BATCH_NORM_STEPS` batches of augmented windows (Izmailov et
        al. 2018, "Averaging weights leads to wider optima and better generalization").
        """
        if self.settings.optimizer.average == "none":
            return
        for average, variable in zip(self.average, self.model.trainable_variables, strict=True):
            variable.assign(average)
        if not self._norms:
            return
        momenta = [norm.momentum for norm in self._norms]
        for norm in self._norms:
            norm.momentum = 0.0
        n_epochs = -(-BATCH_NORM_STEPS // self.windows.n_steps)
        first = self.settings.optimizer.epochs
        statistics = [
            self._forward(batch, tf.constant([self.settings.seed, -1 - step], tf.int32))
            for step, batch in enumerate(self.windows.dataset(first, first + n_epochs, self.hard()))
        ]
        moving = [variable for norm in self._norms for variable in norm.non_trainable_variables]
        for variable, values in zip(moving, zip(*statistics, strict=True), strict=True):
            variable.assign(np.mean(values, axis=0, dtype=np.float64))
        for norm, momentum in zip(self._norms, momenta, strict=True):
            norm.momentum = momentum
