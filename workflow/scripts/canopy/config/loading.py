"""Checking settings, and expanding experiments and their grids."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from canopy.config.complaints import explain, nearest
from canopy.config.experiment import Experiment
from canopy.config.schema import Config
from canopy.config.settings import section
from canopy.config.teachers import check_rounds, with_teachers
from canopy.runtime.errors import CanopyError


def load(raw: Mapping[str, Any]) -> Config:
    """Check a configuration and fill in its defaults.

    Parameters
    ----------
    raw : mapping
        What YAML gives. The text `null` is none: so Snakemake hands on `--config 'splits={group: null}'`.

    Returns
    -------
    Config

    Raises
    ------
    CanopyError
        Names every wrong key or value at once, with the nearest known key for a mistyped one.
    """
    try:
        config = Config.model_validate(_with_nulls(raw))
    except ValidationError as error:
        raise CanopyError(explain(error, Config, "config")) from None
    trained(config)
    return config


def _with_nulls(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _with_nulls(value) if isinstance(value, Mapping) else None if value == "null" else value
        for key, value in raw.items()
    }


def trained(config: Config) -> dict[str, Experiment]:
    """Return the experiments to run, and after them those that are trained because they teach one of these.

    Raises
    ------
    CanopyError
        As `experiments` does; and for a teacher that is unknown, learns from its student, or has too few folds.
    """
    found = with_teachers(experiments(config), config.experiments, lambda name: dict(_expanded(config, name)))
    check_rounds(found, config.splits.n_folds)
    return found


def experiments(config: Config) -> dict[str, Experiment]:
    """Expand the configured experiments, grids included, and select those to run.

    Parameters
    ----------
    config : Config

    Returns
    -------
    dict of str to Experiment
        In the order of the configuration. A grid's experiments are named
        `<name>-<key>_<value>-...` with the last part of each key, so a name depends on its own
        values alone and adding a value changes no other name.

    Raises
    ------
    CanopyError
        For an unknown key or feature set, two experiments of one name, or an unknown name in `run`.
    """
    selected = config.run if config.run is not None else tuple(config.experiments)
    found: dict[str, Experiment] = {}
    for name in selected:
        if name not in config.experiments:
            raise CanopyError(
                f"config: run names the experiment {name!r}, which `experiments:` lacks"
                f"{nearest(name, list(config.experiments))}"
            )
        for full, experiment in _expanded(config, name):
            if full in found:
                raise CanopyError(f"config: two experiments are named {full!r}; rename one or drop the repeated value")
            found[full] = experiment
    if not found:
        raise CanopyError("config: no experiment to run; name at least one under `experiments:` and `run:`")
    return found


def _expanded(config: Config, name: str) -> Iterator[tuple[str, Experiment]]:
    """Yield the experiments that a name under `experiments:` stands for: one, or those of its grid."""
    base = config.training.model_dump()
    changes = dict(config.experiments[name])
    for suffix, values in _combinations(name, changes.pop("grid", None) or {}):
        merged = _merge(base, changes)
        for path, value in values.items():
            merged = _merge(merged, _nested(path, value))
        full = name + suffix
        experiment = section(Experiment, merged, f"config: experiments.{full}")
        if experiment.features not in config.features:
            raise CanopyError(
                f"config: experiment {full!r} uses the feature set {experiment.features!r}, which `features:` "
                f"lacks{nearest(experiment.features, list(config.features))}"
            )
        yield full, experiment


def _combinations(name: str, grid: Mapping[str, list[Any]]) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(grid, Mapping):
        raise CanopyError(f"config: experiments.{name}.grid must hold keys with lists of values, not {grid!r}")
    for path, values in grid.items():
        if not isinstance(path, str):
            raise CanopyError(f"config: experiments.{name}.grid must have keys of `training:`, not {path!r}")
        if not isinstance(values, list) or not values:
            raise CanopyError(f"config: experiments.{name}.grid.{path} must be a list of values, not {values!r}")
    short = {path: path.rsplit(".", 1)[-1] for path in grid}
    if len(set(short.values())) < len(short):
        short = {path: path for path in grid}
    rows = itertools.product(*grid.values())
    return [
        (
            "".join(f"-{short[path]}_{_slug(value)}" for path, value in zip(grid, row, strict=True)),
            dict(zip(grid, row, strict=True)),
        )
        for row in rows
    ]


def _slug(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "x".join(_slug(item) for item in value)
    return re.sub(r"[^A-Za-z0-9_.+-]", "_", str(value))


def _nested(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
