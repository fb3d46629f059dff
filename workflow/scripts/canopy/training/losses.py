"""Losses over ternary labels: known ones count fully, unknown ones as far as the settings say.

Each term is a scalar: over all labels, weighted 1 where known and `unknown_weight` where unknown, which
then count as absent; 0 where nothing weighs.
"""

from typing import Any

from keras import ops

from canopy.config.loss import Loss, terms

SMOOTH = 1.0


def bce(target: Any, logits: Any, weight: Any, *, label_smoothing: float = 0.0) -> Any:
    """Return the binary cross entropy.

    Parameters
    ----------
    target, logits, weight : tensor
        Of one shape, float32; targets are 0 or 1.
    label_smoothing : float
        Targets are this far from 0 and 1.

    Returns
    -------
    tensor
        Scalar.
    """
    return _mean(_entropy(_smoothed(target, label_smoothing), logits), weight)


def focal(target: Any, logits: Any, weight: Any, *, gamma: float, label_smoothing: float = 0.0) -> Any:
    """Return the cross entropy of each label times `(1 - p) ** gamma`, `p` being the probability given to the truth.

    Lin et al. 2017, "Focal loss for dense object detection", without the factor for rare classes. The
    factor is differentiated too. See `bce` for the arguments.
    """
    miss = ops.sigmoid(ops.where(target > 0, -logits, logits))
    # The derivative of 0 ** gamma is infinite for gamma < 1.
    factor = ops.power(ops.maximum(miss, 1e-7), gamma)
    return _mean(factor * _entropy(_smoothed(target, label_smoothing), logits), weight)


def reverse(target: Any, logits: Any, weight: Any, *, limit: float) -> Any:
    """Return the cross entropy of the labels under the predictions, with `-log 0` taken as `limit`.

    With `bce` it makes the symmetric cross entropy of Wang et al. 2019, "Symmetric cross entropy for
    robust learning with noisy labels": it grows linearly with a wrong probability and so forgives wrong labels
    more than `bce`. See `bce` for the arguments.
    """
    return limit * _mean(ops.sigmoid(ops.where(target > 0, -logits, logits)), weight)


def dice(target: Any, logits: Any, weight: Any) -> Any:
    """Return one minus the soft Dice coefficient of all labels together.

    Milletari, Navab and Ahmadi 2016, "V-Net", with plain sums in the denominator and one label of agreement added
    to both sides, so that it is defined where nothing is present. See `bce` for the arguments.
    """
    probability = ops.sigmoid(logits)
    both = 2 * ops.sum(weight * probability * target) + SMOOTH
    return 1 - both / (ops.sum(weight * (probability + target)) + SMOOTH)


def masked_loss(labels: Any, logits: Any, which: str, settings: Loss) -> Any:
    """Return a weighted sum of terms over ternary labels.

    Parameters
    ----------
    labels : tensor
        +1 present, -1 absent, 0 unknown; any shape.
    logits : tensor
        The same shape.
    which : str
        The sum, as in `canopy.config.loss.terms`.
    settings : Loss
        The terms' parameters.

    Returns
    -------
    tensor
        Scalar, float32.
    """
    labels, logits = ops.cast(labels, "float32"), ops.cast(logits, "float32")
    target = ops.cast(labels > 0, "float32")
    weight = ops.where(labels == 0, settings.unknown_weight, 1.0)
    total = ops.zeros(())
    for name, factor in terms(which).items():
        if name == "bce":
            value = bce(target, logits, weight, label_smoothing=settings.label_smoothing)
        elif name == "focal":
            smoothing, gamma = settings.label_smoothing, settings.focal_gamma
            value = focal(target, logits, weight, gamma=gamma, label_smoothing=smoothing)
        elif name == "reverse":
            value = reverse(target, logits, weight, limit=settings.reverse_limit)
        else:
            value = dice(target, logits, weight)
        total = total + factor * value
    return total


def sed_loss(outputs: dict[str, Any], clip_labels: Any, frame_labels: Any, settings: Loss) -> Any:
    """Return the sum of the clipwise and the framewise loss.

    Parameters
    ----------
    outputs : dict
        Logits `clip` `(batch, n_species)` and `frames` `(batch, n_frames, n_species)`.
    clip_labels, frame_labels : tensor
        Ternary labels of the same shapes.
    settings : Loss
        The terms and their weights.

    Returns
    -------
    tensor
        Scalar.
    """
    clip = masked_loss(clip_labels, outputs["clip"], settings.clip, settings)
    return clip + masked_loss(frame_labels, outputs["frames"], settings.frames, settings)


def _smoothed(target: Any, label_smoothing: float) -> Any:
    return target * (1 - 2 * label_smoothing) + label_smoothing


def _entropy(target: Any, logits: Any) -> Any:
    return ops.softplus(logits) - target * logits


def _mean(values: Any, weight: Any) -> Any:
    return ops.sum(weight * values) / ops.maximum(ops.sum(weight), 1e-6)
