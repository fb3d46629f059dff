"""Checking the names in a configuration whose registries lie above the room `config`, before any job runs."""

from collections.abc import Iterator, Mapping

from canopy.config.experiment import Experiment
from canopy.config.loss import terms
from canopy.config.schema import Config
from canopy.config.training import Training
from canopy.errors import CanopyError
from canopy.training.terms.registry import term_named


def check_names(config: Config, trained: Mapping[str, Experiment]) -> None:
    """Check that every loss term that a configuration names is registered.

    Parameters
    ----------
    config : Config
    trained : mapping of str to Experiment
        As `canopy.config.loading.trained` returns them.

    Raises
    ------
    CanopyError
        Names the key and, for a mistyped name, the nearest one that is known.
    """
    for where, training in _trainings(config, trained):
        for key, loss in (("clip", training.loss.clip), ("frames", training.loss.frames)):
            for name in terms(loss):
                _registered(name, f"{where}.loss.{key}")


def _trainings(config: Config, trained: Mapping[str, Experiment]) -> Iterator[tuple[str, Training]]:
    yield "config: training", config.training
    for name, experiment in trained.items():
        yield f"config: experiments.{name}", experiment


def _registered(name: str, where: str) -> None:
    try:
        term_named(name)
    except CanopyError as error:
        raise CanopyError(f"{where}: {error}") from None
