"""Layers, trunk, heads, and the network that is built of them."""

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy.special import softmax

from battery import check_layer, check_model, known_loss
from canopy.config.loss import Loss
from canopy.config.model import Model, Waveform
from canopy.models.build import build_model, load_model, save_model
from canopy.models.compact import compact_stride, compact_trunk
from canopy.models.layers import (
    AttentionPool,
    FrequencyCoordinate,
    RepeatOverFrames,
    SegmentsToFrames,
    Standardize,
    interpolation_matrix,
)
from canopy.models.waveform import FLOOR, GaborPairs, LogEnergy
from canopy.runtime.errors import CanopyError
from tiny import MODEL

RNG = np.random.default_rng(6)


def values(*shape: int) -> np.ndarray:
    return RNG.normal(0, 1, shape).astype(np.float32)


def tiny_model(n_frames: int = 64, seed: int = 1) -> keras.Model:
    return build_model(MODEL, n_frames=n_frames, n_bins=16, n_species=3, seed=seed)


# Layers.


def test_standardize_subtracts_the_mean_and_divides_by_the_deviation() -> None:
    layer = Standardize()
    features = values(3, 20, 5) * 7 - 40
    layer.build(features.shape)
    mean, deviation = features.mean((0, 1)), features.std((0, 1))
    layer.set_statistics(mean, deviation)
    found = check_layer(layer, features, shape=(3, 20, 5))
    np.testing.assert_allclose(found, (features - mean) / deviation, atol=1e-5)
    np.testing.assert_allclose(found.std((0, 1)), 1, atol=1e-5)
    assert layer.trainable_variables == []


def test_a_bin_without_deviation_is_only_centred() -> None:
    layer = Standardize()
    layer.build((None, 4, 2))
    layer.set_statistics(np.array([1.0, 2.0]), np.array([0.0, 4.0]))
    np.testing.assert_allclose(layer(np.full((1, 4, 2), 10.0))[0, 0], [9.0, 2.0])


def test_the_frequency_coordinate_runs_from_minus_one_to_one() -> None:
    features = values(2, 7, 5)
    found = check_layer(FrequencyCoordinate(), features, shape=(2, 7, 5, 2))
    np.testing.assert_array_equal(found[..., 0], features)
    np.testing.assert_allclose(found[1, 3, :, 1], [-1, -0.5, 0, 0.5, 1])
    assert np.ptp(found[..., 1], axis=(0, 1)).max() == 0
    without = check_layer(FrequencyCoordinate(enabled=False), features, shape=(2, 7, 5, 1))
    np.testing.assert_array_equal(without[..., 0], features)


def test_attention_pools_by_softmax_of_tanh_over_time() -> None:
    logits, scores = values(2, 6, 3), 3 * values(2, 6, 3)
    found = check_layer(AttentionPool(), (logits, scores), shape=(2, 3))
    np.testing.assert_allclose(found, (softmax(np.tanh(scores), axis=1) * logits).sum(1), atol=1e-6)


def test_attention_without_preference_is_the_mean_and_stays_between_the_extremes() -> None:
    logits = values(2, 6, 3)
    np.testing.assert_allclose(AttentionPool()((logits, np.ones_like(logits))), logits.mean(1), atol=1e-6)
    pooled = np.asarray(AttentionPool()((logits, 100 * values(2, 6, 3))))
    assert np.all((pooled > logits.min(1)) & (pooled < logits.max(1)))


