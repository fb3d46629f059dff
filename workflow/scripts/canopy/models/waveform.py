"""The waveform trunk: a learned filterbank on the samples, and a one-dimensional convolutional network on its bands."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from canopy.config.model import Waveform
from canopy.models.alignment import Places
from canopy.models.normalization import BatchNormalization

CORNER = 0.03
"""In cycles per sample: below it bands are spaced evenly, above it by ratios, as on the mel scale."""
HIGHEST = 0.48
FLOOR = 1e-5
"""The energy that counts as silence, that of all samples being 1: 50 dB below."""


def waveform_stride(settings: Waveform) -> int:
    """Return how many samples one step of the trunk's maps spans."""
    return settings.stride_samples * settings.average * settings.pool ** len(settings.filters)


@keras.saving.register_keras_serializable(package="canopy")
class GaborPairs(keras.initializers.Initializer):
    """Band-pass filters in pairs, a cosine and a sine under a Gaussian, each of unit norm.

    The kernel's shape is `(n_steps, 1, stride, 2 * n_bands)`, for convolutions over steps of `stride` samples each: all
    cosines from the lowest band to the highest, then all sines. A filter lasts as long as its band is narrow, and as
    the kernel and the step of the convolution allow.

    Notes
    -----
    As a beginning for learned filters: Zeghidour et al. 2018, "Learning filterbanks from raw speech for phone
    recognition".
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the kernel."""
        n_samples, stride, n_bands = shape[0] * shape[2], shape[2], shape[-1] // 2
        low, high = (np.log1p(edge / CORNER) for edge in (min(1.5 / n_samples, HIGHEST / 2), HIGHEST))
        edges = CORNER * np.expm1(np.linspace(low, high, n_bands + 1))
        centre, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        deviation = np.clip(1 / (np.pi * width), stride / 2, max(n_samples / 5, stride / 2))
        time = (np.arange(n_samples) - (n_samples - 1) / 2)[:, None]
        envelope = np.exp(-0.5 * (time / deviation) ** 2)
        phase = 2 * np.pi * centre * time
        kernel = np.concatenate([envelope * np.cos(phase), envelope * np.sin(phase)], axis=1)
        kernel /= np.maximum(np.linalg.norm(kernel, axis=0), 1e-6)
        return ops.convert_to_tensor(kernel.reshape(shape), dtype or "float32")


@keras.saving.register_keras_serializable(package="canopy")
class LogEnergy(keras.layers.Layer):
    """The logarithm of the bands' energies.

    From the outputs of pairs of filters, `(batch, n_steps, 1, 2 * n_bands)` as `GaborPairs` orders them, to
    `(batch, n_steps // average, 1, n_bands)`.

    Parameters
    ----------
    average : int
        Over so many steps the energy of a pair of filters is averaged.
    """

    def __init__(self, average: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.average = average

    def call(self, inputs: Any) -> Any:
        """Square, add, average and take the logarithm."""
        cosine, sine = ops.split(inputs, 2, axis=-1)
        energy = ops.square(cosine) + ops.square(sine)
        if self.average > 1:
            energy = ops.average_pool(energy, (self.average, 1), (self.average, 1))
        return ops.log(energy + FLOOR)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        return {**super().get_config(), "average": self.average}


def waveform_trunk(frames: Any, settings: Waveform, *, momentum: float) -> tuple[Any, Places]:
    """Apply the trunk.

    Learned band-pass filters and the logarithm of their energy, then blocks of two convolutions over three steps, each
    followed by batch normalisation and ReLU, and a maximum pooling.

    Parameters
    ----------
    frames : keras tensor
        Shape `(batch, n_frames, hop_samples)`: the samples, frame `i` around sample `i * hop_samples`.
    settings : Waveform
        Bands, kernel, stride, channels and pooling.
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
    stride = settings.stride_samples
    n_steps, rest = divmod(n_frames * hop, stride)
    samples = layers.Reshape((n_frames * hop, 1), name="samples")(frames)
    if rest:
        samples = layers.Cropping1D((0, rest), name="whole_steps")(samples)
    # A filter over every `stride`-th sample is a convolution over steps of so many channels: far faster. And images one
    # column wide give the same sums as sequences, but batch normalisation takes the fused kernel.
    maps = layers.Conv2D(
        2 * settings.bands,
        (settings.kernel_steps, 1),
        padding="same",
        use_bias=False,
        kernel_initializer=GaborPairs(),
        dtype="float32",
        name="filterbank",
    )(layers.Reshape((n_steps, 1, stride), name="steps")(samples))
    maps = LogEnergy(settings.average, dtype="float32", name="log_energy")(maps)
    maps = BatchNormalization(momentum=momentum, name="norm0")(maps)
    for block, channels in enumerate(settings.filters, start=1):
        for part in ("a", "b"):
            maps = layers.Conv2D(channels, (3, 1), padding="same", use_bias=False, name=f"conv{block}{part}")(maps)
            maps = BatchNormalization(momentum=momentum, name=f"norm{block}{part}")(maps)
            maps = layers.ReLU(name=f"relu{block}{part}")(maps)
        maps = layers.MaxPooling2D((settings.pool, 1), name=f"pool{block}")(maps)
    step = waveform_stride(settings) / hop
    return maps, Places(step / 2 - 0.5, step)
