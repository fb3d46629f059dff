"""Losses over ternary labels."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, xlogy
from sklearn.metrics import f1_score, log_loss

from battery import check_masked_loss
from canopy.config.loss import Loss, terms
from canopy.runtime.errors import CanopyError
from canopy.training.label_weights import Scale, Scales, clip_counts, scale, scales
from canopy.training.losses import bag_loss, masked_loss, sed_loss, share_of_bag, stretch_loss
from canopy.training.targets import SOMEWHERE
from canopy.training.windows import Batch

RNG = np.random.default_rng(5)
LABELS = RNG.integers(-1, 2, (6, 9, 4)).astype(np.int8)
LOGITS = RNG.normal(0, 2, LABELS.shape).astype(np.float32)
EVERY_TERM = ["bce", "focal", "reverse", "dice", "bce + 0.5 dice", "0.3 bce + reverse", "2 focal + 0.1*bce + dice"]


def plain(labels: np.ndarray, unknown_weight: float) -> Scale:
    """Return a scale of these very labels, whose bounds nothing reaches: the loss is their weighted mean."""
    of_each = [np.count_nonzero(labels == value) / len(labels) for value in (1, -1, 0)]
    return scale(np.array(of_each), (np.inf, np.inf), unknown_weight=unknown_weight)


def loss(which: str, labels: object = LABELS, logits: object = LOGITS, **settings: float) -> tf.Tensor:
    how = Loss.model_validate(settings)
    known = labels if isinstance(labels, np.ndarray) else LABELS  # in a graph they are not
    return masked_loss(labels, logits, which, how, plain(known, how.unknown_weight))


def sed(outputs: object, clip: np.ndarray, frames: np.ndarray, settings: Loss, bag: object = None) -> tf.Tensor:
    """Return the loss of windows that were not augmented."""
    batch = Batch(np.empty(0), clip, frames, np.arange(len(clip)) if bag is None else np.asarray(bag))
    scales = Scales(plain(clip, settings.unknown_weight), plain(frames, settings.unknown_weight))
    return sed_loss(outputs, batch, (clip, frames), settings, scales)  # type: ignore[arg-type]


def by_hand(labels: np.ndarray, logits: np.ndarray, which: str, **settings: float) -> float:
    """Return one term, label by label, in float64, from probabilities."""
    how = Loss.model_validate(settings)
    total = weights = 0.0
    for label, logit in zip(labels.ravel(), logits.astype(np.float64).ravel(), strict=True):
        target = 1 - how.label_smoothing if label == 1 else how.label_smoothing
        weight = how.unknown_weight if label == 0 else 1.0
        probability = expit(logit)
        given_to_truth = probability if label == 1 else 1 - probability
        value = -float(xlogy(target, probability) + xlogy(1 - target, 1 - probability))
        if which == "focal":
            value *= (1 - given_to_truth) ** how.focal_gamma
        elif which == "reverse":
            # The logarithm of a target of 1 is 0, that of a target of 0 minus the limit.
            value = how.reverse_limit * (1 - given_to_truth)
        total += weight * value
        weights += weight
    return total / weights


@pytest.mark.parametrize("which", EVERY_TERM)
def test_every_loss_passes_the_battery(which: str) -> None:
    check_masked_loss(lambda labels, logits: loss(which, labels, logits, unknown_weight=0.0), LABELS, LOGITS)


@pytest.mark.parametrize("which", ["bce", "focal", "reverse"])
@pytest.mark.parametrize("unknown_weight", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.05])
def test_terms_are_weighted_means_over_labels(which: str, unknown_weight: float, smoothing: float) -> None:
    how = {"unknown_weight": unknown_weight, "label_smoothing": smoothing}
    assert float(loss(which, **how)) == pytest.approx(by_hand(LABELS, LOGITS, which, **how), rel=1e-5)


def test_with_full_weight_unknown_is_plain_absence() -> None:
    expected = log_loss(LABELS.ravel() > 0, expit(LOGITS.astype(np.float64)).ravel(), labels=[False, True])
    assert float(loss("bce", unknown_weight=1.0)) == pytest.approx(expected, rel=1e-5)


def test_without_weight_only_known_labels_are_averaged() -> None:
    known = LABELS != 0
    expected = log_loss(LABELS[known] > 0, expit(LOGITS[known].astype(np.float64)))
    assert float(loss("bce", unknown_weight=0.0)) == pytest.approx(expected, rel=1e-5)


def test_the_weight_of_unknown_scales_its_gradient() -> None:
    logits = tf.constant(LOGITS)
    gradients = {}
    for weight in (0.1, 1.0):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss("bce", LABELS, logits, unknown_weight=weight)
        gradients[weight] = np.asarray(tape.gradient(value, logits)) * np.sum(np.where(LABELS == 0, weight, 1.0))
    unknown = LABELS == 0
    np.testing.assert_allclose(gradients[0.1][unknown], 0.1 * gradients[1.0][unknown], rtol=1e-4)
    np.testing.assert_allclose(gradients[0.1][~unknown], gradients[1.0][~unknown], rtol=1e-4)
    np.testing.assert_allclose(gradients[1.0], expit(LOGITS) - (LABELS > 0), atol=1e-5)


def test_dice_of_sure_predictions_is_one_minus_the_f1_score() -> None:
    """The one label of agreement that is added to both sides vanishes among many labels."""
    labels = np.tile(LABELS, (200, 1, 1))
    logits = np.where(np.tile(LOGITS, (200, 1, 1)) > 0, 50.0, -50.0).astype(np.float32)
    known = labels != 0
    expected = 1 - f1_score(labels[known] > 0, logits[known] > 0)
    assert float(loss("dice", labels, logits, unknown_weight=0.0)) == pytest.approx(expected, abs=1e-3)


def test_focal_without_gamma_is_plain_and_with_it_neglects_what_is_known() -> None:
    assert float(loss("focal", focal_gamma=0.0)) == pytest.approx(float(loss("bce")), rel=1e-6)
    sure, unsure = np.array([[5.0]], np.float32), np.array([[-5.0]], np.float32)
    present = np.array([[1]], np.int8)
    assert float(loss("focal", present, sure)) < 1e-4 * float(loss("bce", present, sure))
    assert float(loss("focal", present, unsure)) > 0.98 * float(loss("bce", present, unsure))


def test_a_sum_is_the_sum_of_its_terms() -> None:
    expected = 0.3 * float(loss("bce")) + float(loss("reverse")) + 2 * float(loss("dice"))
    assert float(loss("0.3 bce + reverse + 2 dice")) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("text", ["", "Bce", "bce dice", "bce + bce", "-1 bce", "bce + 0", "nan bce"])
def test_what_is_no_sum_of_terms_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a sum of different loss terms"):
        terms(text)


def test_a_term_that_is_not_registered_is_refused() -> None:
    with pytest.raises(CanopyError, match="there is no loss term 'bcee'; did you mean 'bce'"):
        loss("bce + 0.5 bcee")
    with pytest.raises(CanopyError, match="there is no loss term 'xyz'; known: bce, dice, focal, reverse"):
        loss("xyz")


def test_no_loss_may_be_written_as_a_number() -> None:
    assert Loss.model_validate({"frames": 0}) == Loss(frames="0")


def test_the_sed_loss_adds_clips_and_frames() -> None:
    frame_labels = np.maximum(LABELS, 0)  # nothing is refuted, so that there are no stretches
    clip_labels = LABELS[:, 0]
    outputs = {"clip": LOGITS[:, 0], "frames": LOGITS}
    how = {"unknown_weight": 0.3, "label_smoothing": 0.1}
    settings = Loss(clip="2 bce", frames="0.25 focal", **how)
    expected = 2.0 * by_hand(clip_labels, LOGITS[:, 0], "bce", **how) + 0.25 * by_hand(
        frame_labels, LOGITS, "focal", **how
    )
    assert float(sed(outputs, clip_labels, frame_labels, settings)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("which", "silent"), [(("bce", "0"), "frames"), (("0", "bce"), "clip")])
def test_a_loss_of_no_weight_gives_no_gradient(which: tuple[str, str], silent: str) -> None:
    outputs = {"clip": tf.constant(LOGITS[:, 0]), "frames": tf.constant(LOGITS)}
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        value = sed(outputs, LABELS[:, 0], np.maximum(LABELS, 0), Loss(clip=which[0], frames=which[1]))
    gradients = tape.gradient(value, outputs)
    for name, gradient in gradients.items():
        assert (gradient is not None and np.any(np.asarray(gradient))) == (name != silent)


# Refuted stretches.


def test_a_refuted_stretch_is_absent_by_its_own_frames_alone() -> None:
    logits = np.full((1, 4, 1), 5.0, np.float32)
    logits[0, 1:3, 0] = -1.0, 1.0
    chosen = np.array([[[False], [True], [True], [False]]])
    p = expit(logits[0, 1:3, 0].astype(float))
    expected = -np.log(1 - (p**2).sum() / p.sum())
    assert float(stretch_loss(logits, chosen, np.array([[True]]))) == pytest.approx(expected, rel=1e-4)
    assert float(stretch_loss(logits, chosen, np.array([[False]]))) == 0.0
    assert float(stretch_loss(logits, ~chosen & chosen, np.array([[True]]))) == pytest.approx(0.0)


@pytest.mark.parametrize(("elsewhere", "weight"), [(0, 0.1 + 0.9 * 0.5), (1, 0.1), (2, 0.1)])
def test_a_refuted_box_teaches_the_frames_under_it_and_the_window_as_far_as_it_covers_that(
    elsewhere: int, weight: float
) -> None:
    """In the rest of the window the species may call: nobody said that it does not, or somebody said that it does."""
    clip, frames = np.zeros((1, 1), np.int8), np.array([[[elsewhere], [-1], [-1], [0]]], np.int8)
    outputs = {"clip": tf.constant([[0.5]]), "frames": tf.constant(np.zeros((1, 4, 1), np.float32))}
    batch = Batch(np.empty(0), clip, frames, np.zeros(1, np.int32))
    scales = Scales(Scale(1.0, 0.1, 2.0), Scale(1.0, 0.1, 1.0))
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        value = sed_loss(outputs, batch, (clip, frames), Loss(frames="0"), scales)
    gradients = tape.gradient(value, outputs)
    assert float(gradients["clip"][0, 0]) == pytest.approx(weight * expit(0.5) / 2.0, rel=1e-5)
    np.testing.assert_array_equal(np.asarray(gradients["frames"])[0, :, 0] > 0, [False, True, True, False])


def test_extreme_logits_leave_stretches_and_bags_finite() -> None:
    batch = Batch(np.empty(0), np.full((2, 3), 2), np.full((2, 4, 3), 2), np.zeros(2, np.int32))
    for size in (-1e30, -1e4, 0.0, 1e4, 1e30):
        frames = tf.constant(np.full((2, 4, 3), size, np.float32))
        with tf.GradientTape() as tape:
            tape.watch(frames)
            refuted = stretch_loss(frames, np.ones((2, 4, 3), bool), np.ones((2, 3), bool))
            value = refuted + bag_loss(frames, batch, np.ones((2, 3), bool))
        assert np.isfinite(value)
        assert np.all(np.isfinite(tape.gradient(value, frames)))


# Bags.


def test_a_bag_holds_its_species_in_some_of_its_parts() -> None:
    """By hand: sum p^2 / sum p over all frames of the bag's two windows; a window of no bag says nothing."""
    logits = np.random.default_rng(1).normal(0, 2, (4, 5, 2)).astype(np.float32)
    batch = Batch(np.empty(0), np.full((4, 2), 2), np.full((4, 5, 2), 2), np.array([0, 1, 0, -1], np.int32))
    somewhere = np.array([[True, False], [False, True], [True, False], [True, True]])
    p = expit(logits.astype(float))
    both, alone = p[[0, 2], :, 0], p[1, :, 1]
    expected = -np.log((both**2).sum() / both.sum()) - np.log((alone**2).sum() / alone.sum())
    assert float(bag_loss(logits, batch, somewhere)) == pytest.approx(expected, rel=1e-5)


