"""Losses over ternary labels: known ones count fully, unknown ones as far as the settings say.

Each term is a scalar: over all labels, weighted 1 where known and `unknown_weight` where unknown, which
then count as absent; 0 where nothing weighs.
"""

from typing import Any

from keras import ops

from canopy.config.loss import Loss, terms
from canopy.training.terms.registry import term_named
from canopy.training.terms.term import Weighed


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

    Raises
    ------
    CanopyError
        There is no term of a name in the sum.
    """
    labels, logits = ops.cast(labels, "float32"), ops.cast(logits, "float32")
    weight = ops.where(labels == 0, settings.unknown_weight, 1.0)
    given = Weighed(ops.cast(labels > 0, "float32"), logits, weight)
    total = ops.zeros(())
    for name, factor in terms(which).items():
        total = total + factor * term_named(name).value(given, settings)
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
