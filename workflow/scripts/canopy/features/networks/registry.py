"""All formats of pretrained networks. A new one is a module beside this one, imported here and put in `FORMATS`."""

import os
from collections.abc import Callable
from functools import lru_cache

from canopy.config.embedding import EmbeddingFeatures
from canopy.features.networks.classes import kept, numbered
from canopy.features.networks.keras import open_keras, open_saved_model
from canopy.features.networks.network import Network
from canopy.features.networks.onnx import open_onnx
from canopy.features.networks.tflite import open_tflite
from canopy.runtime.errors import CanopyError

FORMATS: dict[str, Callable[[str, str | None, int], Network]] = {
    ".tflite": open_tflite,
    ".onnx": open_onnx,
    ".keras": open_keras,
    "/": open_saved_model,
}
"""By the end of a file's name; a folder's is a slash."""


@lru_cache(maxsize=4)
def open_network(settings: EmbeddingFeatures) -> Network:
    """Open the file of a feature set's network.

    Parameters
    ----------
    settings : EmbeddingFeatures
        Its `model` is the path of a file that is there (`canopy.features.networks.locate`).

    Raises
    ------
    CanopyError
        The file is none of a known format, holds no network that takes samples, lacks the layer, or does not hear
        windows of the length that the settings say.
    """
    path = settings.model
    ending = "/" if os.path.isdir(path) else os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise CanopyError(
            f"{path} is of no format that Canopy opens: give a file {', '.join(FORMATS)[:-3]}, or a SavedModel's folder"
        )
    try:
        network = FORMATS[ending](path, settings.layer, settings.window_samples)
    except OSError as error:
        raise CanopyError(f"{path} cannot be read ({error.strerror or error}); fetch it again") from None
    if settings.stride_frames > network.n_positions:
        raise CanopyError(
            f"{path}: the layer has {network.n_positions} positions in a window, so that windows "
            f"{settings.stride_frames} frames apart leave gaps; set `stride_frames: {network.n_positions}` or less"
        )
    reach = (network.n_positions - 1) * settings.hop_samples
    if reach >= network.n_samples:
        raise CanopyError(
            f"{path}: {network.n_positions} positions {settings.hop_samples} samples apart do not fit into a window of "
            f"{network.n_samples} samples; set `hop_samples: {network.n_samples // network.n_positions}` or less"
        )
    return kept(network, numbered(settings, path), path) if settings.classes else network