def test_in_a_bag_the_likely_frames_are_taught_and_the_others_are_not() -> None:
    logits = np.full((2, 4, 1), -3.0, np.float32)
    logits[1, 2] = 1.0
    clip, frames = np.full((2, 1), SOMEWHERE, np.int8), np.full((2, 4, 1), SOMEWHERE, np.int8)
    outputs = {"clip": tf.constant([[-2.0], [0.0]]), "frames": tf.constant(logits)}
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        value = sed(outputs, clip, frames, Loss(), bag=[0, 0])
    gradients = {name: np.asarray(of) for name, of in tape.gradient(value, outputs).items()}
    assert gradients["frames"][1, 2, 0] < 0
    assert np.all(np.delete(gradients["frames"].ravel(), 6) >= 0)
    assert gradients["clip"][1, 0] < gradients["clip"][0, 0]


def test_each_window_of_a_bag_weighs_as_much_of_it_as_it_is() -> None:
    """Five windows: three of a bag, one that is a bag by itself, and one that fills the batch up."""
    batch = Batch(np.empty(0), np.full((5, 1), 2), np.full((5, 2, 1), 2), np.array([0, 0, 0, 1, -1], np.int32))
    share = np.asarray(share_of_bag(batch, np.array([[True], [True], [False], [True], [True]])))
    np.testing.assert_allclose(share[:, 0], [1 / 3, 1 / 3, 0, 1, 0], rtol=1e-6)


