"""Training: what it computes at each step, and that an interruption leaves no trace."""

from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pytest
import tensorflow as tf

from canopy.config.loss import Loss
from canopy.config.model import Model, Waveform
from canopy.config.training import Training
from canopy.features.units import UNITS
from canopy.models.build import build_model
from canopy.runtime.errors import CanopyError
from canopy.training.augment.batch import augment
from canopy.training.checkpoints import Checkpoint
from canopy.training.loop import BATCH_NORM_STEPS, Epoch, _Trainer, feature_statistics, train
from canopy.training.precision import ONEDNN, computing_in
from canopy.training.schedules import learning_rate
from canopy.training.targets import Labels
from canopy.training.windows import Windows
from tiny import HOP_S, MODEL, SPECIES, calls, make_store, training

Result = tuple[list[np.ndarray], list[Epoch]]


class Killed(Exception):
    """What ends a training in its middle."""


@pytest.fixture(scope="module", autouse=True)
def deterministic() -> None:
    tf.config.experimental.enable_op_determinism()


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Windows:
    """Return windows of recordings that are reviewed from end to end: some are where a search found hard places."""
    recordings, known = calls(6, n_frames=200)
    settings = training()
    store = make_store(tmp_path_factory.mktemp("store"), recordings)
    reviewed = Labels(known.boxes.assign(reviewed="all", reviewed_species=""), SPECIES)
    made = Windows(store, reviewed, settings.crops, hop_s=HOP_S, batch_size=4, seed=settings.seed)
    assert made.counts.n_rest >= 2
    return made


@pytest.fixture
def trainer(windows: Windows) -> _Trainer:
    model = build_model(MODEL, n_frames=64, n_bins=16, n_species=3, seed=1)
    return _Trainer(model, windows, training(), fill=np.full(16, -60.0))


def run(
    windows: Windows,
    settings: Training,
    *,
    checkpoint: Checkpoint | None = None,
    killed_after: int | None = None,
) -> Result:
    def report(epoch: Epoch, n_epochs: int, left_s: float) -> None:
        if epoch.epoch == killed_after:
            raise Killed

    model, history = train(windows, settings, checkpoint=checkpoint, report=report)
    return [np.asarray(variable).copy() for variable in model.weights], history


@pytest.fixture(scope="module")
def undisturbed(windows: Windows, deterministic: None) -> Result:
    return run(windows, training())


def assert_same_weights(one: Result, other: Result) -> None:
    for a, b in zip(one[0], other[0], strict=True):
        np.testing.assert_array_equal(a, b)


def without_seconds(history: list[Epoch]) -> list[tuple[Any, ...]]:
    return [tuple(row)[:-1] for row in history]


# Statistics.


