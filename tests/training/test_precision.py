"""What a network computes in: on a processor, and, by the same code as there, on a GPU."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from canopy.config.model import Image, Model, Waveform
from canopy.config.optimizer import Settled
from canopy.models.build import build_model
from canopy.training.checkpoints import Checkpoint
from canopy.training.loop import Epoch, train
from canopy.training.precision import ONEDNN, computing_in, in_float32, settled, with_scaled_loss
from canopy.training.windows import Windows
from tiny import HOP_S, MODEL, calls, make_store, training

HALVES: tuple[Settled, ...] = ("bfloat16", "float16")
ALL: tuple[Settled, ...] = ("float32", *HALVES)
MODELS = [
    MODEL,
    MODEL.model_copy(update={"head": "clip"}),
    Model(backbone="waveform", waveform=Waveform(bands=4, filters=(8, 8), kernel_steps=3, stride_samples=2, average=1)),
    Model(backbone="mobilenet_v3_large", image=Image(rows=32, columns=32)),
]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let TensorFlow name a GPU; the networks compute on the processor all the same."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["a GPU"])


def build(settings: Model = MODEL) -> keras.Model:
    return build_model(settings, n_frames=64, n_bins=16, n_species=3, seed=1)


def variables_in(model: keras.Model) -> set[str]:
    return {variable.dtype for variable in model.weights if "seed" not in variable.path}


@pytest.mark.parametrize(
    ("settings", "precision"),
    [*zip(MODELS, 2 * HALVES, strict=True), (MODEL, "float16")],
    ids=lambda given: given if isinstance(given, str) else f"{given.backbone}-{given.head}",
)
def test_on_a_gpu_all_layers_but_the_heads_last_compute_in_half_precision(
    settings: Model, precision: Settled, gpu: None
) -> None:
    features = np.random.default_rng(1).normal(size=(2, 64, 16)).astype(np.float32)
    exact = build(settings)(features, training=False)
    with computing_in(precision):
        model = build(settings)
        convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        assert convolutions
        assert {layer.compute_dtype for layer in convolutions if layer.name != "filterbank"} == {precision}
        with tf.GradientTape() as tape:
            logits = model(features, training=True)
            loss = tf.reduce_mean(tf.square(logits["clip"]))
        gradients = tape.gradient(loss, model.trainable_variables)
    assert {value.dtype for value in logits.values()} == {tf.float32}
    assert variables_in(model) == {"float32"}
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    near = in_float32(model, lambda: build(settings))
    assert {layer.compute_dtype for layer in near.layers} == {"float32"}
    for one, other in zip(near.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    fresh = build(settings)(features, training=False)
    for name, value in fresh.items():
        np.testing.assert_array_equal(value, exact[name])  # nothing of the policy is left


def test_a_training_in_half_precision_gives_nearly_the_network_of_float32(gpu: None, tmp_path: Any) -> None:
    recordings, labels = calls(6)
    settings = training(epochs=2, dropout=0.0)  # whose draws would differ by precision
    store = make_store(tmp_path, recordings)
    windows = Windows(store, labels, settings.crops, hop_s=HOP_S, batch_size=4, seed=settings.seed)
    exact, history = train(windows, settings)
    for precision in HALVES:
        half = settings.model_copy(update={"optimizer": settings.optimizer.model_copy(update={"precision": precision})})
        model, found = train(windows, half)
        np.testing.assert_allclose([one.loss for one in found], [one.loss for one in history], rtol=0.05)
        assert [one.loss for one in found] != [one.loss for one in history]
        assert model.to_json() == exact.to_json()


def test_a_processor_convolves_in_bfloat16_and_knows_no_float16() -> None:
    for precision in ALL:
        with computing_in(precision, gpu=False):
            assert keras.config.dtype_policy().name == "float32"
            assert tf.config.optimizer.get_experimental_options()[ONEDNN] is (precision == "bfloat16")


@pytest.mark.parametrize(
    ("flags", "model", "on_gpu", "expected"),
    [
        ({"avx512f", "avx512_bf16"}, {}, False, "bfloat16"),
        ({"amx_bf16"}, {"backbone": "mobilenet_v3_large"}, False, "bfloat16"),
        ({"amx_bf16"}, {"backbone": "waveform"}, False, "float32"),
        ({"amx_bf16"}, {"backbone": "none"}, False, "float32"),
        ({"amx_bf16"}, {"backbone": "none", "head": "logistic"}, False, "float32"),
        ({"avx2", "bf16"}, {}, False, "float32"),
        (set(), {}, False, "float32"),
        ({"amx_bf16"}, {}, True, "float32"),
    ],
)
def test_auto_is_bfloat16_where_the_processor_has_it_for_networks_that_convolve(
    flags: set[str],
    model: dict[str, str],
    on_gpu: bool,
    expected: Settled,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("canopy.training.precision.processor_flags", lambda: flags)
    given = training(precision="auto").model_copy(update={"model": Model.model_validate(model)})
    assert settled(given, gpu=on_gpu) == expected
    assert [settled(training(precision=one), gpu=on_gpu) for one in ALL] == list(ALL)


def test_the_history_tells_what_each_epoch_was_computed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings, labels = calls(6)
    settings = training(epochs=2, precision="auto")
    windows = Windows(make_store(tmp_path, recordings), labels, settings.crops, hop_s=HOP_S, batch_size=4, seed=1)
    kept = Checkpoint(tmp_path / "kept.npz", "the same")

    def stop(epoch: Epoch, n_epochs: int, left_s: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("canopy.training.precision.processor_flags", lambda: {"avx512_bf16"})
    with pytest.raises(KeyboardInterrupt):
        train(windows, settings, checkpoint=kept, report=stop)
    monkeypatch.setattr("canopy.training.precision.processor_flags", set)  # it goes on on another machine
    assert [epoch.precision for epoch in train(windows, settings, checkpoint=kept)[1]] == ["bfloat16", "float32"]


def test_afterwards_all_is_as_before_even_after_a_failure() -> None:
    for gpu in (False, True):
        with pytest.raises(ZeroDivisionError), computing_in("bfloat16", gpu=gpu):
            raise ZeroDivisionError
        assert keras.config.dtype_policy().name == "float32"
        assert not tf.config.optimizer.get_experimental_options().get(ONEDNN, False)


@pytest.mark.parametrize("precision", HALVES)
def test_gradients_too_small_for_float16_arrive(precision: Settled) -> None:
    variable = keras.Variable([0.0])
    with computing_in(precision, gpu=True):
        optimizer = with_scaled_loss(keras.optimizers.SGD(1.0))
    optimizer.build([variable])
    with tf.GradientTape() as tape:
        half = tf.cast(variable.value, precision) * tf.cast(1e-5, precision)
        loss = optimizer.scale_loss(tf.cast(half[0], tf.float32) * 1e-3)
    optimizer.apply_gradients([(tape.gradient(loss, variable.value), variable)])
    assert -float(variable.value[0]) == pytest.approx(1e-8, rel=0.01)
