"""Heads: from a trunk's maps to framewise and clipwise logits."""

import math
from typing import Any

from keras import initializers, layers, ops

from canopy.models.layers import AttentionPool, RepeatOverFrames, SegmentsToFrames
from canopy.models.normalization import BatchNormalization

CONTEXT = "context"
"""The layer of a head that makes each frame the mean of those around it."""


def sed_head(
    maps: Any,
    *,
    n_frames: int,
    stride: float,
    first: float | None = None,
    n_species: int,
    units: int,
    dropout: float,
) -> dict[str, Any]:
    """Apply the sound event detection head.

    Mean over frequency, max- plus average-pooling over three steps of time, dropout, a hidden layer,
    dropout, segmentwise logits, attention over time.

    Parameters
    ----------
    maps : keras tensor
        Shape `(batch, n_segments, n_bins, n_channels)`.
    n_frames : int
        Frames of the window.
    stride : float
        Frames per segment.
    first : float, optional
        Where the first segment is centred, in frames; by default half a segment in from the window's beginning.
    n_species : int
        Number of classes.
    units : int
        Width of the hidden layer; 0: there is none.
    dropout : float
        Share of values dropped before and after the hidden layer, or before the only one.

    Returns
    -------
    dict
        `clip`, shape `(batch, n_species)`, and `frames`, shape `(batch, n_frames, n_species)`: logits.
    """
    steps = ops.mean(maps, axis=2)
    steps = layers.Add(name="pooled")(
        [
            layers.MaxPooling1D(3, strides=1, padding="same", name="max_pool")(steps),
            layers.AveragePooling1D(3, strides=1, padding="same", name="average_pool")(steps),
        ]
    )
    steps = layers.Dropout(dropout, name="dropout_in")(steps)
    if units:
        steps = layers.Dense(units, activation="relu", name="hidden")(steps)
        steps = layers.Dropout(dropout, name="dropout_out")(steps)
    segments = layers.Dense(n_species, dtype="float32", name="segments")(steps)
    attention = layers.Dense(n_species, dtype="float32", name="attention")(steps)
    return {
        "clip": AttentionPool(dtype="float32", name="clip")((segments, attention)),
        "frames": SegmentsToFrames(n_frames, stride, first, dtype="float32", name="frames")(segments),
    }


def clip_head(
    maps: Any, *, n_frames: int, n_species: int, dropout: float, prior: float, momentum: float
) -> dict[str, Any]:
    """Apply the head that knows only whole windows.

    Mean over time and frequency, batch normalisation, dropout, logits whose bias begins at the logit of a prior
    probability (Lin et al. 2017, "Focal loss for dense object detection").

    Parameters
    ----------
    maps : keras tensor
        Shape `(batch, n_segments, n_bins, n_channels)`.
    n_frames : int
        Frames of the window.
    n_species : int
        Number of classes.
    dropout : float
        Share of values dropped before the only layer.
    prior : float
        The probability that a fresh network gives to everything, about.
    momentum : float
        Of the batch normalisation.

    Returns
    -------
    dict
        `clip`, shape `(batch, n_species)`, and `frames`, shape `(batch, n_frames, n_species)`: the same logits at every
        frame, through which a frame loss teaches nothing.
    """
    mean = layers.GlobalAveragePooling2D(name="mean")(maps)
    mean = BatchNormalization(momentum=momentum, name="norm_mean")(mean)
    mean = layers.Dropout(dropout, name="dropout_in")(mean)
    bias = initializers.Constant(math.log(prior / (1 - prior)))
    clip = layers.Dense(n_species, bias_initializer=bias, dtype="float32", name="clip")(mean)
    return {"clip": clip, "frames": RepeatOverFrames(n_frames, dtype="float32", name="frames")(clip)}


def frame_head(maps: Any, *, n_species: int, cosine: bool, context: int = 1) -> dict[str, Any]:
    """Apply the head that looks at each frame by itself, for one whose weights are solved for.

    Parameters
    ----------
    maps : keras tensor
        Shape `(batch, n_frames, 1, n_channels)`.
    n_species : int
        Number of classes.
    cosine : bool
        Frames are brought to unit length before the only layer.
    context : int
        Each frame is first made the mean of so many around it.

    Returns
    -------
    dict
        `clip`, shape `(batch, n_species)`, the highest of the window's frames, and `frames`, shape
        `(batch, n_frames, n_species)`: logits.
    """
    frames = layers.Reshape((maps.shape[1], maps.shape[3]), name="steps")(maps)
    if context > 1:
        frames = layers.AveragePooling1D(context, strides=1, padding="same", name=CONTEXT)(frames)
    if cosine:
        frames = layers.UnitNormalization(name="direction")(frames)
    logits = layers.Dense(n_species, kernel_initializer="zeros", dtype="float32", name="frames")(frames)
    return {"clip": layers.GlobalMaxPooling1D(dtype="float32", name="clip")(logits), "frames": logits}
