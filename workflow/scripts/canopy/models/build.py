"""Building, saving and loading a network."""

import json
import os
from pathlib import Path
from typing import Any

import keras

from canopy.config.model import Model
from canopy.errors import CanopyError
from canopy.models.alignment import Places
from canopy.models.backbones import backbone_maps
from canopy.models.compact import compact_stride, compact_trunk
from canopy.models.heads import clip_head, sed_head
from canopy.models.layers import FrequencyCoordinate, Standardize
from canopy.models.trunk import MAPS
from canopy.models.waveform import waveform_stride, waveform_trunk
from canopy.runtime.files import whole, write_text


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
        If the window is too small for the trunk, or a backbone or its weights cannot be had.
    """
    if settings.backbone == "compact":
        _check_compact(settings, n_frames, n_bins)
    elif settings.backbone == "waveform":
        _check_waveform(settings, n_frames * n_bins)
    keras.utils.set_random_seed(seed)
    policy = keras.config.dtype_policy()
    keras.backend.clear_session()  # forgets the policy too
    keras.config.set_dtype_policy(policy)
    features = keras.Input((n_frames, n_bins), name="features")
    standard = Standardize(dtype="float32", name="standardize")(features)
    maps, places = _trunk(standard, settings)
    if settings.head == "clip":
        logits = clip_head(
            maps,
            n_frames=n_frames,
            n_species=n_species,
            dropout=settings.dropout,
            prior=settings.prior,
            momentum=settings.batch_norm_momentum,
        )
    else:
        logits = sed_head(
            maps,
            n_frames=n_frames,
            stride=places.step,
            first=None if settings.backbone == "compact" else places.first,
            n_species=n_species,
            units=settings.head_units,
            dropout=settings.dropout,
        )
    return keras.Model(features, logits, name=settings.backbone)


def _trunk(standard: Any, settings: Model) -> tuple[Any, Places]:
    """Return the maps `(batch, n_segments, n_bins, n_channels)` of standardised features, and where they lie."""
    if settings.backbone == "compact":
        image = FrequencyCoordinate(settings.frequency_channel, name="frequency_coordinate")(standard)
        maps = compact_trunk(image, settings.filters, momentum=settings.batch_norm_momentum)
        stride = compact_stride(settings.filters)
        return keras.layers.Identity(name=MAPS)(maps), Places((stride - 1) / 2, stride)
    if settings.backbone == "waveform":
        return waveform_trunk(standard, settings.waveform, momentum=settings.batch_norm_momentum)
    return backbone_maps(standard, settings)


def _check_compact(settings: Model, n_frames: int, n_bins: int) -> None:
    stride = compact_stride(settings.filters)
    if n_frames < stride or n_bins < stride:
        raise CanopyError(
            f"a window of {n_frames} frames and {n_bins} bins is too small for {len(settings.filters)} blocks, which "
            f"need {stride} of each; give fewer `model: filters:`, a longer `crops: window_s:` or more bands"
        )


def _check_waveform(settings: Model, n_samples: int) -> None:
    stride = waveform_stride(settings.waveform)
    if n_samples < stride:
        raise CanopyError(
            f"a window of {n_samples} samples is too short for {len(settings.waveform.filters)} blocks, which need "
            f"{stride}; give fewer `model: waveform: filters:` or a longer `crops: window_s:`"
        )


def save_model(model: keras.Model, json_path: str | os.PathLike[str], weights_path: str | os.PathLike[str]) -> None:
    """Write a network's architecture as JSON and its weights as HDF5: the same network, the same bytes."""
    write_text(json.dumps(json.loads(model.to_json()), indent=1, sort_keys=True) + "\n", json_path)
    with whole(weights_path) as draft:
        model.save_weights(draft)


def load_model(json_path: str | os.PathLike[str], weights_path: str | os.PathLike[str]) -> keras.Model:
    """Read a network that `save_model` wrote; code in the file is refused (Keras's safe mode)."""
    import canopy.models.image
    import canopy.models.layers
    import canopy.models.normalization
    import canopy.models.waveform  # noqa: F401  (all register their layers)

    model = keras.models.model_from_json(Path(json_path).read_text(encoding="utf-8"))
    model.load_weights(weights_path)
    return model
