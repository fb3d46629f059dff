"""Losses over partial labels: known ones count fully, unknown ones as far as the settings say.

Each term is a sum over labels of weight times loss, divided by the weight that the training's windows hold on average
(`canopy.training.label_weights`): so a label weighs the same whatever else is in its batch.
"""

from typing import Any

from keras import ops

from canopy.config.loss import Loss, terms
from canopy.training.label_weights import Scale, Scales
from canopy.training.targets import ABSENT, PRESENT, SOMEWHERE, UNKNOWN
from canopy.training.terms.registry import term_named
from canopy.training.terms.term import Weighed

FAR, LEAST = 1e9, 1e-6


def masked_loss(labels: Any, logits: Any, which: str, settings: Loss, scale: Scale, *, covered: Any = 0.0) -> Any:
    """Return a weighted sum of terms over partial labels.

    Parameters
    ----------
    labels : tensor
        +1 present, -1 absent, 0 unknown, 2 perhaps present, which has no weight; the first axis is the windows'.
    logits : tensor
        The same shape.
    which : str
        The sum, as in `canopy.config.loss.terms`.
    settings : Loss
        The terms' parameters.
    scale : Scale
        What absent and unknown labels weigh, and all of a window's together on average.
    covered : tensor, optional
        From 0 to 1, of the same shape: how far an unknown label weighs as an absent one does.

    Returns
    -------
    tensor
        Scalar, float32.

    Raises
    ------
    CanopyError
        There is no term of a name in the sum.
    """
    logits = ops.cast(logits, "float32")
    labels = ops.cast(labels, "int32")
    target = ops.cast(labels == PRESENT, "float32")
    weight = ops.where(labels == ABSENT, scale.absent, target)
    weight = ops.where(labels == UNKNOWN, scale.unknown + (scale.absent - scale.unknown) * covered, weight)
    given = Weighed(target, logits, weight, scale.per_window * labels.shape[0])
    total = ops.zeros(())
    for name, factor in terms(which).items():
        total = total + factor * term_named(name).value(given, settings)
    return total


def sed_loss(outputs: dict[str, Any], batch: Any, mixed: tuple[Any, Any], settings: Loss, scales: Scales) -> Any:
    """Return the sum of the losses of clips, of frames, of refuted stretches and of bags.

    A bag's species call in some of its windows and in some of its frames; and each window weighs by itself as far as it
    is the bag.

    Parameters
    ----------
    outputs : dict
        Logits `clip` `(batch, n_species)` and `frames` `(batch, n_frames, n_species)`.
    batch : Batch
        The windows before augmentation: their bags, and what is known of these, hold after it.
    mixed : tuple of tensor
        Labels of clips and of frames after augmentation, of the shapes of `outputs`.
    settings : Loss
        The terms and their weights.
    scales : Scales
        What labels of clips and of frames weigh.

    Returns
    -------
    tensor
        Scalar.
    """
    clip, frames = (ops.cast(labels, "int32") for labels in mixed)
    logits = {name: ops.cast(values, "float32") for name, values in outputs.items()}
    refuted = (clip == UNKNOWN) & ops.any(frames == ABSENT, axis=1)
    quiet = ~ops.any((frames == PRESENT) | (frames == SOMEWHERE), axis=1)
    covered = ops.mean(ops.cast(frames == ABSENT, "float32"), axis=1) * ops.cast(quiet, "float32")
    known = masked_loss(clip, logits["clip"], settings.clip, settings, scales.clip, covered=covered)
    known = known + masked_loss(frames, logits["frames"], settings.frames, settings, scales.frames)
    by_clip, by_frames = (sum(terms(which).values()) for which in (settings.clip, settings.frames))
    told = by_clip * scales.clip.absent * stretch_loss(logits["frames"], frames == ABSENT, refuted)
    if by_clip:
        somewhere = ops.cast(batch.clip, "int32") == SOMEWHERE
        each = ops.sum(share_of_bag(batch, somewhere) * ops.softplus(-logits["clip"]))
        told = told + by_clip * (each + bag_loss(logits["clip"][:, None], batch, somewhere))
    if by_frames:
        somewhere = ops.any(ops.cast(batch.frames, "int32") == SOMEWHERE, axis=1)
        told = told + by_frames * bag_loss(logits["frames"], batch, somewhere)
    return known + told / (scales.clip.per_window * clip.shape[0])


def linear_softmax(log_p: Any, axis: int = 1) -> Any:
    """Return the logarithm of `sum p^2 / sum p`: the probability that a species calls in some of several stretches.

    Wang, Li and Metze 2019, "A comparison of five multiple instance learning pooling functions for sound event
    detection with weak labeling": a label of the whole teaches the likely ones among its parts, and not all of them.
    """
    return ops.logsumexp(2 * log_p, axis=axis) - ops.logsumexp(log_p, axis=axis)


def stretch_loss(logits: Any, chosen: Any, refuted: Any) -> Any:
    """Return the loss of species that do not call in some frames of a window, over these alone.

    Parameters
    ----------
    logits : tensor
        Of frames, shape `(batch, n_frames, n_species)`.
    chosen : tensor
        Bool, of the same shape: the frames.
    refuted : tensor
        Bool, shape `(batch, n_species)`: where it counts.

    Returns
    -------
    tensor
        Scalar, a sum.
    """
    log_p = linear_softmax(ops.where(chosen, -ops.softplus(-logits), -FAR))
    log_not = ops.log(ops.maximum(-ops.expm1(ops.minimum(log_p, 0.0)), LEAST))
    return -ops.sum(ops.where(refuted, log_not, 0.0))


def bag_loss(logits: Any, batch: Any, somewhere: Any) -> Any:
    """Return the loss of species that call somewhere in a bag of windows.

    Parameters
    ----------
    logits : tensor
        Shape `(batch, n_parts, n_species)`: of each window's frames, or of it alone.
    batch : Batch
        Its `bag` tells which windows belong together; those of none have a negative number.
    somewhere : tensor
        Bool, shape `(batch, n_species)`: what calls in a window's bag.

    Returns
    -------
    tensor
        Scalar, a sum over bags and species.
    """
    together = _together(batch)
    log_p = -ops.softplus(-logits)
    parts = [ops.logsumexp(power * log_p, axis=1) for power in (2, 1)]  # (batch, n_species)
    of_bag = [
        ops.logsumexp(ops.where(together[:, :, None], part[None], -FAR), axis=1) for part in parts
    ]  # linear_softmax over all parts of the bag
    return -ops.sum(share_of_bag(batch, somewhere) * (of_bag[0] - of_bag[1]))


def share_of_bag(batch: Any, somewhere: Any) -> Any:
    """Return what share of its bag each window is, where its species call somewhere in that, and 0 elsewhere.

    A call that may be anywhere in the bag is in a window with about this probability, so that a window by itself weighs
    as much.

    Returns
    -------
    tensor
        Shape `(batch, n_species)`, float32.
    """
    size = ops.sum(ops.cast(_together(batch), "float32"), axis=1)
    return ops.cast(somewhere & (batch.bag >= 0)[:, None], "float32") / size[:, None]


def _together(batch: Any) -> Any:
    """Say which windows are of one bag, shape `(batch, batch)`."""
    return batch.bag[:, None] == batch.bag[None, :]
