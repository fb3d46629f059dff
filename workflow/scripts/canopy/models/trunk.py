"""A network cut in two: the trunk, which can run over a recording of any length, and the head over a window's maps."""

from typing import Any, NamedTuple

import keras
from keras import layers

from canopy.models.alignment import window_of
from canopy.models.layers import FrequencyCoordinate, Standardize

MAPS = "maps"
"""The layer between trunk and head."""

FRAMEWISE = (
    *(Standardize, FrequencyCoordinate, layers.InputLayer, layers.Identity, layers.Dropout, layers.BatchNormalization),
    *(layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.Activation, layers.Rescaling),
    *(layers.Add, layers.Subtract, layers.Multiply, layers.Maximum, layers.Average, layers.Concatenate),
)
"""Layers whose output at one time depends on their inputs at that time."""
PAIRS = (2, 2, "valid")
"""Size, stride and padding, over time, of a pooling by two."""


class Reach(NamedTuple):
    """Which frames a step of the maps depends on: step `i` on frames `i * stride - before` to `i * stride + after`."""

    stride: int
    before: int
    after: int

    def through(self, size: int, stride: int, padding: int) -> "Reach":
        """Return the reach behind a layer that sees `size` positions from `i * stride - padding` on."""
        return Reach(
            self.stride * stride,
            self.before + padding * self.stride,
            self.after + (size - 1 - padding) * self.stride,
        )


class Trunk(NamedTuple):
    """The two halves of a network.

    Attributes
    ----------
    maps : keras.Model
        From features `(batch, n, n_bins)`, any `n` that is a multiple of `step`, to maps
        `(batch, n // step - (dense - 1), ...)`.
    head : keras.Model
        From the maps of a window, `(batch, n_segments, ...)`, to its logits.
    step : int
        Frames from one position of the maps to the next.
    dense : int
        A window's maps are every so many-th position. Where the trunk ends in a pooling by two, it is done at every
        position: it costs nothing, and windows can begin where the trunk's stride would not let them.
    context : int
        Frames, a multiple of `step`: maps this far from both ends of what the trunk was given are those of the whole
        recording.
    n_segments : int
        Positions of a window's maps.
    """

    maps: keras.Model
    head: keras.Model
    step: int
    dense: int
    context: int
    n_segments: int


def split(model: keras.Model) -> Trunk | None:
    """Cut a network behind its trunk, if what the trunk sees at each time is bounded.

    Parameters
    ----------
    model : keras.Model
        With a layer named `maps` between trunk and head.

    Returns
    -------
    Trunk or None
        None where a step of the maps may depend on the whole window (squeeze and excitation, recurrence, attention), or
        where the trunk's steps do not stand at multiples of its stride: such networks predict window by window. The
        halves share the network's weights.
    """
    if MAPS not in {layer.name for layer in model.layers}:
        return None
    maps = model.get_layer(MAPS).output
    trunk = keras.Model(model.input, maps)
    reach = reach_of(trunk)
    n_segments = maps.shape[1]
    if reach is None or n_segments != model.input_shape[1] // reach.stride:
        return None
    pool: Any = next((one for one in trunk.operations if one.output is model.get_layer(MAPS).input), None)
    halves = isinstance(pool, layers.AveragePooling2D) and (pool.pool_size[0], pool.strides[0], pool.padding) == PAIRS
    dense = 2 if halves else 1
    step = reach.stride // dense
    features = keras.Input((None, *model.input_shape[2:]))
    sparse = keras.Model(model.input, pool.input) if halves else trunk
    anywhere = keras.models.clone_model(sparse, input_tensors=features, clone_function=lambda layer: layer)
    if halves:
        pooled = layers.AveragePooling2D((2, pool.pool_size[1]), strides=(1, pool.strides[1]))(anywhere.output)
        anywhere = keras.Model(features, pooled)
    furthest = max(reach.before, reach.after - step + 1, 0)
    context = -(-furthest // step) * step
    return Trunk(anywhere, keras.Model(maps, model.output), step, dense, context, n_segments)


def reach_of(trunk: keras.Model) -> Reach | None:
    """Return which frames a step of a trunk's output depends on; None where that is not bounded or not known."""
    found: dict[int, Reach] = {id(trunk.inputs[0]): Reach(1, 0, 0)}
    for operation in trunk.operations:
        if isinstance(operation, layers.InputLayer):
            continue
        reaches = {found.get(id(tensor)) for tensor in _tensors(operation.input)}
        seen = [reach for reach in reaches if reach is not None]
        if len(seen) != len(reaches) or len({reach.stride for reach in seen}) != 1:
            return None
        together = Reach(seen[0].stride, max(one.before for one in seen), max(one.after for one in seen))
        behind = _behind(operation, together)
        if behind is None:
            return None
        found[id(operation.output)] = behind
    return found.get(id(trunk.outputs[0]))


def _tensors(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _behind(operation: Any, reach: Reach) -> Reach | None:
    if isinstance(operation, FRAMEWISE):
        along_time = isinstance(operation, layers.Concatenate) and operation.axis == 1
        return None if along_time else reach
    if isinstance(operation, layers.ZeroPadding2D):
        return reach.through(1, 1, operation.padding[0][0])
    window = window_of(operation)
    if window is None:
        return None
    size, stride = window
    return reach.through(size, stride, max(size - stride, 0) // 2 if operation.padding == "same" else 0)
