"""The waveform trunk: a learned filterbank on samples (`canopy.models.waveform`)."""

from typing import Any

from canopy.config.model import Model
from canopy.models.trunks.kind import Kind, Maps
from canopy.runtime.errors import CanopyError


def maps(features: Any, settings: Model) -> Maps:
    """Return the maps of samples."""
    from canopy.models.waveform import waveform_trunk

    found, places = waveform_trunk(features, settings.waveform, momentum=settings.batch_norm_momentum)
    return Maps(found, places.step, places.first)


def check(settings: Model, n_frames: int, n_bins: int) -> None:
    """Refuse a window that the poolings leave nothing of."""
    from canopy.models.waveform import waveform_stride

    stride, n_samples = waveform_stride(settings.waveform), n_frames * n_bins
    if n_samples < stride:
        raise CanopyError(
            f"a window of {n_samples} samples is too short for {len(settings.waveform.filters)} blocks, which need "
            f"{stride}; give fewer `model: waveform: filters:` or a longer `crops: window_s:`"
        )


def register() -> None:
    """Import the layers."""
    import canopy.models.waveform  # noqa: F401


TRUNK = Kind("waveform", maps, check, sees="samples", register=register)
