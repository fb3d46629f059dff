"""From a spectrogram to the picture that a backbone for photographs expects."""

from typing import Any

import keras
import numpy as np
from keras import ops

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
CAFFE_MEAN = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable(package="canopy")
class Resize(keras.layers.Layer):
    """Resize `(batch, rows, columns)` bilinearly, averaging where it shrinks (antialiasing).

    The same values as `keras.ops.image.resize(..., antialias=True)`, as two products with fixed matrices:
    deterministic, and on any device.

    Parameters
    ----------
    rows, columns : int
        Size of the result.
    """

    def __init__(self, rows: int, columns: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows, self.columns = rows, columns

    def call(self, inputs: Any) -> Any:
        """Resize."""
        down = ops.cast(resize_matrix(inputs.shape[1], self.rows), inputs.dtype)
        across = ops.cast(resize_matrix(inputs.shape[2], self.columns), inputs.dtype)
        return ops.einsum("rt,btf,cf->brc", down, inputs, across)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        return {**super().get_config(), "rows": self.rows, "columns": self.columns}


def resize_matrix(n_before: int, n_after: int) -> np.ndarray:
    """Return the weights of bilinear interpolation, shape `(n_after, n_before)`, float32; rows sum to one."""
    centres = (np.arange(n_after) + 0.5) * n_before / n_after - 0.5
    distance = np.abs(np.arange(n_before) - centres[:, None]) / max(n_before / n_after, 1.0)
    weights = np.maximum(1 - distance, 0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@keras.saving.register_keras_serializable(package="canopy")
class Picture(keras.layers.Layer):
    """Turn standardised levels `(batch, rows, columns)` into a picture of three channels.

    A level of `-contrast` becomes black (0) and one of `contrast` white (255), without clipping; then comes what the
    backbone was trained with.

    Parameters
    ----------
    channels : str
        `repeat`: the levels in all three. `coordinate`: the levels in two, and in the third the place of the column,
        from black at the lowest frequency to white at the highest.
    contrast : float
        Deviations from the mean that become black and white.
    preprocessing : str
        As in `keras.applications.imagenet_utils.preprocess_input`: `tf`, from -1 to 1; `torch`, from 0 to 1, then less
        ImageNet's mean and by its deviation; `caffe`, blue first, less ImageNet's mean.
    """

    def __init__(self, channels: str, contrast: float, preprocessing: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels, self.contrast, self.preprocessing = channels, contrast, preprocessing

    def call(self, inputs: Any) -> Any:
        """Make the picture."""
        level = ops.expand_dims(inputs / self.contrast, -1)
        third = level
        if self.channels == "coordinate":
            place = ops.reshape(ops.cast(ops.linspace(-1.0, 1.0, inputs.shape[-1]), level.dtype), (1, 1, -1, 1))
            third = ops.zeros_like(level) + place
        colours = ops.concatenate([level, level, third], axis=-1)
        if self.preprocessing == "tf":
            return colours
        share = (colours + 1) / 2
        if self.preprocessing == "torch":
            return (share - self._row(IMAGENET_MEAN, share)) / self._row(IMAGENET_DEVIATION, share)
        return 255 * share[..., ::-1] - self._row(CAFFE_MEAN, share)

    @staticmethod
    def _row(values: tuple[float, ...], like: Any) -> Any:
        return ops.reshape(ops.cast(np.array(values, np.float32), like.dtype), (1, 1, 1, 3))

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        own = {"channels": self.channels, "contrast": self.contrast, "preprocessing": self.preprocessing}
        return {**super().get_config(), **own}
