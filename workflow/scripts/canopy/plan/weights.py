"""The file from which an experiment takes its first weights."""

import os
from pathlib import Path
from typing import Any

from canopy.config.embedding import computed
from canopy.config.experiment import Experiment
from canopy.config.model import ARCHITECTURE, IMAGENET, NO_WEIGHTS, WEIGHTS
from canopy.data.audio.fingerprint import AudioFingerprints
from canopy.models.trunks.registry import trunk_named
from canopy.package.manifest import NAME, read_manifest
from canopy.runtime.digest import digest
from canopy.runtime.errors import CanopyError

WEIGHTS_MEMORY = ".snakemake/canopy/weights.json"
"""Fingerprints of files of weights."""


def weights_file(training: Experiment) -> str | None:
    """Return the path of the file; None where the first weights are not from a file."""
    weights = training.model.weights
    if weights in (NO_WEIGHTS, IMAGENET):
        return None
    return os.path.join(weights, WEIGHTS) if os.path.isdir(weights) else weights


def weights_content(name: str, training: Experiment, features: dict[str, Any], *, results: str) -> str:
    """Return the fingerprint of what the file of the experiment `name` holds; an empty string without one.

    Parameters
    ----------
    name : str
    training : Experiment
    features : dict
        The parameters of its feature set.
    results : str
        The run's folder, from whose networks none may begin: they have heard recordings that it holds out.

    Raises
    ------
    CanopyError
        There is no such file, or the experiment cannot begin with what it holds.
    """
    where = f"config: experiment {name!r}: model.weights"
    path = weights_file(training)
    backbone = training.model.backbone
    begins = trunk_named(backbone).begins
    own = "the folder of a network that Canopy trained (of another run: package/members/EXPERIMENT/fold0)"
    if begins == "nothing" and training.model.weights != NO_WEIGHTS:
        raise CanopyError(f"{where}: the backbone `{backbone}` has no weights to begin with; set it to `none`")
    if begins == "canopy" and training.model.weights == IMAGENET:
        raise CanopyError(f"{where}: there are no ImageNet weights of the backbone {backbone}; give {own}, or `none`")
    if path is None:
        return ""
    if not os.path.isfile(path):
        raise CanopyError(f"{where}: {path} is no file; give the path of a .h5 file, {own}, `imagenet` or `none`")
    if Path(results).resolve() in Path(path).resolve().parents:
        raise CanopyError(
            f"{where}: {path} is of this run, and has heard recordings that are held out here; give a network of "
            "another run, or let this experiment learn from that one's detections (`teacher:`)"
        )
    architecture = Path(path).with_name(ARCHITECTURE)
    if not architecture.is_file():
        if begins == "canopy":
            raise CanopyError(f"{where}: no {ARCHITECTURE} lies beside {path}; give {own}, or `none`")
        return AudioFingerprints(WEIGHTS_MEMORY)([path])[path]
    _check_features(where, Path(path).absolute().parent, features)
    found = AudioFingerprints(WEIGHTS_MEMORY)([path, str(architecture)])
    return digest(found[path], found[str(architecture)])


def _check_features(where: str, network: Path, features: dict[str, Any]) -> None:
    """See that a package's network heard what the experiment's features are; without a package, that is not known."""
    experiment, members, package = network.parent, network.parents[1], network.parents[2]
    if members.name != "members" or not (package / NAME).is_file():
        return
    member = next((one for one in read_manifest(package).members if one.experiment == experiment.name), None)
    if member is None:
        return
    theirs, ours = computed(member.features), computed(features)
    differing = [key for key in sorted({*theirs, *ours}) if theirs.get(key) != ours.get(key)]
    if differing:
        told = ", ".join(f"{key} {theirs.get(key)} (here {ours.get(key)})" for key in differing)
        raise CanopyError(f"{where}: the network in {network} learned from other features: {told}; give the same")
