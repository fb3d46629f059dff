"""Beginning with the trunk of a network that Canopy trained before: for other species, or with more labels."""

import os
from pathlib import Path

import keras

from canopy.config.model import ARCHITECTURE, IMAGENET, NO_WEIGHTS, Model
from canopy.models.layers import Standardize
from canopy.runtime.errors import CanopyError


def of_canopy(weights: str) -> bool:
    """Say whether a file of weights is of a network that Canopy wrote: its architecture lies beside it."""
    return weights not in (NO_WEIGHTS, IMAGENET) and os.path.isfile(Path(weights).with_name(ARCHITECTURE))


def take_trunk(trunk: keras.Model, settings: Model) -> None:
    """Give a fresh trunk the weights of another network's; the scale of its features stays its own.

    Parameters
    ----------
    trunk : keras.Model
        From features `(batch, n_frames, n_bins)` to maps; its weights are changed.
    settings : Model
        `weights` is the path of the other network's weights.

    Raises
    ------
    CanopyError
        The other network cannot be read, or its trunk is another one.
    """
    from canopy.models.build import load_model

    where = f"model: weights: {settings.weights}"
    other = load_model(Path(settings.weights).with_name(ARCHITECTURE), settings.weights)
    if other.name != settings.backbone:
        raise CanopyError(
            f"{where} is of the backbone {other.name}, and this experiment's is {settings.backbone}; set `model: "
            f"backbone: {other.name}`, or give other weights"
        )
    if other.input_shape[2] != trunk.input_shape[2]:
        raise CanopyError(
            f"{where} is of a network that hears {other.input_shape[2]} values a frame, and this experiment's features "
            f"have {trunk.input_shape[2]}; give them the same settings"
        )
    for layer in trunk.layers:
        if not layer.weights or isinstance(layer, Standardize):
            continue
        given = _layer(other, layer.name)
        shapes = [[tuple(weight.shape) for weight in one.weights] if one else None for one in (layer, given)]
        if given is None or shapes[0] != shapes[1]:
            raise CanopyError(
                f"{where} is of another trunk: its layer {layer.name} has {_told(shapes[1])}, and this experiment's "
                f"{_told(shapes[0])}; give `model:` the same settings (`filters`, `waveform`, `frequency_channel`)"
            )
        layer.set_weights(given.get_weights())


def _layer(network: keras.Model, name: str) -> keras.layers.Layer | None:
    return next((layer for layer in network.layers if layer.name == name), None)


def _told(shapes: list[tuple[int, ...]] | None) -> str:
    return "no weights" if shapes is None else "weights of " + " and ".join(" x ".join(map(str, one)) for one in shapes)
