"""The compact trunk: a small convolutional network that learns from scratch on a CPU."""

from collections.abc import Sequence
from typing import Any

from keras import layers

from canopy.models.normalization import BatchNormalization


def compact_stride(filters: Sequence[int]) -> int:
    """Return how many frames, and how many bins, one step of the trunk's maps spans."""
    return 2 ** len(filters)


def compact_trunk(image: Any, filters: Sequence[int], *, momentum: float = 0.9) -> Any:
    """Apply the trunk.

    Each block is two 3x3 convolutions, each followed by batch normalisation and ReLU, and an average
    pooling that halves time and frequency.

    Parameters
    ----------
    image : keras tensor
        Shape `(batch, n_frames, n_bins, n_channels)`.
    filters : sequence of int
        Channels of each block.
    momentum : float
        Of the batch normalisations.

    Returns
    -------
    keras tensor
        Shape `(batch, n_frames // stride, n_bins // stride, filters[-1])`, the stride that of `compact_stride`.
    """
    maps = image
    for block, channels in enumerate(filters, start=1):
        for part in ("a", "b"):
            maps = layers.Conv2D(channels, 3, padding="same", use_bias=False, name=f"conv{block}{part}")(maps)
            maps = BatchNormalization(momentum=momentum, name=f"norm{block}{part}")(maps)
            maps = layers.ReLU(name=f"relu{block}{part}")(maps)
        maps = layers.AveragePooling2D(2, name=f"pool{block}")(maps)
    return maps