# What labels weigh.


def share_of_present(n_species: int, *, n_empty: int = 0, reviewed: bool = False) -> tuple[float, Scale]:
    """Return how much of the clip loss's weight present labels carry: 16 windows, one or two species in each."""
    clip = np.zeros((16, n_species), np.int8)
    if reviewed:
        clip[:] = -1
    clip[:n_empty] = -1
    clip[n_empty:, 0] = 1
    clip[n_empty::5, 1] = 1
    batch = Batch(np.empty(0), clip, clip[:, None, :], np.arange(16, dtype=np.int32))
    found = scales([batch], unknown_weight=0.1).clip
    weight = np.where(clip > 0, 1.0, np.where(clip < 0, found.absent, found.unknown))
    assert weight.sum() / 16 == pytest.approx(found.per_window)
    return float(weight[clip > 0].sum() / weight.sum()), found


@pytest.mark.parametrize("n_species", [8, 24, 264])
def test_present_labels_carry_a_fair_share_whatever_the_number_of_species(n_species: int) -> None:
    """Without bounds: 65, 36 and 4.5 %; with five empty windows 23, 9 and 1 %; all reviewed 16, 5 and 0.5 %."""
    assert share_of_present(n_species)[0] > 0.49
    assert share_of_present(n_species, n_empty=5)[0] > 0.19
    assert share_of_present(n_species, reviewed=True)[0] > 0.24


