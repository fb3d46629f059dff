"""Heads: from a trunk's maps to framewise and clipwise logits."""

from typing import Any

from keras import layers, ops

from canopy.models.layers import AttentionPool, SegmentsToFrames


def sed_head(maps: Any, *, n_frames: int, stride: int, n_species: int, units: int, dropout: float) -> dict[str, Any]:
    """Apply the sound event detection head.

    Mean over frequency, max- plus average-pooling over three steps of time, dropout, a hidden layer,
    dropout, segmentwise logits, attention over time.

    Parameters
    ----------
    maps : keras tensor
        Shape `(batch, n_segments, n_bins, n_channels)`.
    n_frames, stride : int
        Frames of the window, and frames per segment.
    n_species : int
        Number of classes.
    units : int
        Width of the hidden layer.
    dropout : float
        Share of values dropped before and after the hidden layer.

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
    steps = layers.Dense(units, activation="relu", name="hidden")(steps)
    steps = layers.Dropout(dropout, name="dropout_out")(steps)
    segments = layers.Dense(n_species, dtype="float32", name="segments")(steps)
    attention = layers.Dense(n_species, dtype="float32", name="attention")(steps)
    return {
        "clip": AttentionPool(dtype="float32", name="clip")((segments, attention)),
        "frames": SegmentsToFrames(n_frames, stride, dtype="float32", name="frames")(segments),
    }
