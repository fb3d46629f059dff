"""Backbones for photographs, from keras.applications and keras-hub, as trunks.

Each is built without its classifier and without preprocessing of its own, so that the network's `Picture` layer does
it for all (EfficientNetB0 to B7 have theirs built in: the layers behind it are taken).
"""

import os
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import keras

from canopy.config.model import IMAGENET, NO_WEIGHTS, Model
from canopy.errors import CanopyError
from canopy.models.alignment import Places, places_of
from canopy.models.image import Picture, Resize

STEM = "stem_conv_pad"
"""The first layer behind EfficientNetB's own preprocessing."""


class Backbone(NamedTuple):
    """How a backbone is made and what it was trained with.

    Attributes
    ----------
    make : callable
        From `weights` and `input_shape` to a model without a classifier.
    size : int
        Rows and columns of its pictures.
    preprocessing : str
        As in `Picture`.
    smallest : int
        Fewest rows and columns that it can take.
    """

    make: Callable[..., keras.Model]
    size: int
    preprocessing: Literal["tf", "torch", "caffe"]
    smallest: int = 32


def _application(name: str, **options: Any) -> Callable[..., keras.Model]:
    def make(*, weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
        build = getattr(keras.applications, name)
        return build(include_top=False, weights=weights, input_shape=input_shape, **options)

    return make


def _resnet(n_layers: int, blocks: tuple[int, ...]) -> Callable[..., keras.Model]:
    def make(*, weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
        try:
            import keras_hub
        except ImportError:
            raise CanopyError(
                f"the backbone resnet{n_layers} needs the package keras-hub, which is not installed; install it "
                "(`make install-hub`, or `pip install -r envs/requirements-hub.lock`) or choose another: resnet50"
            ) from None
        if weights == IMAGENET:
            return keras_hub.models.ResNetBackbone.from_preset(f"resnet_{n_layers}_imagenet")
        return keras_hub.models.ResNetBackbone(
            input_conv_filters=[64],
            input_conv_kernel_sizes=[7],
            stackwise_num_filters=[64, 128, 256, 512],
            stackwise_num_blocks=list(blocks),
            stackwise_num_strides=[1, 2, 2, 2],
            block_type="basic_block",
            image_shape=input_shape,
        )

    return make


_EFFICIENTNET_SIZES = {"B0": 224, "B1": 240, "B2": 260, "B3": 300, "B4": 380, "B5": 456, "B6": 528, "B7": 600}
_EFFICIENTNET_V2_SIZES = {"B0": 224, "B1": 240, "B2": 260, "B3": 300, "S": 384, "M": 480, "L": 480}

BACKBONES: dict[str, Backbone] = {
    "resnet18": Backbone(_resnet(18, (2, 2, 2, 2)), 224, "torch"),
    "resnet34": Backbone(_resnet(34, (3, 4, 6, 3)), 224, "torch"),
    "resnet50": Backbone(_application("ResNet50"), 224, "caffe"),
    **{
        f"efficientnet_{name.lower()}": Backbone(_application(f"EfficientNet{name}"), size, "torch")
        for name, size in _EFFICIENTNET_SIZES.items()
    },
    **{
        f"efficientnet_v2_{name.lower()}": Backbone(
            _application(f"EfficientNetV2{name}", include_preprocessing=False),
            size,
            "torch" if name.startswith("B") else "tf",
        )
        for name, size in _EFFICIENTNET_V2_SIZES.items()
    },
    **{
        f"convnext_{name.lower()}": Backbone(_application(f"ConvNeXt{name}", include_preprocessing=False), 224, "torch")
        for name in ("Tiny", "Small", "Base", "Large", "XLarge")
    },
    "mobilenet_v2": Backbone(_application("MobileNetV2"), 224, "tf"),
    "mobilenet_v3_large": Backbone(_application("MobileNetV3Large", include_preprocessing=False), 224, "tf"),
    "densenet121": Backbone(_application("DenseNet121"), 224, "torch"),
    "xception": Backbone(_application("Xception"), 299, "tf", smallest=71),
    "vgg16": Backbone(_application("VGG16"), 224, "caffe"),
    "vgg19": Backbone(_application("VGG19"), 224, "caffe"),
}


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
        If the picture is too small, or the weights cannot be had.
    """
    backbone, image = BACKBONES[settings.backbone], settings.image
    n_frames, n_bins = levels.shape[1:]
    rows, columns = (
        (image.rows or backbone.size, image.columns or backbone.size) if image.resize else (n_frames, n_bins)
    )
    if min(rows, columns) < backbone.smallest:
        raise CanopyError(
            f"the backbone {settings.backbone} needs a picture of at least {backbone.smallest} rows and columns, not "
            f"{rows} by {columns}; give more `model: image: rows:` and `columns:`, or `resize: true`"
        )
    base = _base(backbone, settings, (rows, columns, 3))
    for layer in base.layers:
        layer.trainable = settings.trainable
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
    elif settings.weights != NO_WEIGHTS:
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
