"""Checking a configuration, with the names in it whose registries lie above the room `config`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from canopy.config.experiment import Experiment
from canopy.config.kinds import KINDS
from canopy.config.loading import load, trained
from canopy.config.loss import terms
from canopy.config.schema import Config
from canopy.config.training import Training
from canopy.data.annotations.readers.registry import check_format
from canopy.models.trunks.registry import TRUNKS, trunk_named
from canopy.runtime.errors import CanopyError
from canopy.training.terms.registry import term_named


def checked(raw: Mapping[str, Any]) -> Config:
    """Check a configuration and fill in its defaults; what it names is registered, and each trunk can see its features.

    Parameters
    ----------
    raw : mapping
        What YAML gives.

    Returns
    -------
    Config

    Raises
    ------
    CanopyError
        As `canopy.config.loading.load`; and for a loss term, backbone or format of annotations that no registry knows,
        or a backbone that sees something else than its features hold.
    """
    config = load(raw)
    found = trained(config)
    for where, training in _trainings(config, found):
        for key, loss in (("clip", training.loss.clip), ("frames", training.loss.frames)):
            for name in terms(loss):
                _registered(term_named, name, f"{where}.loss.{key}")
        _registered(trunk_named, training.model.backbone, f"{where}.model.backbone")
    for name, experiment in found.items():
        _check_sight(config, name, experiment)
    _registered(check_format, config.annotations.format, "config: annotations.format")
    return config


def _trainings(config: Config, found: Mapping[str, Experiment]) -> Iterator[tuple[str, Training]]:
    yield "config: training", config.training
    for name, experiment in found.items():
        yield f"config: experiments.{name}", experiment


def _registered(named: Callable[[str], object], name: str, where: str) -> None:
    try:
        named(name)
    except CanopyError as error:
        raise CanopyError(f"{where}: {error}") from None


def _check_sight(config: Config, name: str, experiment: Experiment) -> None:
    """Refuse samples for a network of spectrograms, and the other way round."""
    backbone, features = experiment.model.backbone, experiment.features
    sees, holds = trunk_named(backbone).sees, config.features[features].holds
    if sees == holds:
        return
    kinds = " or ".join(kind for kind, settings in KINDS.items() if settings.holds == sees)
    others = [trunk.name for trunk in TRUNKS if trunk.sees == holds]
    other = f"set `model: backbone: {others[0]}`" if len(others) == 1 else f"another backbone ({others[0]}, ...)"
    raise CanopyError(
        f"config: experiment {name!r}: the backbone {backbone!r} sees {sees}, but the feature set {features!r} holds "
        f"{holds}; name a feature set of the kind {kinds}, or {other}"
    )
