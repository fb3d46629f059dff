"""Building, saving and loading a network."""

import json
import os
from pathlib import Path

import keras

from canopy.config.model import Model
from canopy.errors import CanopyError
from canopy.files import whole, write_text
from canopy.models.compact import compact_stride, compact_trunk
from canopy.models.heads import sed_head
from canopy.models.layers import FrequencyCoordinate, Standardize
from canopy.models.trunk import MAPS


def build_model(settings: Model, *, n_frames: int, n_bins: int, n_species: int, seed: int) -> keras.Model:
    """Build a network with fresh weights.

    Parameters
    ----------
    settings : Model
        Trunk and head.
    n_frames, n_bins : int
        Shape of a window of features.
    n_species : int
        Number of classes.
    seed : int
        Seed of the initial weights and of dropout.

    Returns
    -------
    keras.Model
        From features `(batch, n_frames, n_bins)` to a dict of logits: `clip` `(batch, n_species)`
        and `frames` `(batch, n_frames, n_species)`.

    Raises
    ------
    CanopyError
        If the window is too small for the trunk.
    """
    stride = compact_stride(settings.filters)
    if n_frames < stride or n_bins < stride:
        raise CanopyError(
            f"a window of {n_frames} frames and {n_bins} bins is too small for {len(settings.filters)} blocks, which "
            f"need {stride} of each; give fewer `model: filters:`, a longer `crops: window_s:` or more bands"
        )
    keras.utils.set_random_seed(seed)
    keras.backend.clear_session()
    features = keras.Input((n_frames, n_bins), name="features")
    standard = Standardize(name="standardize")(features)
    image = FrequencyCoordinate(settings.frequency_channel, name="frequency_coordinate")(standard)
    maps = keras.layers.Identity(name=MAPS)(compact_trunk(image, settings.filters))
    logits = sed_head(
        maps,
        n_frames=n_frames,
        stride=stride,
        n_species=n_species,
        units=settings.head_units,
        dropout=settings.dropout,
    )
    return keras.Model(features, logits, name=settings.backbone)


def save_model(model: keras.Model, json_path: str | os.PathLike[str], weights_path: str | os.PathLike[str]) -> None:
    """Write a network's architecture as JSON and its weights as HDF5: the same network, the same bytes."""
    write_text(json.dumps(json.loads(model.to_json()), indent=1, sort_keys=True) + "\n", json_path)
    with whole(weights_path) as draft:
        model.save_weights(draft)


def load_model(json_path: str | os.PathLike[str], weights_path: str | os.PathLike[str]) -> keras.Model:
    """Read a network that `save_model` wrote; code in the file is refused (Keras's safe mode)."""
    import canopy.models.layers
    import canopy.models.normalization  # noqa: F401  (both register their layers)

    model = keras.models.model_from_json(Path(json_path).read_text(encoding="utf-8"))
    model.load_weights(weights_path)
    return model
