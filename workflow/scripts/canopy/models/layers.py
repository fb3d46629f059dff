"""The layers that Keras does not have."""

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="canopy")
class Standardize(keras.layers.Layer):
    """Subtract each bin's mean and divide by its deviation, both given once from the training set.

    Input and output have shape `(batch, n_frames, n_bins)`; both statistics are weights, so they
    travel with the model.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the two statistics, shape `(n_bins,)`."""
        shape = (input_shape[-1],)
        self.mean = self.add_weight(name="mean", shape=shape, initializer="zeros", trainable=False)
        self.deviation = self.add_weight(name="deviation", shape=shape, initializer="ones", trainable=False)

    def set_statistics(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Give the statistics, each of shape `(n_bins,)`; a deviation of zero counts as one."""
        self.mean.assign(mean)
        self.deviation.assign(np.where(deviation > 0, deviation, 1.0))

    def call(self, inputs: Any) -> Any:
        """Standardize."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return (inputs - ops.cast(self.mean, inputs.dtype)) / ops.cast(self.deviation, inputs.dtype)


@keras.saving.register_keras_serializable(package="canopy")
class FrequencyCoordinate(keras.layers.Layer):
    """Give each bin its place in the spectrum: `(batch, time, bins)` to `(batch, time, bins, 1 or 2)`.

    The second channel runs from -1 at the lowest bin to +1 at the highest, so that convolutions, which
    do not know where they are, can tell a low whistle from a high one.

    Parameters
    ----------
    enabled : bool
        Without it only the channel axis is added.
    """

    def __init__(self, enabled: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.enabled = enabled

    def call(self, inputs: Any) -> Any:
        """Add the channel axis and, if enabled, the coordinate."""
        image = ops.expand_dims(inputs, -1)
        if not self.enabled:
            return image
        coordinate = ops.linspace(-1.0, 1.0, inputs.shape[-1])
        coordinate = ops.reshape(ops.cast(coordinate, image.dtype), (1, 1, -1, 1))
        return ops.concatenate([image, ops.zeros_like(image) + coordinate], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        return {**super().get_config(), "enabled": self.enabled}


@keras.saving.register_keras_serializable(package="canopy")
class AttentionPool(keras.layers.Layer):
    """Pool segmentwise logits over time, each class with its own softmax-of-tanh attention.

    Inputs are the segments' logits and the attention's scores, both `(batch, n_segments, n_species)`;
    the output is `(batch, n_species)`: `sum_t softmax_t(tanh(score)) * logit`.
    """

    def call(self, inputs: tuple[Any, Any]) -> Any:
        """Pool."""
        logits, scores = inputs
        weights = ops.exp(ops.tanh(scores))  # between 1/e and e: nothing to stabilise
        return ops.sum(weights * logits, axis=1) / ops.sum(weights, axis=1)


@keras.saving.register_keras_serializable(package="canopy")
class SegmentsToFrames(keras.layers.Layer):
    """Interpolate segmentwise logits linearly to the input's frames.

    Segment `i` summarises frames `i * stride` to `(i + 1) * stride - 1`, so its centre lies at frame
    `(i + 0.5) * stride - 0.5`: half a segment in from each end. Before the first centre and after the
    last the nearest segment's value holds. The same values as
    `tfp.math.interp_regular_1d_grid(..., fill_value="constant_extension")`, as one product with a
    fixed matrix: faster, and on any Keras backend.

    Parameters
    ----------
    n_frames : int
        Frames of the window.
    stride : float
        Frames per segment.
    first : float, optional
        Where the first segment is centred, in frames; by default half a segment in.
    """

    def __init__(self, n_frames: int, stride: float, first: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_frames, self.stride, self.first = n_frames, stride, first

    def call(self, inputs: Any) -> Any:
        """Interpolate `(batch, n_segments, n_species)` to `(batch, n_frames, n_species)`."""
        matrix = interpolation_matrix(self.n_frames, inputs.shape[1], self.stride, self.first)
        return ops.einsum("fs,bsc->bfc", ops.cast(matrix, inputs.dtype), inputs)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        first = {} if self.first is None else {"first": self.first}
        return {**super().get_config(), "n_frames": self.n_frames, "stride": self.stride, **first}


@keras.saving.register_keras_serializable(package="canopy")
class RepeatOverFrames(keras.layers.Layer):
    """Give every frame of a window the window's logits: `(batch, n_species)` to `(batch, n_frames, n_species)`.

    No gradient passes: what is known of single frames must not teach what a whole window holds.

    Parameters
    ----------
    n_frames : int
        Frames of the window.
    """

    def __init__(self, n_frames: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_frames = n_frames

    def call(self, inputs: Any) -> Any:
        """Repeat."""
        return ops.repeat(ops.expand_dims(ops.stop_gradient(inputs), 1), self.n_frames, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        return {**super().get_config(), "n_frames": self.n_frames}


def interpolation_matrix(n_frames: int, n_segments: int, stride: float, first: float | None = None) -> np.ndarray:
    """Return the weights of linear interpolation from segment centres to frames.

    Parameters
    ----------
    n_frames, n_segments : int
        How many of each.
    stride : float
        Frames per segment.
    first : float, optional
        Where the first segment is centred, in frames; by default half a segment in.

    Returns
    -------
    numpy.ndarray
        Shape `(n_frames, n_segments)`, float32; rows sum to one.
    """
    centres = (np.arange(n_segments) + 0.5) * stride - 0.5 if first is None else first + np.arange(n_segments) * stride
    frames = np.arange(n_frames)
    columns = [np.interp(frames, centres, np.eye(n_segments)[number]) for number in range(n_segments)]
    return np.stack(columns, axis=1).astype(np.float32)