@pytest.mark.parametrize(("n_frames", "stride"), [(64, 4), (67, 4), (250, 16), (16, 16), (31, 16), (9, 1), (13, 3)])
def test_frames_are_interpolated_as_tensorflow_probability_does(n_frames: int, stride: int) -> None:
    segments = values(2, n_frames // stride, 3)
    found = check_layer(SegmentsToFrames(n_frames, stride), segments, shape=(2, n_frames, 3))
    if n_frames // stride == 1:
        np.testing.assert_array_equal(found, np.repeat(segments, n_frames, axis=1))
        return
    half = (stride - 1) / 2
    expected = tfp.math.interp_regular_1d_grid(
        x=tf.range(n_frames, dtype=tf.float32),
        x_ref_min=half,
        x_ref_max=half + stride * (n_frames // stride - 1),
        y_ref=segments,
        axis=1,
        fill_value="constant_extension",
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_segment_centres_lie_half_a_segment_in() -> None:
    matrix = interpolation_matrix(9, 2, 4)
    np.testing.assert_allclose(matrix[:, 1], [0, 0, 1 / 8, 3 / 8, 5 / 8, 7 / 8, 1, 1, 1])
    np.testing.assert_allclose(interpolation_matrix(250, 15, 16).sum(1), 1, atol=1e-6)
    ramp = interpolation_matrix(64, 16, 4) @ (np.arange(16) * 4 + 1.5)
    np.testing.assert_allclose(ramp[2:62], np.arange(2, 62), atol=1e-5)


# The trunk and the whole.


def test_the_trunk_halves_time_and_frequency_in_each_block() -> None:
    image = keras.Input((67, 18, 2))
    assert compact_stride((4, 6, 8)) == 8
    assert compact_trunk(image, (4, 6, 8)).shape == (None, 67 // 8, 18 // 8, 8)


@pytest.mark.parametrize("n_frames", [64, 67])
def test_the_network_passes_the_battery(n_frames: int, tmp_path: Path) -> None:
    shapes = {"clip": (4, 3), "frames": (4, n_frames, 3)}
    check_model(tiny_model(n_frames), values(4, n_frames, 16), shapes, tmp_path)


def test_the_clip_logit_is_the_attention_weighted_mean_of_the_segments() -> None:
    model = tiny_model()
    parts = keras.Model(
        model.input, [model.get_layer(name).output for name in ("segments", "attention", "clip", "frames")]
    )
    segments, attention, clip, frames = map(np.asarray, parts(values(4, 64, 16)))
    assert segments.shape == (4, 16, 3)
    np.testing.assert_allclose(clip, (softmax(np.tanh(attention), axis=1) * segments).sum(1), atol=1e-6)
    np.testing.assert_allclose(frames, interpolation_matrix(64, 16, 4) @ segments, atol=1e-6)


def test_a_louder_frame_moves_the_logits_around_it_and_not_those_far_away() -> None:
    model = build_model(MODEL, n_frames=128, n_bins=16, n_species=3, seed=1)
    quiet = values(1, 128, 16)
    loud = quiet.copy()
    loud[0, 40] += 5
    change = np.abs(model(loud)["frames"] - model(quiet)["frames"]).max(axis=(0, 2))
    assert 30 <= change.argmax() <= 50
    assert change[:10].max() == change[80:].max() == 0


def test_the_seed_alone_decides_the_weights() -> None:
    first, again, other = (tiny_model(seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_the_same_network_is_saved_as_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_model(tiny_model(), tmp_path / name / "model.json", tmp_path / name / "model.weights.h5")
        time.sleep(1.1)  # a file that held the time would hold whole seconds
    for file in ("model.json", "model.weights.h5"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["model.json", "model.weights.h5"]


def test_code_in_a_model_file_is_refused(tmp_path: Path) -> None:
    features = keras.Input((4,))
    model = keras.Model(features, keras.layers.Lambda(lambda x: x + 1)(features))
    save_model(model, tmp_path / "model.json", tmp_path / "model.weights.h5")
    with pytest.raises(CanopyError, match=r"are no network that can be read .*Lambda"):
        load_model(tmp_path / "model.json", tmp_path / "model.weights.h5")


@pytest.mark.parametrize(("n_frames", "n_bins"), [(7, 16), (64, 7), (0, 16)])
def test_a_window_too_small_for_the_trunk_is_refused(n_frames: int, n_bins: int) -> None:
    with pytest.raises(
        CanopyError, match=rf"a window of {n_frames} frames and {n_bins} bins is too small for 3 blocks"
    ):
        build_model(Model(filters=(4, 4, 4)), n_frames=n_frames, n_bins=n_bins, n_species=3, seed=1)


def test_the_smallest_window_is_enough() -> None:
    model = build_model(Model(filters=(4, 4, 4), head_units=4), n_frames=8, n_bins=8, n_species=3, seed=1)
    assert model(values(2, 8, 8))["frames"].shape == (2, 8, 3)


def test_without_frequency_channel_the_trunk_sees_one_channel() -> None:
    settings = MODEL.model_copy(update={"frequency_channel": False})
    model = build_model(settings, n_frames=64, n_bins=16, n_species=3, seed=1)
    assert model.get_layer("conv1a").kernel.shape == (3, 3, 1, 4)
    assert tiny_model().get_layer("conv1a").kernel.shape == (3, 3, 2, 4)


def test_an_unlabelled_class_gets_no_gradient() -> None:
    model = tiny_model()
    clip, frames = RNG.choice([-1, 1], (4, 3)), RNG.choice([-1, 1], (4, 64, 3))
    clip[:, 1], frames[:, :, 1] = 0, 0
    with tf.GradientTape() as tape:
        loss = known_loss(model(values(4, 64, 16), training=True), clip, frames, Loss(unknown_weight=0))
    dense = [model.get_layer(name) for name in ("segments", "attention")]
    variables = [variable.value for layer in dense for variable in layer.trainable_variables]
    for gradient in tape.gradient(loss, variables):
        largest = np.abs(np.asarray(gradient)).reshape(-1, 3).max(axis=0)
        assert largest[1] == 0
        assert largest[0] > 0
        assert largest[2] > 0


def learns_by_heart(model: keras.Model) -> None:
    features, clip = values(6, 64, 16), RNG.choice([-1, 1], (6, 3))
    frames = np.repeat(clip[:, None], 64, axis=1)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = known_loss(model(features, training=True), clip, frames, Loss())
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return loss

    first = float(step())
    last = [float(step()) for _ in range(150)][-1]
    assert first > 0.8
    assert last < 0.05


def test_the_network_can_learn_one_batch_by_heart() -> None:
    learns_by_heart(build_model(MODEL.model_copy(update={"dropout": 0.0}), n_frames=64, n_bins=16, n_species=3, seed=1))


# The waveform trunk, and the head that knows only whole windows.

WAVEFORM = Model(
    backbone="waveform",
    waveform=Waveform(bands=4, kernel_steps=5, stride_samples=2, average=2, filters=(4, 8), pool=4),
    head_units=8,
)
HOP = 16


def waveform_model(n_frames: int = 40, **changes: Any) -> keras.Model:
    settings = WAVEFORM.model_copy(update=changes)
    return build_model(settings, n_frames=n_frames, n_bins=HOP, n_species=3, seed=1)


def test_filters_begin_as_pairs_of_bands_spaced_like_mel_bands() -> None:
    n_steps, stride, n_bands = 9, 32, 24
    kernel = np.asarray(GaborPairs()((n_steps, 1, stride, 2 * n_bands))).reshape(n_steps * stride, 2 * n_bands)
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 1, rtol=1e-5)
    analytic = kernel[:, :n_bands] + 1j * kernel[:, n_bands:]  # a pair turns one way round: frequencies of one sign
    power = np.abs(np.fft.fft(analytic, 4096, axis=0)) ** 2
    assert np.all(power[2048:].sum(axis=0) < 0.05 * power.sum(axis=0))
    peak = power[:2048].argmax(axis=0) / 4096
    assert np.all(np.diff(peak) > 0)
    assert peak[0] < 0.01
    assert 0.44 < peak[-1] < 0.49
    ratios = peak[1:] / peak[:-1]
    assert ratios[-1] < 1.2 < ratios[0]  # evenly below, by ratios above


def test_the_energy_of_a_tone_is_that_of_its_band_and_steady() -> None:
    samples = np.sin(2 * np.pi * 0.1 * np.arange(3200)).astype(np.float32).reshape(1, 100, 1, 32)
    bank = keras.layers.Conv2D(
        128, (9, 1), padding="same", use_bias=False, kernel_initializer=GaborPairs(), name="filterbank"
    )
    energies = check_layer(LogEnergy(2), bank(samples), shape=(1, 50, 1, 64))[0, 5:-5, 0]
    loudest = energies.mean(axis=0).argmax()
    kernel = np.asarray(bank.kernel).reshape(288, 128)[:, loudest]
    assert np.abs(np.fft.rfft(kernel, 4096)).argmax() / 4096 == pytest.approx(0.1, abs=0.005)
    assert np.ptp(energies[:, loudest]) < 0.02
    silence = np.asarray(LogEnergy(1)(np.zeros((1, 4, 1, 6), np.float32)))
    np.testing.assert_allclose(silence, np.log(FLOOR), rtol=1e-6)


@pytest.mark.parametrize("head", ["sed", "clip"])
@pytest.mark.parametrize("n_frames", [40, 41])
def test_the_waveform_network_passes_the_battery(head: str, n_frames: int, tmp_path: Path) -> None:
    shapes = {"clip": (4, 3), "frames": (4, n_frames, 3)}
    check_model(waveform_model(n_frames, head=head), values(4, n_frames, HOP), shapes, tmp_path)


def test_a_segment_of_the_waveform_network_is_centred_on_its_samples() -> None:
    model = waveform_model(n_frames=160)
    maps = keras.Model(model.input, model.get_layer("pool2").output)
    samples = tf.Variable(values(1, 160, HOP))
    off = []
    for step in range(5, 35):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(maps(samples)[:, step] ** 2)
        power = np.square(np.asarray(tape.gradient(total, samples))).sum(axis=(0, 2))
        off.append((power * np.arange(160)).sum() / power.sum() - 4 * step)
    layer = model.get_layer("frames")
    assert layer.stride == 4  # 64 samples
    assert layer.first == 1.5
    assert np.mean(off) == pytest.approx(layer.first, abs=0.5)


def test_a_louder_waveform_moves_the_logits_around_it_and_not_those_far_away() -> None:
    model = waveform_model(n_frames=400)
    quiet = values(1, 400, HOP)
    loud = quiet.copy()
    loud[0, 200:204] *= 5
    change = np.abs(model(loud)["frames"] - model(quiet)["frames"]).max(axis=(0, 2))
    assert 195 <= change.argmax() <= 209
    assert change[:170].max() == change[235:].max() == 0


def test_a_window_too_short_for_the_waveform_trunk_is_refused() -> None:
    with pytest.raises(CanopyError, match="a window of 48 samples is too short for 2 blocks, which need 64"):
        waveform_model(n_frames=3)


@pytest.mark.parametrize("units", [0, 8])
def test_a_head_on_embeddings_passes_the_battery(units: int, tmp_path: Path) -> None:
    settings = Model(backbone="none", head_units=units)
    model = build_model(settings, n_frames=8, n_bins=16, n_species=3, seed=1)
    check_model(model, values(4, 8, 16), {"clip": (4, 3), "frames": (4, 8, 3)}, tmp_path)
    assert ("hidden" in {layer.name for layer in model.layers}) == bool(units)


def test_a_head_without_a_hidden_layer_is_linear_in_the_features() -> None:
    model = build_model(Model(backbone="none", head_units=0), n_frames=8, n_bins=16, n_species=3, seed=1)
    steady = np.repeat(values(2, 1, 16), 8, axis=1)  # over steady features the maximum and the mean agree
    one, other = (np.asarray(model(steady * factor)["frames"]) for factor in (1.0, 3.0))
    bias = np.asarray(model(steady * 0)["frames"])
    np.testing.assert_allclose(other - bias, 3 * (one - bias), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["compact", "waveform"])
def test_the_clip_head_begins_with_its_prior_and_says_the_same_of_every_frame(kind: str) -> None:
    settings = (MODEL if kind == "compact" else WAVEFORM).model_copy(update={"head": "clip", "prior": 0.02})
    model = build_model(settings, n_frames=64, n_bins=16, n_species=3, seed=1)
    np.testing.assert_allclose(model.get_layer("clip").bias, np.log(0.02 / 0.98), rtol=1e-6)
    found = model(values(4, 64, 16), training=False)
    np.testing.assert_array_equal(found["frames"], np.repeat(np.asarray(found["clip"])[:, None], 64, axis=1))
    np.testing.assert_allclose(1 / (1 + np.exp(-found["clip"])), 0.02, atol=0.05)


def test_a_frame_loss_teaches_the_clip_head_nothing() -> None:
    model = build_model(MODEL.model_copy(update={"head": "clip"}), n_frames=64, n_bins=16, n_species=3, seed=1)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(values(4, 64, 16), training=True)["frames"] ** 2)
    assert all(gradient is None for gradient in tape.gradient(total, [v.value for v in model.trainable_variables]))


def test_the_clip_head_passes_the_battery(tmp_path: Path) -> None:
    model = build_model(MODEL.model_copy(update={"head": "clip"}), n_frames=64, n_bins=16, n_species=3, seed=1)
    check_model(model, values(4, 64, 16), {"clip": (4, 3), "frames": (4, 64, 3)}, tmp_path)


@pytest.mark.parametrize("settings", [WAVEFORM, MODEL.model_copy(update={"head": "clip"})], ids=["waveform", "clip"])
def test_compact_networks_can_learn_one_batch_by_heart(settings: Model) -> None:
    learns_by_heart(
        build_model(settings.model_copy(update={"dropout": 0.0}), n_frames=64, n_bins=16, n_species=3, seed=1)
    )


def test_the_momentum_of_batch_normalisation_is_that_of_the_settings() -> None:
    for settings in (MODEL, WAVEFORM, MODEL.model_copy(update={"head": "clip"})):
        settings = settings.model_copy(update={"batch_norm_momentum": 0.5})
        model = build_model(settings, n_frames=64, n_bins=16, n_species=3, seed=1)
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        assert {norm.momentum for norm in norms} == {0.5}


def test_places_of_segments_may_be_given() -> None:
    segments = values(2, 5, 3)
    found = check_layer(SegmentsToFrames(40, 7.5, 2.25), segments, shape=(2, 40, 3))
    centres = 2.25 + 7.5 * np.arange(5)
    for column in range(3):
        expected = np.interp(np.arange(40), centres, segments[1, :, column])
        np.testing.assert_allclose(found[1, :, column], expected, atol=1e-5)


def test_a_window_is_repeated_over_its_frames_without_gradient() -> None:
    layer, clip = RepeatOverFrames(7), tf.Variable(values(2, 3))
    with tf.GradientTape() as tape:
        found = layer(clip)
    assert found.shape == (2, 7, 3)
    assert tape.gradient(found, clip) is None
    assert RepeatOverFrames.from_config(layer.get_config()).n_frames == 7
