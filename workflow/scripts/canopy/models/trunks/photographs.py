"""Trunks for photographs, from keras.applications and keras-hub (`canopy.models.backbones` puts them on features)."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from canopy.config.model import IMAGENET, Model
from canopy.models.trunks.kind import Kind, Maps
from canopy.runtime.errors import CanopyError


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
    needs : tuple of str
        The packages outside the locked ones that make it.
    """

    make: Callable[..., Any]
    size: int
    preprocessing: Literal["tf", "torch", "caffe"]
    smallest: int = 32
    needs: tuple[str, ...] = ()


def _application(name: str, **options: Any) -> Callable[..., Any]:
    def make(*, weights: str | None, input_shape: tuple[int, int, int]) -> Any:
        import keras

        build = getattr(keras.applications, name)
        return build(include_top=False, weights=weights, input_shape=input_shape, **options)

    return make


def _resnet(n_layers: int, blocks: tuple[int, ...]) -> Callable[..., Any]:
    def make(*, weights: str | None, input_shape: tuple[int, int, int]) -> Any:
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
    "resnet18": Backbone(_resnet(18, (2, 2, 2, 2)), 224, "torch", needs=("keras_hub",)),
    "resnet34": Backbone(_resnet(34, (3, 4, 6, 3)), 224, "torch", needs=("keras_hub",)),
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


def maps(features: Any, settings: Model) -> Maps:
    """Return the maps of features that were made a picture."""
    from canopy.models.backbones import backbone_maps

    found, places = backbone_maps(features, settings)
    return Maps(found, places.step, places.first)


def check(settings: Model, n_frames: int, n_bins: int) -> None:
    """Refuse a picture that the backbone cannot take."""
    backbone = BACKBONES[settings.backbone]
    rows, columns = picture_size(settings, n_frames, n_bins)
    if min(rows, columns) < backbone.smallest:
        raise CanopyError(
            f"the backbone {settings.backbone} needs a picture of at least {backbone.smallest} rows and columns, not "
            f"{rows} by {columns}; give more `model: image: rows:` and `columns:`, or `resize: true`"
        )


def picture_size(settings: Model, n_frames: int, n_bins: int) -> tuple[int, int]:
    """Return the rows and columns of the picture that a window of features becomes."""
    size, image = BACKBONES[settings.backbone].size, settings.image
    return (image.rows or size, image.columns or size) if image.resize else (n_frames, n_bins)


def register() -> None:
    """Import the layers."""
    import canopy.models.image  # noqa: F401


TRUNKS = tuple(
    Kind(name, maps, check, begins="keras", needs=made.needs, register=register) for name, made in BACKBONES.items()
)
