"""Backbones for photographs: the picture they see, where their maps lie in it, and the battery for each by name."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from keras.applications.imagenet_utils import preprocess_input

from battery import check_layer, check_model
from canopy.config.loading import experiments
from canopy.config.model import Image, Model
from canopy.models.alignment import Places, places_of
from canopy.models.backbones import backbone_maps
from canopy.models.build import build_model
from canopy.models.image import Picture, Resize, resize_matrix
from canopy.models.trunks.photographs import BACKBONES, Backbone
from canopy.models.trunks.registry import TRUNKS
from canopy.plan.checks import checked
from canopy.runtime.errors import CanopyError

RNG = np.random.default_rng(8)
N_FRAMES, N_BINS = 40, 24
NAMED = (
    *("resnet18", "resnet34", "resnet50", "efficientnet_b0", "efficientnet_b3", "efficientnet_v2_b0", "convnext_tiny"),
    *("mobilenet_v2", "mobilenet_v3_large", "densenet121", "xception", "vgg16", "vgg19"),
)


def values(*shape: int) -> np.ndarray:
    return RNG.normal(0, 1, shape).astype(np.float32)


def settings(name: str, **changes: Any) -> Model:
    size = max(64, BACKBONES[name].smallest + 1)
    return Model(backbone=name, head_units=8, image=Image(rows=size, columns=size), **changes)


def network(model: Model) -> keras.Model:
    return build_model(model, n_frames=N_FRAMES, n_bins=N_BINS, n_species=3, seed=1)


# The picture.


@pytest.mark.parametrize(("rows", "columns"), [(40, 24), (64, 64), (17, 50), (13, 7), (1, 1)])
def test_pictures_are_resized_as_keras_does(rows: int, columns: int) -> None:
    features = values(2, 40, 24)
    found = check_layer(Resize(rows, columns), features, shape=(2, rows, columns))
    expected = keras.ops.image.resize(features[..., None], (rows, columns), interpolation="bilinear", antialias=True)
    np.testing.assert_allclose(found, np.asarray(expected)[..., 0], atol=1e-5)
    np.testing.assert_allclose(resize_matrix(40, rows).sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe"])
def test_a_picture_is_preprocessed_as_keras_does(mode: str) -> None:
    level = values(2, 6, 5)
    found = check_layer(Picture("repeat", 3.0, mode), level, shape=(2, 6, 5, 3))
    pixels = np.repeat(127.5 * (1 + level / 3.0)[..., None], 3, axis=-1)
    np.testing.assert_allclose(found, preprocess_input(pixels.copy(), mode=mode), rtol=1e-4, atol=1e-4)


def test_the_coordinate_runs_from_black_to_white_in_the_third_channel() -> None:
    level = values(2, 6, 5)
    found = check_layer(Picture("coordinate", 2.0, "tf"), level, shape=(2, 6, 5, 3))
    np.testing.assert_allclose(found[..., 0], level / 2, atol=1e-6)
    np.testing.assert_array_equal(found[..., 0], found[..., 1])
    np.testing.assert_allclose(found[1, 3, :, 2], [-1, -0.5, 0, 0.5, 1])


# Where maps lie.


def centroids(base: keras.Model) -> np.ndarray:
    """Return, for each step of the maps, the centre of the rows that a small change of matters for."""
    picture = tf.Variable(values(1, *base.input_shape[1:]))
    found = []
    for step in range(base.output_shape[1]):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(base(picture, training=False)[:, step] ** 2)
        power = np.square(np.asarray(tape.gradient(total, picture))).sum(axis=(0, 2, 3))
        found.append((power * np.arange(len(power))).sum() / power.sum())
    return np.array(found)


def test_places_follow_strides_padding_pools_and_branches() -> None:
    picture = keras.Input((96, 8, 1))
    maps = layers.ZeroPadding2D(3)(picture)
    maps = layers.Conv2D(1, 7, 2)(maps)  # centred on 2 i
    maps = layers.MaxPooling2D(2)(maps)  # on 4 i + 1
    ones = {"kernel_initializer": "ones", "use_bias": False}
    left = layers.Conv2D(1, 3, 2, padding="same", **ones)(maps)  # one step of 4 later
    right = layers.AveragePooling2D(2)(maps)  # half a step of 4 later
    gate = layers.Dense(1, kernel_initializer="ones")(layers.GlobalAveragePooling2D(keepdims=True)(maps))
    base = keras.Model(picture, layers.Multiply()([layers.Add()([left, right]), gate]))
    assert places_of(base) == Places(1 + 4 * 0.75, 8)
    halves = keras.Model(picture, [left, right])
    assert places_of(keras.Model(picture, halves.outputs[0])) == Places(5, 8)
    np.testing.assert_allclose(centroids(keras.Model(picture, left))[2:9].mean(), 5 + 8 * 5, atol=1.0)


def test_a_stack_of_layers_inside_is_walked_through() -> None:
    picture = keras.Input((64, 8, 3))
    stem = keras.Sequential([layers.Conv2D(4, 4, 4), layers.LayerNormalization()])
    down = keras.Sequential([layers.LayerNormalization(), layers.Conv2D(4, 2, 2)])
    assert places_of(keras.Model(picture, down(stem(picture)))) == Places(3.5, 8)


def test_maps_without_place_are_told() -> None:
    picture = keras.Input((64, 8, 3))
    base = keras.Model(picture, layers.GlobalAveragePooling2D(keepdims=True)(picture), name="blind")
    with pytest.raises(ValueError, match="blind: its maps have no place in the picture"):
        places_of(base)


@pytest.mark.models
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "mobilenet_v2", "densenet121", "vgg16"])
def test_segments_of_a_backbone_are_centred_where_a_change_matters_most(name: str) -> None:
    base = BACKBONES[name].make(weights=None, input_shape=(512, 32, 3))
    first, step = places_of(base)
    inner = np.arange(base.output_shape[1])[5:-5]
    np.testing.assert_allclose(centroids(base)[5:-5].mean(), (first + step * inner).mean(), atol=8)


def test_places_are_told_in_frames() -> None:
    levels = keras.Input((N_FRAMES, N_BINS))
    maps, (first, step) = backbone_maps(levels, settings("vgg16"))
    assert maps.shape == (None, 2, 2, 512)
    assert step == 20  # 32 of 64 rows, 40 frames
    assert first == pytest.approx(9.5)  # the middle of the first half


# Names, weights and freezing.


def test_every_name_of_the_configuration_has_a_backbone() -> None:
    assert set(NAMED) <= set(BACKBONES)
    assert {kind.name for kind in TRUNKS} == {"compact", "waveform", "none", *BACKBONES}
    with pytest.raises(CanopyError, match="backbone: no backbone has this name; did you mean 'resnet50'"):
        checked({"training": {"model": {"backbone": "resnet5"}}})


def test_a_missing_keras_hub_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keras_hub", None)
    with pytest.raises(CanopyError, match=r"resnet18 needs the package keras-hub, .*requirements-hub\.lock.* resnet50"):
        build_model(settings("resnet18"), n_frames=N_FRAMES, n_bins=N_BINS, n_species=3, seed=1)


def small_backbone(**replaced: Any) -> Backbone:
    """Return a backbone of a few weights in place of a big one."""

    def make(*, weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
        if weights is not None and "fetch" in replaced:
            raise replaced["fetch"]
        picture = keras.Input(input_shape)
        maps = layers.Conv2D(4, 16, 16, kernel_initializer="ones" if weights else "glorot_uniform", name="c")(picture)
        return keras.Model(picture, layers.ReLU(name="r")(layers.BatchNormalization(name="bn")(maps)), name="small")

    return Backbone(make, 64, "torch")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKBONES, "vgg16", small_backbone())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("head", ["sed", "clip"])
def test_a_backbone_with_either_head_passes_the_battery(head: str, tmp_path: Path) -> None:
    model = network(settings("vgg16", head=head))
    check_model(model, values(4, N_FRAMES, N_BINS), {"clip": (4, 3), "frames": (4, N_FRAMES, 3)}, tmp_path)
    assert model.get_layer("bn").momentum == 0.9


@pytest.mark.usefixtures("small")
def test_a_frozen_backbone_keeps_its_weights_and_only_the_head_learns() -> None:
    frozen, free = (network(settings("vgg16", trainable=trainable)) for trainable in (False, True))
    assert {variable.path.split("/")[0] for variable in frozen.trainable_variables} == {
        *("hidden", "segments", "attention")
    }
    assert len(free.trainable_variables) == len(frozen.trainable_variables) + 4
    before = [np.array(weight) for weight in frozen.get_layer("bn").get_weights()]
    frozen(values(4, N_FRAMES, N_BINS), training=True)
    for old, new in zip(before, frozen.get_layer("bn").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.usefixtures("small")
def test_first_weights_come_from_imagenet_or_a_file_or_the_seed(tmp_path: Path) -> None:
    assert np.all(network(settings("vgg16", weights="imagenet")).get_layer("c").kernel == 1)
    donor = BACKBONES["vgg16"].make(weights="imagenet", input_shape=(64, 64, 3))
    donor.get_layer("c").kernel.assign(donor.get_layer("c").kernel * 2)
    donor.save_weights(tmp_path / "own.weights.h5")
    found = network(settings("vgg16", weights=str(tmp_path / "own.weights.h5")))
    assert np.all(found.get_layer("c").kernel == 2)
    first, again = (network(settings("vgg16")).get_layer("c").get_weights()[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_weights_that_cannot_be_had_are_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed = Exception("URL fetch failure on https://storage\nand more")
    monkeypatch.setitem(BACKBONES, "vgg16", small_backbone(fetch=failed))
    with pytest.raises(
        CanopyError, match=r"ImageNet weights of vgg16 could not be fetched \(URL fetch failure"
    ) as told:
        network(settings("vgg16", weights="imagenet"))
    assert "\n" not in str(told.value)
    with pytest.raises(CanopyError, match=r"weights: /nowhere/a.h5 is no file; give the path of a .h5 file"):
        network(settings("vgg16", weights="/nowhere/a.h5"))
    other = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(CanopyError, match=r"other\.weights\.h5 does not hold weights of vgg16 without its classifier"):
        network(settings("vgg16", weights=str(tmp_path / "other.weights.h5")))


def test_a_picture_too_small_for_a_backbone_is_refused() -> None:
    for image in (Image(rows=31, columns=64), Image(resize=False)):
        with pytest.raises(CanopyError, match="vgg16 needs a picture of at least 32 rows and columns, not"):
            network(Model(backbone="vgg16", image=image))


@pytest.mark.usefixtures("small")
def test_without_resizing_a_frame_is_a_row_and_a_bin_a_column() -> None:
    model = build_model(Model(backbone="vgg16", image=Image(resize=False)), n_frames=50, n_bins=33, n_species=3, seed=1)
    assert "resize" not in {layer.name for layer in model.layers}
    assert model.get_layer("picture").output.shape == (None, 50, 33, 3)


def test_samples_and_spectrograms_find_the_networks_that_can_see_them() -> None:
    def raw(features: str, backbone: str) -> dict[str, Any]:
        return {
            "features": {"mel": {}, "samples": {"kind": "waveform"}},
            "experiments": {"one": {"features": features, "model": {"backbone": backbone}}},
            "run": ["one"],
        }

    for features, backbone in (("mel", "compact"), ("mel", "resnet50"), ("samples", "waveform")):
        assert experiments(checked(raw(features, backbone)))["one"].model.backbone == backbone
    for features, backbone, told in (
        ("samples", "compact", "the backbone 'compact' sees spectrograms, but the feature set 'samples' holds samples"),
        ("samples", "vgg16", "the backbone 'vgg16' sees spectrograms, but the feature set 'samples' holds samples"),
        ("mel", "waveform", "'waveform' sees samples, but the feature set 'mel' holds spectrograms"),
    ):
        with pytest.raises(CanopyError, match=told):
            checked(raw(features, backbone))


# The big ones.


@pytest.mark.models
@pytest.mark.parametrize("name", NAMED)
def test_every_named_backbone_passes_the_battery(name: str, tmp_path: Path) -> None:
    n = 6  # stochastic depth leaves a branch out for all windows of a small batch
    shapes = {"clip": (n, 3), "frames": (n, N_FRAMES, 3)}
    check_model(network(settings(name)), values(n, N_FRAMES, N_BINS), shapes, tmp_path, as_built=True)


@pytest.mark.models
@pytest.mark.parametrize("name", ["efficientnet_b0", "mobilenet_v2"])
def test_weights_that_keras_wrote_are_found_again(name: str, tmp_path: Path) -> None:
    size = settings(name).image.rows or 0
    donor = BACKBONES[name].make(weights=None, input_shape=(size, size, 3))
    for weight in donor.weights:
        if "gamma" in weight.path:
            weight.assign(weight + values(*weight.shape) * 0.01)
    donor.save_weights(tmp_path / "donor.weights.h5")
    model = network(settings(name, weights=str(tmp_path / "donor.weights.h5")))
    gamma = next(weight for weight in donor.weights if "gamma" in weight.path)
    layer = next(layer for layer in donor.layers if any(weight is gamma for weight in layer.weights))
    np.testing.assert_array_equal(model.get_layer(layer.name).gamma, gamma)