def test_statistics_are_those_of_the_training_recordings(tmp_path: Path) -> None:
    recordings, _ = calls(4)
    store = make_store(tmp_path, recordings)
    chosen = np.concatenate([recordings[name].astype(np.float16) for name in ("r1", "r3")]).astype(np.float64)
    mean, deviation = feature_statistics(store, ["r1", "r3", "without features"])
    assert mean.shape == deviation.shape == (16,)
    np.testing.assert_allclose(mean, chosen.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(deviation, chosen.std(axis=0), rtol=1e-8)


def test_a_band_that_is_silent_in_training_is_not_magnified(tmp_path: Path) -> None:
    values = np.full((50, 3), -100.0)
    values[:, 1] += np.linspace(0, 1e-2, 50)
    values[:, 2] += np.linspace(0, 40, 50)
    mean, deviation = feature_statistics(make_store(tmp_path, {"r": values}), ["r"])
    assert deviation[:2].tolist() == [UNITS["db"].least_deviation] * 2
    assert deviation[2] == pytest.approx(values[:, 2].std(), rel=1e-3)
    assert mean[0] == -100


def test_a_waveform_has_one_mean_and_one_deviation_and_may_be_quiet(tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(1e-4, 1e-3, (300, 16)).astype(np.float32)
    mean, deviation = feature_statistics(make_store(tmp_path, {"r": values}), ["r"], "sample")
    np.testing.assert_allclose(mean, np.full(16, values.mean()), rtol=1e-2)
    np.testing.assert_allclose(deviation, np.full(16, values.std()), rtol=1e-3)
    silent = feature_statistics(make_store(tmp_path / "silent", {"r": np.zeros((3, 4))}), ["r"], "sample")
    assert np.all(silent[1] > 0)


# Whole trainings.


def test_training_lowers_the_loss_and_follows_the_schedule(windows: Windows, undisturbed: Result) -> None:
    _, history = undisturbed
    how = training().optimizer
    assert [row.epoch for row in history] == [1, 2, 3, 4]
    assert history[-1].loss < history[0].loss
    last_steps = [epoch * windows.n_steps - 1 for epoch in range(1, 5)]
    expected = [learning_rate(step, n_steps=4 * windows.n_steps, settings=how) for step in last_steps]
    assert [row.learning_rate for row in history] == expected
    assert all(row.seconds > 0 for row in history)


def test_a_training_killed_in_its_middle_and_at_its_very_end_ends_in_the_same_network(
    windows: Windows, undisturbed: Result, tmp_path: Path
) -> None:
    """Hard places are in the checkpoint too: a resumed training draws from those that an undisturbed one draws from."""
    kept = Checkpoint(tmp_path / "fold0.npz", "job")
    for killed_after in (2, 4):
        with pytest.raises(Killed):
            run(windows, training(), checkpoint=kept, killed_after=killed_after)
        with np.load(tmp_path / "fold0.npz") as state:
            assert state[state.files[-1]].min() >= 0, "a search has been made"
        keras.utils.set_random_seed(999)
    last = run(windows, training(), checkpoint=kept, killed_after=4)
    assert_same_weights(last, undisturbed)
    assert without_seconds(last[1]) == without_seconds(undisturbed[1])


def test_a_diverging_training_says_so(windows: Windows) -> None:
    what = r"diverged: after epoch \d the loss is (nan|inf), or a weight is not finite"
    with pytest.raises(CanopyError, match=f"{what}; lower `optimizer: learning_rate:`"):
        run(windows, training(learning_rate=1e30))


def test_a_training_whose_last_step_breaks_it_says_so(
    trainer: _Trainer, windows: Windows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def breaks(self: _Trainer, *_: object) -> float:
        self.model.trainable_variables[0].assign(np.full(self.model.trainable_variables[0].shape, np.inf))
        return 0.5

    monkeypatch.setattr(_Trainer, "step", breaks)
    kept = Checkpoint(tmp_path / "kept.npz", "")
    with pytest.raises(CanopyError, match=r"after epoch 1 the loss is 0\.5, or a weight is not finite; lower"):
        run(windows, training(), checkpoint=kept)
    assert not (tmp_path / "kept.npz").exists()


@pytest.mark.parametrize("without", ["clip", "frames"])
def test_either_loss_may_be_left_out(without: str, windows: Windows) -> None:
    other = {"clip": "frames", "frames": "clip"}[without]
    loss = Loss.model_validate({without: 0, other: "bce"})
    settings = training(epochs=1).model_copy(update={"loss": loss})
    weights, history = run(windows, settings)
    assert np.isfinite(history[-1].loss)
    assert all(np.isfinite(weight).all() for weight in weights)


# Steps.


def test_the_state_holds_weights_seeds_optimizer_and_averages(trainer: _Trainer) -> None:
    state = trainer.state()
    held = {id(variable) for variable in state}
    assert len(held) == len(state)
    for variable in (*trainer.model.weights, *trainer.optimizer.variables, *trainer.average, trainer.places):
        assert id(variable) in held
    assert sum("seed_generator" in getattr(variable, "path", "") for variable in state) == 2


def test_a_step_moves_all_that_the_state_should_remember(trainer: _Trainer, windows: Windows) -> None:
    before = [np.asarray(variable).copy() for variable in trainer.state()]
    trainer.step(next(iter(windows.dataset(0, 1))), 0, 1e-2)
    still = [
        getattr(variable, "path", "average")
        for variable, value in zip(trainer.state(), before, strict=True)
        if np.array_equal(variable, value) and variable is not trainer.places  # which searches move
    ]
    assert set(still) <= {"standardize/mean", "standardize/deviation"}


def test_steps_in_bfloat16_are_repeatable_and_near_those_in_float32(trainer: _Trainer, windows: Windows) -> None:
    batches = list(windows.dataset(0, 1))[:2]
    begin = [np.asarray(variable).copy() for variable in trainer.state()]

    def steps() -> tuple[list[float], list[np.ndarray]]:
        for variable, value in zip(trainer.state(), begin, strict=True):
            variable.assign(value)
        losses = [float(trainer.step(batch, number, 1e-2)) for number, batch in enumerate(batches)]
        return losses, [np.asarray(variable).copy() for variable in trainer.state()]

    with computing_in("bfloat16"):
        assert tf.config.optimizer.get_experimental_options()[ONEDNN]
        losses, state = steps()
        for one, other in zip(steps()[1], state, strict=True):
            np.testing.assert_array_equal(one, other)
    assert not tf.config.optimizer.get_experimental_options()[ONEDNN]
    exact = _Trainer(trainer.model, windows, training(), fill=np.full(16, -60.0))
    for variable, value in zip(trainer.model.variables, begin, strict=False):
        variable.assign(value)
    in_float32 = [float(exact.step(batch, number, 1e-2)) for number, batch in enumerate(batches)]
    np.testing.assert_allclose(losses, in_float32, rtol=0.02)


def test_the_average_follows_the_weights_by_its_decay(trainer: _Trainer, windows: Windows) -> None:
    expected = [np.asarray(variable, np.float64) for variable in trainer.model.trainable_variables]
    for step, batch in zip(range(3), windows.dataset(0, 2), strict=False):
        trainer.step(batch, step, 1e-2)
        decay = min(0.99, (1 + step) / (10 + step))
        now = [np.asarray(variable, np.float64) for variable in trainer.model.trainable_variables]
        expected = [decay * old + (1 - decay) * new for old, new in zip(expected, now, strict=True)]
    for average, value in zip(trainer.average, expected, strict=True):
        np.testing.assert_allclose(average, value, atol=1e-6)


def test_the_adopted_average_has_the_mean_statistics_of_its_batches(trainer: _Trainer, windows: Windows) -> None:
    settings = training()
    trainer.average[0].assign(trainer.average[0] * 1.5)
    trainer.adopt_average()
    model = trainer.model
    np.testing.assert_array_equal(model.get_layer("conv1a").kernel, trainer.average[0])
    first_convolution = keras.Model(model.input, model.get_layer("conv1a").output)
    means, variances = [], []
    n_epochs = -(-BATCH_NORM_STEPS // windows.n_steps)
    for step, batch in enumerate(windows.dataset(settings.optimizer.epochs, settings.optimizer.epochs + n_epochs)):
        features, _, _ = augment(
            tf.cast(batch.features, tf.float32),
            batch.clip,
            batch.frames,
            seed=tf.constant([settings.seed, -1 - step]),
            fill=trainer.fill,
            hop_s=HOP_S,
            settings=settings.augment,
        )
        maps = np.asarray(first_convolution(features), np.float64)
        means.append(maps.mean(axis=(0, 1, 2)))
        variances.append(maps.var(axis=(0, 1, 2)))
    assert len(means) >= BATCH_NORM_STEPS
    norm = model.get_layer("norm1a")
    np.testing.assert_allclose(norm.moving_mean, np.mean(means, axis=0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(norm.moving_variance, np.mean(variances, axis=0), rtol=1e-3)
    assert norm.momentum == 0.9


def test_without_averaging_the_last_weights_stay(windows: Windows) -> None:
    model = build_model(MODEL, n_frames=64, n_bins=16, n_species=3, seed=1)
    trainer = _Trainer(model, windows, training(average="none"), fill=np.zeros(16))
    trainer.step(next(iter(windows.dataset(0, 1))), 0, 1e-2)
    before = model.get_weights()
    trainer.adopt_average()
    for value, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, kept)


def test_the_last_steps_of_stochastic_weight_averaging_are_averaged_plainly(windows: Windows) -> None:
    settings = training(average="swa", average_share=0.25)
    model = build_model(MODEL, n_frames=64, n_bins=16, n_species=3, seed=1)
    trainer = _Trainer(model, windows, settings, fill=np.zeros(16))
    n_steps = windows.n_steps * settings.optimizer.epochs
    batch = next(iter(windows.dataset(0, 1)))
    kernels = []
    for step in range(n_steps):
        trainer.step(batch, step, 1e-2)
        kernels.append(np.asarray(model.trainable_variables[0]))
    last = round(0.25 * n_steps)
    assert last > 1
    np.testing.assert_allclose(trainer.average[0], np.mean(kernels[-last:], axis=0), rtol=1e-4, atol=1e-6)


def test_bands_are_mixed_in_training_where_the_settings_say_so(windows: Windows) -> None:
    settings = training()
    settings = settings.model_copy(
        update={"augment": settings.augment.model_copy(update={"band_mix_probability": 1.0})}
    )
    model = build_model(MODEL, n_frames=64, n_bins=16, n_species=3, seed=1)
    batch, seed = next(iter(windows.dataset(0, 1))), tf.constant([1, 2])
    bands = np.array([[0, 4], [5, 9], [10, 15]])
    mixed, plain = (
        _Trainer(model, windows, settings, fill=np.zeros(16), bands=given)._augmented(batch, seed)[0]
        for given in (bands, None)
    )
    assert np.any(np.asarray(mixed) != np.asarray(plain))


def test_weight_decay_spares_biases_and_normalisation(trainer: _Trainer) -> None:
    variables = trainer.model.trainable_variables
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    trainer.optimizer.learning_rate = 0.5
    trainer.optimizer.apply_gradients([(tf.zeros(variable.shape), variable) for variable in variables])
    for variable in variables:
        expected = 1 - 0.5 * 0.01 if variable.name == "kernel" else 1.0
        np.testing.assert_allclose(np.asarray(variable), expected, rtol=1e-6, err_msg=variable.path)


def test_gradients_are_scaled_down_to_the_norm(windows: Windows) -> None:
    model = build_model(MODEL, n_frames=64, n_bins=16, n_species=3, seed=1)
    trainer = _Trainer(model, windows, training(clip_norm=2.0), fill=np.zeros(16))
    variables = model.trainable_variables
    trainer.optimizer.apply_gradients([(100 * tf.ones(variable.shape), variable) for variable in variables])
    momenta = [np.asarray(v) for v in trainer.optimizer.variables if v.path.endswith("_momentum")]
    norm = np.sqrt(sum(np.sum(np.square(momentum)) for momentum in momenta)) / (1 - trainer.optimizer.beta_1)
    assert norm == pytest.approx(2.0, rel=1e-4)


@pytest.mark.parametrize("head", ["sed", "clip"])
def test_a_network_on_the_waveform_learns(head: Literal["sed", "clip"], tmp_path: Path, deterministic: None) -> None:
    rng = np.random.default_rng(4)
    recordings, known = calls(6)
    levels = {name: values.mean(axis=1, keepdims=True) for name, values in recordings.items()}
    waves = {
        name: (rng.normal(0, 1, values.shape) * 10 ** (levels[name] / 20)).astype(np.float32)
        for name, values in recordings.items()
    }
    settings = training(epochs=6, learning_rate=0.01)
    small = Waveform(bands=4, filters=(4, 8), kernel_steps=3, stride_samples=2, average=1, pool=4)
    model = Model(backbone="waveform", waveform=small, head=head, head_units=8)
    settings = settings.model_copy(update={"model": model})
    store = make_store(tmp_path, waves)
    windows = Windows(store, known, settings.crops, hop_s=HOP_S, batch_size=4, seed=1, unit="sample")
    network, history = train(windows, settings)
    assert np.all(np.isfinite([row.loss for row in history]))
    assert history[-1].loss < history[0].loss
    deviation = np.asarray(network.get_layer("standardize").deviation)
    assert deviation == pytest.approx(np.full(16, np.concatenate(list(waves.values())).std()), rel=1e-2)


def test_a_frozen_layer_keeps_its_statistics_when_the_average_is_adopted(windows: Windows) -> None:
    model = build_model(MODEL, n_frames=64, n_bins=16, n_species=3, seed=1)
    norm = model.get_layer("norm1a")
    norm.trainable = False
    before = [np.array(weight) for weight in norm.get_weights()]
    _Trainer(model, windows, training(), fill=np.zeros(16)).adopt_average()
    for old, new in zip(before, norm.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
