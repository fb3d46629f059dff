"""Where a network is cut, what its trunk sees, and the batch normalisation in it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from canopy.models.build import build_model
from canopy.models.normalization import BatchNormalization
from canopy.models.trunk import Reach, reach_of, split
from tiny import MODEL

RNG = np.random.default_rng(5)


def strided(maps: keras.KerasTensor) -> keras.KerasTensor:
    maps = layers.ZeroPadding2D(3)(maps)
    maps = layers.Conv2D(16, 7, strides=2)(maps)
    maps = layers.ZeroPadding2D(1)(maps)
    maps = layers.MaxPooling2D(3, strides=2)(maps)
    # 16 channels, as every backbone has: with 4 or 8, oneDNN's gradient of a 1x1 kernel at stride 2 spoils the heap.
    shortcut = layers.Conv2D(16, 1, strides=2)(maps)
    maps = layers.DepthwiseConv2D(3, padding="same", strides=2)(maps)
    maps = layers.SeparableConv2D(16, 3, padding="same", dilation_rate=2)(maps)
    return layers.Add()([maps, shortcut])


def blocks(maps: keras.KerasTensor) -> keras.KerasTensor:
    for _ in range(2):
        maps = layers.Conv2D(3, 3, padding="same")(maps)
        maps = layers.ReLU()(BatchNormalization()(maps))
        maps = layers.AveragePooling2D(2)(maps)
    return layers.Concatenate()([maps, layers.Conv2D(2, (5, 1), padding="same")(maps)])


def excited(maps: keras.KerasTensor) -> keras.KerasTensor:
    gate = layers.GlobalAveragePooling2D(keepdims=True)(maps)
    return layers.Multiply()([maps, layers.Conv2D(1, 1, activation="sigmoid")(gate)])


def unpadded(maps: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Conv2D(3, 3, strides=2)(maps)


def joined_in_time(maps: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Concatenate(axis=1)([maps, maps])


def trunk_of(body: object, n_frames: int | None = 160) -> keras.Model:
    keras.utils.set_random_seed(4)
    image = keras.Input((n_frames, 16, 1))
    return keras.Model(image, body(image))  # type: ignore[operator]


@pytest.mark.parametrize(("body", "stride"), [(strided, 8), (blocks, 4)])
def test_a_step_depends_on_the_frames_that_its_reach_names_and_on_no_others(body: object, stride: int) -> None:
    trunk = trunk_of(body)
    for weight in trunk.trainable_variables:
        weight.assign(RNG.normal(0.5, 0.3, weight.shape))
    reach = reach_of(trunk)
    assert reach is not None
    assert reach.stride == stride
    image = tf.Variable(RNG.normal(0, 1, (1, 160, 16, 1)).astype(np.float32))
    step = 160 // stride // 2
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.exp(0.01 * trunk(image)[:, step]))
    seen = np.flatnonzero(np.abs(tape.gradient(value, image).numpy()).sum(axis=(0, 2, 3)))
    assert step * stride - reach.before <= seen.min()
    assert seen.max() <= step * stride + reach.after
    # Maxima hide some frames from the gradient; without them the reach is exact.
    if body is blocks:
        assert (seen.min(), seen.max()) == (step * stride - reach.before, step * stride + reach.after)


@pytest.mark.parametrize("body", [excited, joined_in_time, layers.Lambda(lambda maps: maps)])
def test_what_may_see_the_whole_window_has_no_reach(body: object) -> None:
    assert reach_of(trunk_of(body)) is None


def test_a_trunk_that_loses_steps_at_its_edges_is_not_cut() -> None:
    trunk = trunk_of(unpadded, 33)
    assert reach_of(trunk) == Reach(2, 0, 2)
    features = keras.Input((160, 16, 1))
    maps = layers.Identity(name="maps")(layers.Conv2D(2, 5, strides=2)(features))
    assert split(keras.Model(features, maps)) is None


def test_the_compact_network_is_cut_between_trunk_and_head() -> None:
    model = build_model(MODEL, n_frames=33, n_bins=16, n_species=3, seed=1)
    found = split(model)
    assert found is not None
    assert (found.step, found.dense, found.n_segments) == (2, 2, 8)
    # Two 3x3 convolutions see 2 frames on each side, two more behind a pooling 4 more; a pair may begin a step later.
    assert found.context == 8
    values = RNG.normal(0, 1, (1, 32, 16)).astype(np.float32)
    halves = found.head(found.maps(values)[:, ::2])
    together = model(np.concatenate([values, values[:, -1:]], axis=1))
    np.testing.assert_allclose(halves["clip"].shape, together["clip"].shape)
    assert [id(weight) for weight in found.maps.weights] == [
        id(weight) for weight in model.weights[: len(found.maps.weights)]
    ]


def test_the_middle_of_a_long_input_is_that_of_a_short_one_with_context() -> None:
    for body in (strided, blocks):
        anywhere = trunk_of(body, None)
        reach = reach_of(anywhere)
        assert reach is not None
        stride = reach.stride
        context = -(-max(reach.before, reach.after) // stride) * stride
        values = RNG.normal(0, 1, (1, 400, 16, 1)).astype(np.float32)
        whole = np.asarray(anywhere(values))
        part = np.asarray(anywhere(values[:, 160 - context : 240 + context]))
        own = part[:, context // stride : context // stride + 80 // stride]
        np.testing.assert_allclose(own, whole[:, 160 // stride : 240 // stride], atol=1e-5)


# Batch normalisation.


@pytest.fixture
def pair() -> tuple[keras.layers.Layer, keras.layers.Layer]:
    """Return our layer and Keras's, with the same random weights."""
    ours, theirs = BatchNormalization(momentum=0.8), layers.BatchNormalization(momentum=0.8)
    for layer in (ours, theirs):
        layer.build((None, None, None, 3))
    weights = [RNG.uniform(0.5, 2, 3).astype(np.float32) for _ in range(4)]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def test_fused_batch_normalisation_has_keras_values_statistics_and_gradients(
    pair: tuple[keras.layers.Layer, keras.layers.Layer],
) -> None:
    image = tf.Variable(RNG.normal(3, 2, (2, 5, 4, 3)).astype(np.float32))
    ahead = RNG.normal(0, 1, image.shape).astype(np.float32)
    found = []
    for layer in pair:
        with tf.GradientTape() as tape:
            outputs = layer(image, training=True)
            value = tf.reduce_sum(outputs * ahead)
        gradients = tape.gradient(value, [image, layer.gamma.value, layer.beta.value])
        found.append([outputs, *gradients, layer.moving_mean, layer.moving_variance, layer(image, training=False)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-4, atol=1e-4)


def test_fused_batch_normalisation_has_keras_weights(pair: tuple[keras.layers.Layer, keras.layers.Layer]) -> None:
    ours, theirs = pair
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    assert [weight.name for weight in ours.trainable_weights] == [weight.name for weight in theirs.trainable_weights]
