"""Building, saving and loading a network."""

import json
import os
from pathlib import Path

import keras

from canopy.config.model import SOLVED, Model
from canopy.models.first_weights import of_canopy, take_trunk
from canopy.models.heads import clip_head, frame_head, sed_head
from canopy.models.layers import Standardize
from canopy.models.trunks.registry import TRUNKS, trunk_named
from canopy.runtime.errors import CanopyError
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
        If there is no such trunk, the window is too small for it, or it or its weights cannot be had.
    """
    trunk = trunk_named(settings.backbone)
    trunk.check(settings, n_frames, n_bins)
    keras.utils.set_random_seed(seed)
    policy = keras.config.dtype_policy()
    keras.backend.clear_session()  # forgets the policy too
    keras.config.set_dtype_policy(policy)
    features = keras.Input((n_frames, n_bins), name="features")
    standard = Standardize(dtype="float32", name="standardize")(features)
    maps, step, first = trunk.maps(standard, settings)
    if settings.head == "clip":
        logits = clip_head(
            maps,
            n_frames=n_frames,
            n_species=n_species,
            dropout=settings.dropout,
            prior=settings.prior,
            momentum=settings.batch_norm_momentum,
        )
    elif settings.head in SOLVED:
        logits = frame_head(
            maps, n_species=n_species, cosine=settings.head == "prototypes", context=settings.context_frames
        )
    else:
        logits = sed_head(
            maps,
            n_frames=n_frames,
            stride=step,
            first=first,
            n_species=n_species,
            units=settings.head_units,
            dropout=settings.dropout,
        )
    begun = keras.Model(features, maps)
    if of_canopy(settings.weights):
        take_trunk(begun, settings)
    for layer in begun.layers:
        layer.trainable = settings.trainable
    return keras.Model(features, logits, name=settings.backbone)


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, RecursionError)
"""What Keras and HDF5 raise where a file is none of theirs."""


def save_model(model: keras.Model, json_path: str | os.PathLike[str], weights_path: str | os.PathLike[str]) -> None:
    """Write a network's architecture as JSON and its weights as HDF5: the same network, the same bytes."""
    write_text(json.dumps(json.loads(model.to_json()), indent=1, sort_keys=True) + "\n", json_path)
    with whole(weights_path) as draft:
        model.save_weights(draft)


def load_model(json_path: str | os.PathLike[str], weights_path: str | os.PathLike[str]) -> keras.Model:
    """Read a network that `save_model` wrote; code in the file is refused (Keras's safe mode).

    Raises
    ------
    CanopyError
        The files hold no network, not a whole one, or one with code in it.
    """
    import canopy.models.layers
    import canopy.models.normalization  # noqa: F401  (both register their layers)

    for trunk in TRUNKS:
        trunk.register()
    text = Path(json_path).read_text(encoding="utf-8")
    try:
        model = keras.models.model_from_json(text)
        model.load_weights(weights_path)
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        said = next(iter(str(error).splitlines()), "")
        raise CanopyError(
            f"{json_path} and {weights_path} are no network that can be read ({type(error).__name__}: {said}): "
            "make them anew, or copy them again from where they were made"
        ) from error
    return model
