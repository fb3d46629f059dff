"""Augmentation: what it does to powers and labels, and that a seed decides all of it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import tensorflow as tf

from canopy.config.augment import Augment
from canopy.features.units import Unit
from canopy.training.augment.bands import species_bands
from canopy.training.augment.batch import augment
from canopy.training.augment.level import MEL_CORNER, filter_samples, noise, random_equalizer, shift_frequency
from canopy.training.augment.mix import band_mix, mixup, union
from canopy.training.augment.time import random_masks, roll, stretch
from canopy.training.augment.units import applicable

RNG = np.random.default_rng(7)
BATCH, N_FRAMES, N_BINS, N_SPECIES, HOP_S = 64, 20, 12, 5, 0.1
FEATURES = RNG.normal(-60, 15, (BATCH, N_FRAMES, N_BINS)).astype(np.float32)
CLIP = RNG.integers(-1, 2, (BATCH, N_SPECIES)).astype(np.int8)
FRAMES = RNG.integers(-1, 2, (BATCH, N_FRAMES, N_SPECIES)).astype(np.int8)
FILL = np.linspace(-70, -50, N_BINS, dtype=np.float32)
NOTHING = Augment(
    mixup_probability=0, gain_db=0, equalizer_db=0, frequency_shift_bins=0, time_masks=0, frequency_masks=0
)
EVERYTHING = Augment(
    equalizer_db=4.0, frequency_shift_bins=2, band_mix_probability=0.5, time_stretch=0.3, time_roll=0.5, noise_db=1.0
)
BANDS = np.array([[0, 3], [2, 5], [1, 2], [6, 11], [4, 8]])


def augmented(settings: Augment, seed: tuple[int, int] = (1, 2)) -> list[np.ndarray]:
    return [np.asarray(values) for values in as_tensors(settings, tf.constant(seed))]


def as_tensors(settings: Augment, seed: Any) -> Any:
    features, clip, frames = tf.constant(FEATURES), tf.constant(CLIP), tf.constant(FRAMES)
    return augment(features, clip, frames, seed=seed, fill=FILL, hop_s=HOP_S, settings=settings, bands=BANDS)


def only(**changes: float) -> Augment:
    return NOTHING.model_copy(update=changes)


def mixed(seed: tuple[int, int] = (1, 2), probability: float = 1.0, alpha: float = 1.0) -> list[np.ndarray]:
    found = mixup(
        tf.constant(FEATURES),
        tf.constant(CLIP),
        tf.constant(FRAMES),
        seed=tf.constant(seed),
        probability=probability,
        alpha=alpha,
    )
    return [np.asarray(values) for values in found]


def partners(features: np.ndarray) -> list[tuple[int, float]]:
    """Find, from the powers alone, which window was added to each one and with what weight, by least squares."""
    power = 10 ** (FEATURES.astype(np.float64) / 10)
    found = []
    for number, values in enumerate(10 ** (features.astype(np.float64) / 10)):
        fits = []
        for other in range(BATCH):
            pair = np.stack([power[number].ravel(), power[other].ravel()], axis=1)
            weights, *_ = np.linalg.lstsq(pair / values.reshape(-1, 1), np.ones(values.size), rcond=None)
            fits.append((np.abs(pair @ weights / values.ravel() - 1).max(), other, weights[0]))
        error, other, weight = min(fits)
        assert error < 1e-2
        found.append((other, weight))
    return found


def test_without_any_augmentation_nothing_changes() -> None:
    for found, given in zip(augmented(NOTHING), (FEATURES, CLIP, FRAMES), strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("settings", [Augment(), EVERYTHING])
def test_shapes_and_types_stay(settings: Augment) -> None:
    given_arrays: list[np.ndarray] = [FEATURES, CLIP, FRAMES]
    for found, given in zip(augmented(settings), given_arrays, strict=True):
        assert found.shape == given.shape
        assert found.dtype == given.dtype
        assert np.all(np.isfinite(found))


def test_the_seed_decides_everything_and_each_step_differs() -> None:
    first, again, other = (augmented(EVERYTHING, (3, step)) for step in (5, 5, 6))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.mean(first[0] != other[0]) > 0.8
    assert np.mean(augmented(EVERYTHING, (4, 5))[0] != first[0]) > 0.8


def test_in_a_graph_it_does_the_same() -> None:
    graph = tf.function(lambda seed: as_tensors(EVERYTHING, seed))
    for found, expected in zip(graph(tf.constant((3, 5))), augmented(EVERYTHING, (3, 5)), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)


# Mixup.


def test_mixup_adds_powers_with_weights_that_sum_to_one() -> None:
    features = mixed()[0]
    power = 10 ** (FEATURES.astype(np.float64) / 10)
    found = partners(features)
    for number, (other, weight) in enumerate(found):
        if other == number:
            np.testing.assert_allclose(features[number], FEATURES[number], atol=1e-3)
            continue
        assert 0 < weight < 1
        expected = 10 * np.log10(weight * power[number] + (1 - weight) * power[other])
        np.testing.assert_allclose(features[number], expected, atol=0.05)
    assert sorted(other for other, _ in found) == list(range(BATCH)), "each window is added once"


def test_mixup_joins_labels_to_the_larger() -> None:
    features, clip, frames = mixed()
    for number, (other, _) in enumerate(partners(features)):
        np.testing.assert_array_equal(clip[number], np.maximum(CLIP[number], CLIP[other]))
        np.testing.assert_array_equal(frames[number], np.maximum(FRAMES[number], FRAMES[other]))


@pytest.mark.parametrize(
    ("pair", "expected"), [((1, -1), 1), ((1, 0), 1), ((1, 1), 1), ((0, -1), 0), ((0, 0), 0), ((-1, -1), -1)]
)
def test_present_beats_unknown_beats_absent(pair: tuple[int, int], expected: int) -> None:
    """Of two windows, each gets the other in a permutation that swaps them, or itself in one that does not."""
    labels = tf.constant([[pair[0]], [pair[1]]], tf.int8)
    features = tf.constant([[[0.0]], [[-20.0]]])
    for step in range(20):
        found, clip, frames = mixup(
            features, labels, labels[:, None], seed=tf.constant((0, step)), probability=1.0, alpha=1.0
        )
        if not np.allclose(found, features, atol=1e-4):
            break
    assert np.ravel(clip).tolist() == np.ravel(frames).tolist() == [expected, expected]


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (2, -1, 2),
        (2, 0, 2),
        (2, 1, 1),
        (2, 2, 2),
        (-1, -1, -1),
        (-1, 0, 0),
        (-1, 1, 1),
        (0, 0, 0),
        (0, 1, 1),
        (1, 1, 1),
    ],
)
def test_the_sum_of_two_windows_holds_what_either_does_and_perhaps_what_either_perhaps_does(
    own: int, other: int, expected: int
) -> None:
    one, two = tf.constant([own], tf.int8), tf.constant([other], tf.int8)
    assert union(one, two).numpy().tolist() == union(two, one).numpy().tolist() == [expected]
    assert union(one, two).dtype == tf.int8


def test_a_band_that_is_cut_keeps_no_certainty_of_what_is_somewhere() -> None:
    """Of two windows s2 is mixed in, whose band cuts that of s0: it may be in either, and stays perhaps there."""
    clip = np.array([[2, 0, 1], [-1, 0, 1]], np.int8)
    frames = np.repeat(clip[:, None], 4, axis=1)
    bands = np.array([[0, 5], [8, 9], [0, 3]])
    features = np.zeros((2, 4, 10), np.float32)
    _, mixed_clip, mixed_frames = band_mix(features, clip, frames, bands, seed=tf.constant((1, 2)), probability=1.0)
    assert np.asarray(mixed_clip)[0, 0] == 2
    assert np.all(np.asarray(mixed_frames)[0, :, 0] == 2)


def test_mixup_leaves_the_share_of_windows_that_it_should() -> None:
    unchanged = np.mean([np.all(mixed((1, step), 0.25)[0] == FEATURES, axis=(1, 2)) for step in range(30)])
    assert 0.70 < unchanged < 0.80
    labels_unchanged = np.all(mixed((1, 2), 0.0)[1] == CLIP)
    assert labels_unchanged


@pytest.mark.parametrize(("alpha", "variance"), [(0.5, 1 / 8), (1.0, 1 / 12), (8.0, 1 / 68)])
def test_weights_follow_the_beta_distribution(alpha: float, variance: float) -> None:
    """Adding a window at the floor to one at 0 dB shows the weight."""
    features = tf.constant(np.repeat([0.0, -200.0], 500)[:, None, None], tf.float32)
    labels = tf.zeros((1000, 1), tf.int8)
    found, _, _ = mixup(features, labels, labels[:, None], seed=tf.constant((1, 2)), probability=1.0, alpha=alpha)
    weights = 10 ** (np.asarray(found).ravel()[:500] / 10)
    weights = weights[weights < 0.9999]
    assert len(weights) > 150
    assert np.mean(weights) == pytest.approx(0.5, abs=0.06)
    assert np.var(weights) == pytest.approx(variance, rel=0.2)


# Gain, equalizer, shift.


def test_gain_is_one_number_per_window_within_its_range() -> None:
    change = augmented(only(gain_db=6.0))[0] - FEATURES
    assert np.ptp(change, axis=(1, 2)).max() < 1e-4
    gains = change[:, 0, 0]
    assert np.all(np.abs(gains) <= 6)
    assert gains.min() < -4 < 4 < gains.max()


def test_the_equalizer_is_a_broken_line_over_frequency() -> None:
    gains = np.asarray(random_equalizer(BATCH, 11, seed=tf.constant((1, 2)), bands=3, range_db=5.0))
    assert gains.shape == (BATCH, 1, 11)
    assert np.all(np.abs(gains) <= 5)
    assert gains.min() < -4 < 4 < gains.max()
    knots = gains[:, 0, [0, 5, 10]]
    expected = [np.interp(np.arange(11), [0, 5, 10], row) for row in knots]
    np.testing.assert_allclose(gains[:, 0], expected, atol=1e-5)
    change = augmented(only(equalizer_db=5.0))[0] - FEATURES
    assert np.ptp(change, axis=1).max() < 1e-4
    assert np.ptp(change[:, 0], axis=1).min() > 0


def test_shifted_windows_repeat_their_edge_bins() -> None:
    found = np.asarray(shift_frequency(tf.constant(FEATURES), seed=tf.constant((1, 2)), furthest=3))
    shifts = []
    for values, given in zip(found, FEATURES, strict=True):
        fits = [s for s in range(-3, 4) if np.array_equal(values, given[:, np.clip(np.arange(N_BINS) + s, 0, 11)])]
        assert len(fits) == 1
        shifts += fits
    assert set(shifts) == set(range(-3, 4))


def test_noise_is_gaussian_and_on_every_value() -> None:
    found = np.asarray(noise((100, 50, 4), seed=tf.constant((1, 2)), deviation_db=3.0)).ravel()
    assert scipy.stats.kstest(found / 3.0, "norm").pvalue > 0.01
    change = augmented(only(noise_db=3.0))[0] - FEATURES
    assert np.std(change) == pytest.approx(3.0, rel=0.05)
    assert len(np.unique(change)) > 0.9 * change.size


# Bands of other windows.


def band_mixed(step: int = 1, probability: float = 1.0) -> list[np.ndarray]:
    found = band_mix(
        tf.constant(FEATURES),
        tf.constant(CLIP),
        tf.constant(FRAMES),
        BANDS,
        seed=tf.constant((step, 2)),
        probability=probability,
    )
    return [np.asarray(values) for values in found]


def test_a_band_of_a_present_species_stays_and_the_rest_comes_from_one_other_window() -> None:
    features, clip, frames = band_mixed()
    kept_species = set()
    for number, values in enumerate(features):
        own = np.all(values == FEATURES[number], axis=0)
        present = np.flatnonzero(CLIP[number] > 0)
        if not len(present) or own.all():
            np.testing.assert_array_equal(clip[number], CLIP[number])
            continue
        species = [s for s in present if np.array_equal(np.flatnonzero(own), np.arange(BANDS[s][0], BANDS[s][1] + 1))]
        assert species, "what stays is the band of a species that is present"
        kept_species.update(species)
        others = [k for k in range(BATCH) if np.array_equal(values[:, ~own], FEATURES[k][:, ~own])]
        assert len(others) == 1
        low, high = BANDS[species[0]]
        for s, (first, last) in enumerate(BANDS):
            pairs = [(clip[number, s], CLIP[number, s], CLIP[others[0], s])]
            pairs += list(zip(frames[number, :, s], FRAMES[number, :, s], FRAMES[others[0], :, s], strict=True))
            for found, mine, theirs in pairs:
                if low <= first and last <= high:
                    assert found == mine
                elif last < low or first > high:
                    assert found == theirs
                else:
                    assert found == (mine if mine == theirs else 0)
    assert kept_species == set(range(N_SPECIES))


def test_a_species_band_is_the_bins_between_the_medians_of_its_boxes_edges() -> None:
    rows = [("a", 150.0, 400.0, 1), ("a", 250.0, 500.0, 1), ("a", 200.0, 450.0, 1), ("a", 0.0, 900.0, -1)]
    rows += [("b", 310.0, 320.0, 1), ("c", np.nan, np.nan, 1)]
    boxes = pd.DataFrame(rows, columns=["species", "low_hz", "high_hz", "polarity"])
    found = species_bands(boxes, ["a", "b", "c", "d"], [100.0, 200.0, 300.0, 400.0, 500.0])
    assert found.tolist() == [[1, 3], [2, 2], [0, 4], [0, 4]]


def test_bands_are_mixed_in_the_share_of_windows_that_it_should_be() -> None:
    able = np.flatnonzero((CLIP > 0).any(axis=1))
    changed = [np.any(band_mixed(step, 0.25)[0][able] != FEATURES[able], axis=(1, 2)) for step in range(30)]
    assert 0.18 < np.mean(changed) < 0.28


# Time.


def test_a_rolled_window_is_a_turned_one_and_its_labels_turn_with_it() -> None:
    found = roll(tf.constant(FEATURES), CLIP, tf.constant(FRAMES), seed=tf.constant((1, 2)), furthest=0.25)
    moves = set()
    for number in range(BATCH):
        fits = [m for m in range(-5, 6) if np.array_equal(found[0][number], np.roll(FEATURES[number], m, axis=0))]
        assert len(fits) == 1
        np.testing.assert_array_equal(found[2][number], np.roll(FRAMES[number], fits[0], axis=0))
        moves.update(fits)
    assert moves == set(range(-5, 6))
    np.testing.assert_array_equal(found[1], CLIP)


def test_a_stretched_window_is_read_at_another_pace_about_its_middle() -> None:
    ramp = np.tile(np.arange(21, dtype=np.float32)[None, :, None], (500, 1, 1))
    labels = np.tile((np.arange(21) >= 10).astype(np.int8)[None, :, None], (500, 1, 1))
    found, _, frames = stretch(
        tf.constant(ramp), tf.zeros((500, 1)), tf.constant(labels), seed=tf.constant((1, 2)), most=0.5
    )
    places = np.asarray(found)[:, :, 0]
    pace = places[:, 11] - places[:, 10]
    assert scipy.stats.kstest(np.log(pace) / np.log(1.5), "uniform", args=(-1, 2)).pvalue > 0.01
    expected = np.clip(10 + (np.arange(21) - 10) * pace[:, None], 0, 20)
    np.testing.assert_allclose(places, expected, atol=1e-4)
    np.testing.assert_array_equal(np.asarray(frames)[:, :, 0], np.round(places) >= 10)


def test_stretched_samples_are_read_one_by_one() -> None:
    ramp = np.tile(np.arange(40, dtype=np.float32).reshape(1, 8, 5), (100, 1, 1))
    labels = np.tile((np.arange(8) >= 4).astype(np.int8)[None, :, None], (100, 1, 1))
    given = (tf.constant(ramp), tf.zeros((100, 1)), tf.constant(labels))
    found, _, frames = stretch(*given, seed=tf.constant((1, 2)), most=0.5, unit="sample")
    places = np.asarray(found).reshape(100, 40)
    pace = places[:, 20] - places[:, 19]
    assert 1 / 1.5 <= pace.min() < 0.75 < 1.35 < pace.max() <= 1.5
    expected = np.clip(19.5 + (np.arange(40) - 19.5) * pace[:, None], 0, 39)
    np.testing.assert_allclose(places, expected, atol=1e-4)
    np.testing.assert_array_equal(
        np.asarray(frames)[:, :, 0], np.round(np.clip(3.5 + (np.arange(8) - 3.5) * pace[:, None], 0, 7)) >= 4
    )


# Masks.


def test_masks_are_filled_with_the_given_value_over_whole_frames_and_bins() -> None:
    found = augmented(only(time_masks=2, time_mask_s=0.5, frequency_masks=2, frequency_mask_share=0.3))[0]
    masked = found != FEATURES
    np.testing.assert_array_equal(found[masked], np.broadcast_to(FILL, found.shape)[masked])
    whole_frames, whole_bins = masked.all(axis=2), masked.all(axis=1)
    np.testing.assert_array_equal(masked, whole_frames[:, :, None] | whole_bins[:, None, :])
    assert whole_frames.any()
    assert whole_bins.any()
    assert not masked.all(axis=(1, 2)).any()


def test_one_mask_is_one_run_no_longer_than_allowed_and_inside_the_axis() -> None:
    keep = np.asarray(random_masks(4000, 20, seed=tf.constant((1, 2)), count=1, longest=6.0))
    lengths = (~keep).sum(axis=1)
    starts = np.argmin(keep, axis=1)
    for row, start, length in zip(~keep, starts, lengths, strict=True):
        assert row[start : start + length].all()
    assert lengths.max() == 6
    assert lengths.mean() == pytest.approx(3, abs=0.15)
    places = (~keep).mean(axis=0)
    assert places[0] > 0.005
    np.testing.assert_allclose(places, places[::-1], atol=0.03)
    assert places[8:12].min() > places[[0, -1]].max()


def test_a_mask_longer_than_the_axis_still_lies_inside() -> None:
    keep = np.asarray(random_masks(500, 20, seed=tf.constant((1, 2)), count=1, longest=100.0))
    assert (~keep).sum(axis=1).max() <= 20
    assert (~keep).sum(axis=1).mean() == pytest.approx(10, abs=1)


def test_two_masks_cover_more_than_one_and_none_covers_nothing() -> None:
    shares = [
        np.mean(~np.asarray(random_masks(2000, 50, seed=tf.constant((1, 2)), count=count, longest=10.0)))
        for count in (0, 1, 2)
    ]
    assert shares[0] == 0
    assert shares[1] == pytest.approx(0.1, abs=0.01)
    assert shares[1] < shares[2] < 2 * shares[1]


def test_masks_differ_between_windows() -> None:
    keep = np.asarray(random_masks(50, 200, seed=tf.constant((1, 2)), count=1, longest=100.0))
    assert len({row.tobytes() for row in keep}) > 40


# Features that are not levels in dB.


def in_unit(unit: Unit, features: np.ndarray, settings: Augment) -> np.ndarray:
    given = (tf.constant(features), tf.constant(CLIP), tf.constant(FRAMES))
    found = augment(*given, seed=tf.constant((1, 2)), fill=FILL, hop_s=HOP_S, settings=settings, bands=BANDS, unit=unit)
    return np.asarray(found[0])


def test_the_gain_of_a_waveform_is_a_factor() -> None:
    samples = RNG.normal(0, 0.1, FEATURES.shape).astype(np.float32)
    ratio = in_unit("sample", samples, only(gain_db=6.0)) / samples
    gain_db = 20 * np.log10(ratio[:, 0, 0])
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1, :1], ratio.shape), rtol=1e-4)
    assert -6 <= gain_db.min() < -4 < 4 < gain_db.max() <= 6


def test_mixed_waveforms_add_their_powers() -> None:
    samples = RNG.normal(0, 1, (BATCH, 500, N_BINS)).astype(np.float32)
    labels = np.zeros((BATCH, 500, N_SPECIES), np.int8)
    tensors = (tf.constant(samples), tf.constant(CLIP), tf.constant(labels))
    found, clip, _ = mixup(*tensors, seed=tf.constant((1, 2)), probability=1.0, alpha=1.0, unit="sample")
    np.testing.assert_allclose(np.mean(np.square(found), axis=(1, 2)), 1, atol=0.1)
    products = np.einsum("atb,ctb->ac", samples, np.asarray(found)) / samples[0].size
    own, other = np.diag(products), (products - np.diag(np.diag(products))).max(axis=1)
    mixed_in = np.argsort(np.diag(products))[: BATCH // 2]
    np.testing.assert_allclose((own**2)[mixed_in] + (products**2).T[mixed_in].max(axis=1), 1, atol=0.15)
    assert other.max() > 0.5
    assert np.all(np.asarray(clip) >= CLIP)


def test_a_waveform_is_filtered_by_gains_that_vary_smoothly_with_frequency() -> None:
    clicks = np.zeros((200, 10, 40), np.float32)
    clicks[:, 5, 0] = 1
    found = filter_samples(tf.constant(clicks), seed=tf.constant((1, 2)), bands=4, range_db=6.0)
    gain_db = 20 * np.log10(np.abs(np.fft.rfft(np.asarray(found).reshape(200, 400))))
    assert -6.001 <= gain_db.min() < -5.9 < 5.9 < gain_db.max() <= 6.001
    frequency = np.log1p(np.fft.rfftfreq(400) / MEL_CORNER)
    knots = np.linspace(0, frequency[-1], 4)
    between = np.stack([np.interp(frequency, knots, one) for one in np.eye(4)], axis=1)
    coefficients, *_ = np.linalg.lstsq(between, gain_db.T, rcond=None)
    np.testing.assert_allclose(between @ coefficients, gain_db.T, atol=1e-3)  # linear between the knots
    assert scipy.stats.kstest(gain_db[:, 0], "uniform", args=(-6, 12)).pvalue > 0.01
    assert np.all(np.abs(found).reshape(200, 400).argmax(axis=1) == 200)  # in its place


@pytest.mark.parametrize("unit", ["pcen", "sample"])
def test_what_makes_no_sense_in_a_unit_is_left_out(unit: Unit) -> None:
    values = np.abs(FEATURES)
    np.testing.assert_array_equal(in_unit(unit, values, only(noise_db=3.0)), values)
    alone = {
        "pcen": only(mixup_probability=1.0, gain_db=6.0, equalizer_db=6.0),
        "sample": only(frequency_masks=2, frequency_shift_bins=2),
    }
    np.testing.assert_array_equal(in_unit(unit, values, alone[unit]), values)
    assert np.any(in_unit(unit, values, only(time_masks=2)) != values)


def test_decibels_leave_nothing_out() -> None:
    assert applicable(EVERYTHING, "db") == EVERYTHING
    np.testing.assert_array_equal(in_unit("db", FEATURES, EVERYTHING), augmented(EVERYTHING)[0])
