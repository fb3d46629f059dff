"""No trunk, for embeddings: the head looks at the features themselves."""

from typing import Any

from canopy.config.model import Model
from canopy.models.trunks.kind import Kind, Maps


def maps(features: Any, settings: Model) -> Maps:
    """Return the features as maps of one column, a channel per value."""
    from keras import layers

    n_frames, n_bins = features.shape[1:]
    return Maps(layers.Reshape((n_frames, 1, n_bins), name="columns")(features), 1.0)


def check(settings: Model, n_frames: int, n_bins: int) -> None:
    """Take any window."""


TRUNK = Kind("none", maps, check, sees="embeddings", begins="nothing")
