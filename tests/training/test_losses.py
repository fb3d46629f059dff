"""Losses over ternary labels."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, xlogy
from sklearn.metrics import f1_score, log_loss

from battery import check_masked_loss
from canopy.config.loss import Loss, terms
from canopy.errors import CanopyError
from canopy.training.losses import masked_loss, sed_loss

RNG = np.random.default_rng(5)
LABELS = RNG.integers(-1, 2, (6, 9, 4)).astype(np.int8)
LOGITS = RNG.normal(0, 2, LABELS.shape).astype(np.float32)
EVERY_TERM = ["bce", "focal", "reverse", "dice", "bce + 0.5 dice", "0.3 bce + reverse", "2 focal + 0.1*bce + dice"]


def loss(which: str, labels: object = LABELS, logits: object = LOGITS, **settings: float) -> tf.Tensor:
    return masked_loss(labels, logits, which, Loss.model_validate(settings))


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
    clip_labels = LABELS[:, 0]
    outputs = {"clip": LOGITS[:, 0], "frames": LOGITS}
    how = {"unknown_weight": 0.3, "label_smoothing": 0.1}
    settings = Loss(clip="2 bce", frames="0.25 focal", **how)
    expected = 2.0 * by_hand(clip_labels, LOGITS[:, 0], "bce", **how) + 0.25 * by_hand(LABELS, LOGITS, "focal", **how)
    assert float(sed_loss(outputs, clip_labels, LABELS, settings)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("which", "silent"), [(("bce", "0"), "frames"), (("0", "bce"), "clip")])
def test_a_loss_of_no_weight_gives_no_gradient(which: tuple[str, str], silent: str) -> None:
    outputs = {"clip": tf.constant(LOGITS[:, 0]), "frames": tf.constant(LOGITS)}
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        value = sed_loss(outputs, LABELS[:, 0], LABELS, Loss(clip=which[0], frames=which[1]))
    gradients = tape.gradient(value, outputs)
    for name, gradient in gradients.items():
        assert (gradient is not None and np.any(np.asarray(gradient))) == (name != silent)