def test_a_label_weighs_the_same_in_every_batch() -> None:
    """The gradient of a known label does not know what else is in its batch."""
    gradients = []
    for rest in (np.ones((3, 4), np.int8), -np.ones((3, 4), np.int8), np.zeros((3, 4), np.int8)):
        labels = np.concatenate([np.array([[1, -1, 0, 2]], np.int8), rest])
        logits = tf.constant(np.full((4, 4), 0.3, np.float32))
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = masked_loss(labels, logits, "bce", Loss(), Scale(0.5, 0.1, 2.0))
        gradients.append(np.asarray(tape.gradient(value, logits))[0])
    for one in gradients:
        np.testing.assert_allclose(
            one, np.array([expit(0.3) - 1, 0.5 * expit(0.3), 0.1 * expit(0.3), 0]) / 8, rtol=1e-5
        )


def test_a_bag_and_a_refuted_stretch_count_once() -> None:
    clip = np.array([[2, 0], [2, 0], [1, 0], [2, 2]], np.int8)
    frames = np.array([[[2, 0]], [[2, -1]], [[1, 0]], [[2, 2]]], np.int8)
    counts = clip_counts(Batch(np.empty(0), clip, frames, np.array([0, 0, 1, -1], np.int32)))
    assert counts.tolist() == [3.0, 2.0, 2.0]  # the bag, twice, and a window; the stretch, all of its window; two more
