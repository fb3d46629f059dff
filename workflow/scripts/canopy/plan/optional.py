"""Packages that only some settings need: their versions count with these settings."""

import os
from collections.abc import Iterable

from canopy.config.experiment import Experiment
from canopy.config.export import ExportFormat
from canopy.config.features import FeatureSet
from canopy.features.networks.locate import RUNTIMES
from canopy.models.trunks.registry import trunk_named
from canopy.plan.provenance.packages import OPTIONAL, version
from canopy.runtime.digest import digest

EXPORTERS: dict[ExportFormat, tuple[str, ...]] = {"tflite": (), "onnx": ("onnx", "onnxruntime", "tf2onnx")}
"""The optional packages that write and check a network in a format."""


def of_export(written: ExportFormat) -> str:
    """Return the fingerprint of the optional packages that write a format; empty without any."""
    return _versions(EXPORTERS[written])


def of_network(training: Experiment) -> str:
    """Return the fingerprint of the optional packages that an experiment's network needs; empty without any."""
    return _versions(trunk_named(training.model.backbone).needs)


def of_features(features: FeatureSet) -> str:
    """Return the fingerprint of the optional packages that a located feature set needs; empty without any."""
    path = str(features.model_dump().get("model", ""))
    return _versions(RUNTIMES.get(os.path.splitext(path)[1].lower(), ()))


def of_files(paths: Iterable[str | os.PathLike[str]]) -> str:
    """Return the fingerprint of the optional packages of which saved networks (`model.json`) hold layers."""
    named: set[str] = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        named.update(name for name in OPTIONAL if name in text)
    return _versions(sorted(named))


def _versions(packages: Iterable[str]) -> str:
    found = {name: version(name) for name in packages}
    return digest(found) if found else ""
