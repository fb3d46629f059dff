"""Losses over ternary labels: known ones count fully, unknown ones as far as the settings say."""

from typing import Any

from keras import ops

from canopy.config.training import Loss


def masked_bce(labels: Any, logits: Any, *, unknown_weight: float, label_smoothing: float = 0.0) -> Any:
    """Binary cross entropy, averaged over labels with weights.

    Parameters
    ----------
    labels : tensor
        +1 present, -1 absent, 0 unknown; any shape.
    logits : tensor
        The same shape.
    unknown_weight : float
        Weight of an unknown label, which then counts as absent; known ones weigh 1.
    label_smoothing : float
        Targets are this far from 0 and 1.

    Returns
    -------
    tensor
        Scalar: the weighted sum over the sum of weights (0 where nothing weighs).
    """
    labels = ops.cast(labels, "float32")
    logits = ops.cast(logits, "float32")
    target = ops.cast(labels > 0, "float32") * (1 - 2 * label_smoothing) + label_smoothing
    weight = ops.where(labels == 0, unknown_weight, 1.0)
    entropy = ops.softplus(logits) - target * logits
    return ops.sum(weight * entropy) / ops.maximum(ops.sum(weight), 1e-6)


def sed_loss(outputs: dict[str, Any], clip_labels: Any, frame_labels: Any, settings: Loss) -> Any:
    """Weighted sum of the clipwise and the framewise loss.

    Parameters
    ----------
    outputs : dict
        Logits `clip` `(batch, n_species)` and `frames` `(batch, n_frames, n_species)`.
    clip_labels, frame_labels : tensor
        Ternary labels of the same shapes.
    settings : Loss
        The weights.

    Returns
    -------
    tensor
        Scalar.
    """
    how = {"unknown_weight": settings.unknown_weight, "label_smoothing": settings.label_smoothing}
    clip = masked_bce(clip_labels, outputs["clip"], **how)
    frames = masked_bce(frame_labels, outputs["frames"], **how)
    return settings.clip_weight * clip + settings.frame_weight * frames
