"""Where the steps of a backbone's maps lie in its picture."""

from typing import Any, NamedTuple

import keras
from keras import layers

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
POOLS = (layers.MaxPooling2D, layers.AveragePooling2D)


class Places(NamedTuple):
    """Step `i` of the maps is centred on row `first + i * step` of the picture."""

    first: float
    step: float

    def through(self, size: int, stride: int, padding: int) -> "Places":
        """Return the places behind a layer that sees `size` rows from `i * stride - padding` on."""
        return Places(self.first + ((size - 1) / 2 - padding) * self.step, self.step * stride)


def places_of(base: keras.Model) -> Places:
    """Return where the steps of a backbone's maps lie.

    Backbones pad and stride differently: what they see at step `i` of 32 rows may be centred anywhere from row `32 i`
    (ResNet) to row `32 i + 31` (MobileNet on even sizes). Labels that ignore it are off by up to half a step.

    Parameters
    ----------
    base : keras.Model
        From pictures `(batch, rows, columns, channels)`, rows known, to maps of rank 4.

    Returns
    -------
    Places
        By the centres of all convolutions and poolings on the way, the mean where branches join. Branches that see the
        whole picture (squeeze and excitation) have no place and do not count.
    """
    found: dict[int, Places | None] = {id(base.inputs[0]): Places(0.0, 1.0)}
    for operation in base.operations:
        if isinstance(operation, layers.InputLayer):
            continue
        given = operation.input if isinstance(operation.input, list | tuple) else [operation.input]
        seen = [place for tensor in given if (place := found.get(id(tensor))) is not None]
        together = Places(sum(one.first for one in seen) / len(seen), seen[0].step) if seen else None
        shapes = tuple(given[0].shape), tuple(operation.output.shape)
        found[id(operation.output)] = _behind(operation, *shapes, together) if together else None
    place = found[id(base.outputs[0])]
    if place is None:
        raise ValueError(f"{base.name}: its maps have no place in the picture")
    return place


def window_of(operation: Any) -> tuple[int, int] | None:
    """Return how many rows a convolution or pooling sees at once, and its stride; None for any other operation."""
    if isinstance(operation, CONVOLUTIONS):
        return (operation.kernel_size[0] - 1) * operation.dilation_rate[0] + 1, operation.strides[0]
    if isinstance(operation, POOLS):
        return operation.pool_size[0], operation.strides[0]
    return None


Shape = tuple[int | None, ...]


def _behind(operation: Any, before: Shape, after: Shape, places: Places) -> Places | None:
    if isinstance(operation, keras.Sequential):
        inside: Places | None = places
        for layer in operation.layers:
            after = layer.compute_output_shape(before)
            inside = _behind(layer, before, after, inside) if inside else None
            before = after
        return inside
    if isinstance(operation, layers.ZeroPadding2D):
        return places.through(1, 1, operation.padding[0][0])
    window = window_of(operation)
    if window is None:
        return places if len(after) == 4 and after[1] == before[1] else None
    size, stride = window
    if operation.padding != "same" or before[1] is None:
        return places.through(size, stride, 0)
    missing = (-(-before[1] // stride) - 1) * stride + size - before[1]
    return places.through(size, stride, max(missing, 0) // 2)
