"""The waveform trunk: a one-dimensional convolutional network on the samples."""

from typing import Any

from keras import layers

from canopy.config.model import Waveform
from canopy.models.normalization import BatchNormalization
from canopy.models.places import Places


def waveform_stride(settings: Waveform) -> int:
    """Return how many samples one step of the trunk's maps spans."""
    return settings.stride_samples * settings.pool ** len(settings.filters)


def waveform_trunk(frames: Any, settings: Waveform, *, momentum: float) -> tuple[Any, Places]:
    """Apply the trunk.

    A strided convolution over the samples, then blocks of two convolutions over three steps, each followed by batch
    normalisation and ReLU, and a maximum pooling.

    Parameters
    ----------
    frames : keras tensor
        Shape `(batch, n_frames, hop_samples)`: the samples, frame `i` around sample `i * hop_samples`.
    settings : Waveform
        Channels, kernel, stride and pooling.
    momentum : float
        Of the batch normalisations.

    Returns
    -------
    maps : keras tensor
        Shape `(batch, n_segments, 1, n_channels)`.
    places : Places
        Where the segments lie, in frames.
    """
    n_frames, hop = frames.shape[1:]

    def convolved(maps: Any, channels: int, size: int, name: str, stride: int = 1) -> Any:
        # Convolutions of images one column wide: the same sums, and batch normalisation takes the fused kernel.
        maps = layers.Conv2D(channels, (size, 1), (stride, 1), padding="same", use_bias=False, name=f"conv{name}")(maps)
        maps = BatchNormalization(momentum=momentum, name=f"norm{name}")(maps)
        return layers.ReLU(name=f"relu{name}")(maps)

    maps = layers.Reshape((n_frames * hop, 1, 1), name="samples")(frames)
    maps = convolved(maps, settings.filters[0], settings.kernel_samples, "0", settings.stride_samples)
    for block, channels in enumerate(settings.filters, start=1):
        for part in ("a", "b"):
            maps = convolved(maps, channels, 3, f"{block}{part}")
        maps = layers.MaxPooling2D((settings.pool, 1), name=f"pool{block}")(maps)
    step = waveform_stride(settings) / hop
    return maps, Places(step / 2 - 0.5, step)
