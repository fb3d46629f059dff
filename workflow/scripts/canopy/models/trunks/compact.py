"""The compact trunk, which learns from scratch on a CPU (`canopy.models.compact`)."""

from typing import Any

from canopy.config.model import Model
from canopy.models.trunks.kind import Kind, Maps
from canopy.runtime.errors import CanopyError


def maps(features: Any, settings: Model) -> Maps:
    """Return the maps of features with their frequencies beside them, if the settings say so."""
    import keras

    from canopy.models.compact import compact_stride, compact_trunk
    from canopy.models.layers import FrequencyCoordinate
    from canopy.models.trunk import MAPS

    image = FrequencyCoordinate(settings.frequency_channel, name="frequency_coordinate")(features)
    found = compact_trunk(image, settings.filters, momentum=settings.batch_norm_momentum)
    return Maps(keras.layers.Identity(name=MAPS)(found), compact_stride(settings.filters))


def check(settings: Model, n_frames: int, n_bins: int) -> None:
    """Refuse a window that the poolings leave nothing of."""
    from canopy.models.compact import compact_stride

    stride = compact_stride(settings.filters)
    if n_frames < stride or n_bins < stride:
        raise CanopyError(
            f"a window of {n_frames} frames and {n_bins} bins is too small for {len(settings.filters)} blocks, which "
            f"need {stride} of each; give fewer `model: filters:`, a longer `crops: window_s:` or more bands"
        )


TRUNK = Kind("compact", maps, check)
