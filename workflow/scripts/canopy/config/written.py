"""Names of files and folders as people wrote them: YAML and Snakemake make numbers of `20240501`, `007` and `1e5`."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from canopy.config.base import PATH
from canopy.config.schema import Config


def as_written(config: Mapping[str, Any], files: Iterable[str | Path], entries: Iterable[str]) -> dict[str, Any]:
    """Return a configuration in which the keys of files and folders hold text.

    Parameters
    ----------
    config : mapping
        As Snakemake gives it.
    files : iterable of path-like
        The configuration files, in the order in which each changes those before.
    entries : iterable of str
        What was given after `--config`: `key=value`.
    """
    texts: dict[str, Any] = {}
    for path in files:
        told = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        _update(texts, told if isinstance(told, dict) else {})
    for entry in entries:
        key, _, value = entry.partition("=")
        _update(texts, {key: value})
    found = dict(config)
    for above, key in _path_keys(Config):
        section, told = _section(found, above), _section(texts, above)
        if isinstance(section.get(key), str | None) or not isinstance(told.get(key), str):
            continue
        if above:
            found[above] = section = {**section}
        section[key] = told[key]
    return found


def _path_keys(kind: type[BaseModel], section: str = "") -> Iterator[tuple[str, str]]:
    """Yield the section and the name of each key that holds a path; the first level has no name."""
    for name, field in kind.model_fields.items():
        inner = field.annotation
        if PATH in (*field.metadata, *(mark for one in get_args(inner) for mark in get_args(one))):
            yield section, name
        elif not section and isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _path_keys(inner, name)


def _section(config: Mapping[str, Any], name: str) -> Any:
    found = config.get(name) if name else config
    return found if isinstance(found, dict) else {}


def _update(texts: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(texts.get(key), dict)
        texts[key] = {**texts[key], **value} if both else value
