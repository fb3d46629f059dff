"""Backbones for photographs, from keras.applications and keras-hub, as trunks.

Each is built without its classifier and without preprocessing of its own, so that the network's `Picture` layer does
it for all (EfficientNetB0 to B7 have theirs built in: the layers behind it are taken).
"""

import os
from typing import Any

import keras

from canopy.config.model import IMAGENET, NO_WEIGHTS, Model
from canopy.models.alignment import Places, places_of
from canopy.models.first_weights import of_canopy
from canopy.models.image import Picture, Resize
from canopy.models.trunks.photographs import BACKBONES, Backbone, picture_size
from canopy.runtime.errors import CanopyError

STEM = "stem_conv_pad"
"""The first layer behind EfficientNetB's own preprocessing."""


def backbone_maps(levels: Any, settings: Model) -> tuple[Any, Places]:
    """Turn standardised levels into a picture and apply a backbone.

    Parameters
    ----------
    levels : keras tensor
        Shape `(batch, n_frames, n_bins)`.
    settings : Model
        Names the backbone, its weights and how the picture is made.

    Returns
    -------
    maps : keras tensor
        Shape `(batch, n_segments, n_columns, n_channels)`.
    places : Places
        Where the segments lie, in frames.

    Raises
    ------
    CanopyError
        If the weights cannot be had.
    """
    backbone, image = BACKBONES[settings.backbone], settings.image
    n_frames, n_bins = levels.shape[1:]
    rows, columns = picture_size(settings, n_frames, n_bins)
    base = _base(backbone, settings, (rows, columns, 3))
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = settings.batch_norm_momentum
    if image.resize:
        levels = Resize(rows, columns, name="resize")(levels)
    picture = Picture(image.channels, image.contrast, backbone.preprocessing, name="picture")(levels)
    in_rows, frames_per_row = places_of(base), n_frames / rows
    places = Places((in_rows.first + 0.5) * frames_per_row - 0.5, in_rows.step * frames_per_row)
    # `call`, not the model itself: its layers become the network's own.
    return _without_preprocessing(base).call(picture), places


def _base(backbone: Backbone, settings: Model, shape: tuple[int, int, int]) -> keras.Model:
    base = backbone.make(weights=None, input_shape=shape)
    if settings.weights == IMAGENET:
        size = (backbone.size, backbone.size, 3)
        try:
            base.set_weights(backbone.make(weights=IMAGENET, input_shape=size).get_weights())
        except CanopyError:
            raise
        except Exception as error:  # keras raises a bare Exception where the network fails, keras-hub what it likes
            raise CanopyError(
                f"the ImageNet weights of {settings.backbone} could not be fetched ({_first_line(error)}); connect "
                "this machine to the network once (they are kept in the home folder), set `model: weights:` to a file "
                "that holds them, or to none"
            ) from None
    elif settings.weights != NO_WEIGHTS and not of_canopy(settings.weights):
        _load(base, settings)
    return base


def _without_preprocessing(base: keras.Model) -> keras.Model:
    names = {layer.name for layer in base.layers}
    built_in = {"rescaling", "normalization", STEM} <= names
    return keras.Model(base.get_layer(STEM).input, base.output) if built_in else base


def _load(base: keras.Model, settings: Model) -> None:
    where = f"model: weights: {settings.weights}"
    if not os.path.isfile(settings.weights):
        raise CanopyError(f"{where} is no file; give the path of a .h5 file, `imagenet` or `none`")
    try:
        base.load_weights(settings.weights)
    except Exception as error:  # h5py and Keras raise many kinds
        raise CanopyError(
            f"{where} does not hold weights of {settings.backbone} without its classifier ({_first_line(error)}); give "
            "a file that Keras wrote of this backbone with include_top=False, `imagenet` or `none`"
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
