"""What every layer, loss and model must pass, whatever it computes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from canopy.config.loss import Loss as SedLoss
from canopy.models.build import load_model, save_model
from canopy.training.label_weights import scales
from canopy.training.losses import sed_loss
from canopy.training.windows import Batch

Loss = Callable[[Any, Any], Any]


def as_list(outputs: Any) -> list[Any]:
    return tf.nest.flatten(outputs)


def random_weights(model: Any, seed: int = 0) -> None:
    """Replace every weight by a small random one, so that none is neutral (zero, one) by its initial value."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        variable.assign(rng.uniform(0.2, 0.6, variable.shape) * rng.choice([-1, 1], variable.shape))
        if "variance" in variable.path or "deviation" in variable.path:
            variable.assign(rng.uniform(0.5, 2.0, variable.shape))


def check_gradients(function: Callable[[], Any], variables: list[Any]) -> None:
    """Check that the gradient of the outputs' weighted sum is finite at each variable, and not zero everywhere."""
    with tf.GradientTape() as tape:
        for variable in variables:
            tape.watch(variable.value if isinstance(variable, keras.Variable) else variable)
        outputs = as_list(function())
        rng = np.random.default_rng(1)
        total = tf.add_n([tf.reduce_sum(output * rng.uniform(0.5, 1.5, output.shape)) for output in outputs])
    values = [variable.value if isinstance(variable, keras.Variable) else variable for variable in variables]
    for variable, gradient in zip(variables, tape.gradient(total, values), strict=True):
        name = getattr(variable, "path", "input")
        assert gradient is not None, f"no gradient reaches {name}"
        assert np.all(np.isfinite(gradient)), f"the gradient at {name} is not finite"
        assert np.any(np.asarray(gradient) != 0), f"the gradient at {name} is zero"


def check_layer(layer: keras.layers.Layer, inputs: Any, *, shape: tuple[int, ...]) -> np.ndarray:
    """Check shape, dtype, graph, any batch size, gradients to inputs and weights, and a round trip through JSON.

    `inputs` is an array or a tuple of arrays, batch first; returns the layer's output.
    """
    tensors = tf.nest.map_structure(lambda values: tf.constant(values, tf.float32), inputs)
    output = layer(tensors)
    assert output.shape == shape
    assert output.dtype == tf.float32
    assert np.all(np.isfinite(output))
    np.testing.assert_allclose(tf.function(layer)(tensors), output, atol=1e-6, rtol=1e-5)
    one = layer(tf.nest.map_structure(lambda values: values[:1], tensors))
    np.testing.assert_allclose(one, output[:1], atol=1e-6, rtol=1e-5)
    check_gradients(lambda: layer(tensors), [*as_list(tensors), *layer.trainable_variables])

    symbolic = tf.nest.map_structure(lambda values: keras.Input(values.shape[1:]), inputs)
    model = keras.Model(symbolic, layer(symbolic))
    assert model.output_shape == (None, *shape[1:])
    again = keras.models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(tensors), model(tensors))
    return np.asarray(output)


def check_masked_loss(loss: Loss, labels: np.ndarray, logits: np.ndarray) -> None:
    """Check a loss over ternary labels that ignores unknown ones, of which `labels` must hold some."""
    unknown = labels == 0
    assert unknown.any()
    assert not unknown.all()

    def gradient(values: np.ndarray, of: np.ndarray = labels) -> np.ndarray:
        tensor = tf.constant(values, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            total = loss(of, tensor)
        return np.asarray(tape.gradient(total, tensor))

    value = loss(labels, logits)
    assert value.shape == ()
    assert value.dtype == tf.float32
    assert float(value) > 0
    np.testing.assert_allclose(tf.function(loss)(tf.constant(labels), tf.constant(logits)), value, rtol=1e-6)
    assert np.all(gradient(logits)[unknown] == 0), "an unknown label gets a gradient"
    assert np.all(gradient(logits)[~unknown] != 0), "a known label gets no gradient"
    assert np.all(np.sign(gradient(logits)[~unknown]) == -labels[~unknown]), "a gradient points the wrong way"
    elsewhere = np.where(unknown, logits + 100, logits).astype(np.float32)
    assert float(loss(labels, elsewhere)) == float(value), "an unknown label has influence"
    better = (10.0 * labels).astype(np.float32)
    assert float(loss(labels, better)) < 1e-3 < float(loss(labels, -better))
    for size in (1e2, 1e4, 1e30):
        for sign in (-1, 1):
            extreme = np.full(labels.shape, sign * size, np.float32)
            assert np.isfinite(loss(labels, extreme))
            assert np.all(np.isfinite(gradient(extreme)))
    assert float(loss(np.zeros_like(labels), logits)) == 0
    assert np.all(gradient(logits, np.zeros_like(labels)) == 0)


def known_loss(outputs: Any, clip: np.ndarray, frames: np.ndarray, settings: SedLoss) -> Any:
    """Return the loss of windows that stand alone and were not augmented."""
    batch = Batch(np.empty(0), clip, frames, np.arange(len(clip), dtype=np.int32))
    return sed_loss(outputs, batch, (clip, frames), settings, scales([batch], unknown_weight=settings.unknown_weight))


def check_model(
    model: keras.Model,
    features: np.ndarray,
    shapes: dict[str, tuple[int, ...]],
    folder: Path,
    *,
    as_built: bool = False,
) -> None:
    """Check shapes, dtypes, a finite loss, gradients that reach every trainable variable, and saving and loading.

    `as_built`: with the weights that it has; deep networks overflow under `random_weights`.
    """
    if not as_built:
        random_weights(model)
    outputs = model(features, training=False)
    assert {name: tuple(value.shape) for name, value in outputs.items()} == shapes
    assert {value.dtype for value in outputs.values()} == {tf.float32}
    assert all(np.all(np.isfinite(value)) for value in outputs.values())
    check_gradients(lambda: model(features, training=True), model.trainable_variables)
    rng = np.random.default_rng(2)
    clip, frames = (rng.choice([-1, 1], shapes[name]) for name in ("clip", "frames"))
    assert np.isfinite(known_loss(model(features, training=True), clip, frames, SedLoss()))

    save_model(model, folder / "model.json", folder / "model.weights.h5")
    again = load_model(folder / "model.json", folder / "model.weights.h5")
    assert again.count_params() == model.count_params()
    for name, values in model(features, training=False).items():
        np.testing.assert_array_equal(again(features, training=False)[name], values)
    save_model(again, folder / "again.json", folder / "again.weights.h5")
    assert (folder / "again.json").read_bytes() == (folder / "model.json").read_bytes()
    assert (folder / "again.weights.h5").read_bytes() == (folder / "model.weights.h5").read_bytes()
