"""A network that begins with the trunk of another one."""

from pathlib import Path

import numpy as np
import pytest

from canopy.config.model import Model, Waveform
from canopy.models.build import build_model, save_model
from canopy.runtime.errors import CanopyError

COMPACT = Model(filters=(4, 8), head_units=8)
WAVEFORM = Model(
    backbone="waveform", waveform=Waveform(bands=8, filters=(8, 8), stride_samples=8, kernel_steps=3), head_units=8
)
SIZES = {"compact": (32, 16), "waveform": (64, 8)}


def folder_of(settings: Model, place: Path, *, species: int = 3, n_bins: int | None = None) -> str:
    """Write a network whose weights are all changed; return the path of its weights."""
    n_frames, bins = SIZES[settings.backbone]
    network = build_model(settings, n_frames=n_frames, n_bins=n_bins or bins, n_species=species, seed=5)
    network.set_weights([weight + 0.25 for weight in network.get_weights()])
    place.mkdir()
    save_model(network, place / "model.json", place / "model.weights.h5")
    return str(place / "model.weights.h5")


def built(settings: Model, species: int = 2) -> dict[str, list[np.ndarray]]:
    """Return the weights of a fresh network by the name of their layer."""
    n_frames, n_bins = SIZES[settings.backbone]
    network = build_model(settings, n_frames=n_frames, n_bins=n_bins, n_species=species, seed=1)
    return {layer.name: layer.get_weights() for layer in network.layers if layer.weights}


@pytest.mark.parametrize("settings", [COMPACT, WAVEFORM], ids=lambda model: model.backbone)
def test_the_trunk_is_the_other_networks_and_the_head_and_the_scale_are_not(settings: Model, tmp_path: Path) -> None:
    path = folder_of(settings, tmp_path / "donor")
    fresh, begun = built(settings), built(settings.model_copy(update={"weights": path}))
    n_frames, n_bins = SIZES[settings.backbone]
    donor = build_model(settings, n_frames=n_frames, n_bins=n_bins, n_species=3, seed=5)
    theirs = {layer.name: [weight + 0.25 for weight in layer.get_weights()] for layer in donor.layers}
    own = {"standardize", "hidden", "segments", "attention"}
    assert begun.keys() == fresh.keys()
    assert own < begun.keys()
    for name, weights in begun.items():
        for weight, wanted in zip(weights, (fresh if name in own else theirs)[name], strict=True):
            np.testing.assert_allclose(weight, wanted, rtol=1e-6, err_msg=name)


def test_a_trunk_that_does_not_learn_leaves_it_to_the_head(tmp_path: Path) -> None:
    path = folder_of(COMPACT, tmp_path / "donor")
    frozen = build_model(
        COMPACT.model_copy(update={"weights": path, "trainable": False}), n_frames=32, n_bins=16, n_species=2, seed=1
    )
    assert {variable.path.split("/")[0] for variable in frozen.trainable_variables} == {
        *("hidden", "segments", "attention")
    }


def test_a_network_that_does_not_fit_is_told_with_what_differs(tmp_path: Path) -> None:
    def with_weights(path: str, **changes: object) -> None:
        settings = COMPACT.model_copy(update={"weights": path, **changes})
        build_model(settings, n_frames=32, n_bins=16, n_species=2, seed=1)

    compact = folder_of(COMPACT, tmp_path / "compact")
    with pytest.raises(CanopyError, match=r"layer conv2a has weights of 3 x 3 x 4 x 8, and .* 3 x 3 x 4 x 16; give"):
        with_weights(compact, filters=(4, 16))
    with pytest.raises(CanopyError, match=r"layer conv3a has no weights, and this experiment's weights of 3 x 3 x 8"):
        with_weights(compact, filters=(4, 8, 8))
    with pytest.raises(CanopyError, match=r"hears 24 values a frame, and this experiment's features have 16"):
        with_weights(folder_of(COMPACT, tmp_path / "bands", n_bins=24))
    with pytest.raises(CanopyError, match=r"is of the backbone waveform, and this experiment's is compact"):
        with_weights(folder_of(WAVEFORM, tmp_path / "waveform"))
    (tmp_path / "compact" / "model.weights.h5").write_bytes(b"no network")
    with pytest.raises(CanopyError, match="are no network that can be read"):
        with_weights(compact)
