"""Losses over ternary labels."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, xlogy
from sklearn.metrics import log_loss

from battery import check_masked_loss
from canopy.config.training import Loss
from canopy.losses import masked_bce, sed_loss

RNG = np.random.default_rng(5)
LABELS = RNG.integers(-1, 2, (6, 9, 4)).astype(np.int8)
LOGITS = RNG.normal(0, 2, LABELS.shape).astype(np.float32)


def by_hand(labels: np.ndarray, logits: np.ndarray, unknown_weight: float, smoothing: float) -> float:
    """Return the loss label by label, in float64, from probabilities."""
    total = weights = 0.0
    for label, logit in zip(labels.ravel(), logits.astype(np.float64).ravel(), strict=True):
        target = 1 - smoothing if label == 1 else smoothing
        weight = unknown_weight if label == 0 else 1.0
        probability = expit(logit)
        total -= weight * float(xlogy(target, probability) + xlogy(1 - target, 1 - probability))
        weights += weight
    return total / weights


def test_masked_bce_passes_the_battery() -> None:
    check_masked_loss(partial(masked_bce, unknown_weight=0.0), LABELS, LOGITS)


@pytest.mark.parametrize("unknown_weight", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.05])
def test_masked_bce_is_the_weighted_mean_of_entropies(unknown_weight: float, smoothing: float) -> None:
    found = masked_bce(LABELS, LOGITS, unknown_weight=unknown_weight, label_smoothing=smoothing)
    assert float(found) == pytest.approx(by_hand(LABELS, LOGITS, unknown_weight, smoothing), rel=1e-5)


def test_with_full_weight_unknown_is_plain_absence() -> None:
    expected = log_loss(LABELS.ravel() > 0, expit(LOGITS.astype(np.float64)).ravel(), labels=[False, True])
    assert float(masked_bce(LABELS, LOGITS, unknown_weight=1.0)) == pytest.approx(expected, rel=1e-5)


def test_without_weight_only_known_labels_are_averaged() -> None:
    known = LABELS != 0
    expected = log_loss(LABELS[known] > 0, expit(LOGITS[known].astype(np.float64)))
    assert float(masked_bce(LABELS, LOGITS, unknown_weight=0.0)) == pytest.approx(expected, rel=1e-5)


def test_the_weight_of_unknown_scales_its_gradient() -> None:
    logits = tf.constant(LOGITS)
    gradients = {}
    for weight in (0.1, 1.0):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = masked_bce(LABELS, logits, unknown_weight=weight)
        total = np.sum(np.where(LABELS == 0, weight, 1.0))
        gradients[weight] = np.asarray(tape.gradient(loss, logits)) * total
    unknown = LABELS == 0
    np.testing.assert_allclose(gradients[0.1][unknown], 0.1 * gradients[1.0][unknown], rtol=1e-4)
    np.testing.assert_allclose(gradients[0.1][~unknown], gradients[1.0][~unknown], rtol=1e-4)
    np.testing.assert_allclose(gradients[1.0], expit(LOGITS) - (LABELS > 0), atol=1e-5)


def test_the_sed_loss_weighs_clip_against_frames() -> None:
    clip_labels = LABELS[:, 0]
    outputs = {"clip": LOGITS[:, 0], "frames": LOGITS}
    settings = Loss(clip_weight=2.0, frame_weight=0.25, unknown_weight=0.3, label_smoothing=0.1)
    expected = 2.0 * by_hand(clip_labels, LOGITS[:, 0], 0.3, 0.1) + 0.25 * by_hand(LABELS, LOGITS, 0.3, 0.1)
    assert float(sed_loss(outputs, clip_labels, LABELS, settings)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("weights", "silent"), [((1.0, 0.0), "frames"), ((0.0, 1.0), "clip")])
def test_a_loss_of_no_weight_gives_no_gradient(weights: tuple[float, float], silent: str) -> None:
    outputs = {"clip": tf.constant(LOGITS[:, 0]), "frames": tf.constant(LOGITS)}
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        settings = Loss(clip_weight=weights[0], frame_weight=weights[1])
        loss = sed_loss(outputs, LABELS[:, 0], LABELS, settings)
    for name, gradient in tape.gradient(loss, outputs).items():
        assert np.any(np.asarray(gradient)) == (name != silent)
