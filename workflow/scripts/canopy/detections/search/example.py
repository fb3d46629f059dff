"""The sound that a search begins with."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from canopy.runtime.errors import CanopyError

PART = re.compile(r"(?P<file>.+):(?P<onset>[0-9]*\.?[0-9]+)-(?P<offset>[0-9]*\.?[0-9]+)", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A part of a file; without times, all of it."""

    path: str
    onset_s: float | None = None
    offset_s: float | None = None


def example_of(told: str, find: Callable[[str], str | None]) -> Example:
    """Return the example that a text names: a file, or `file:onset-offset`.

    Parameters
    ----------
    told : str
        The times are in seconds.
    find : callable
        From a recording's id, or its path below the folder, to its file; None where there is none.

    Raises
    ------
    CanopyError
        There is no such file, or the part ends before it begins.
    """
    times = PART.fullmatch(told)
    if times is None or os.path.isfile(told):
        return Example(_file(told, find))
    onset_s, offset_s = float(times["onset"]), float(times["offset"])
    if offset_s <= onset_s:
        raise CanopyError(
            f"the example {told} ends at {offset_s:g} s, before it begins: give FILE:onset-offset in seconds"
        )
    return Example(_file(times["file"], find), onset_s, offset_s)


def _file(name: str, find: Callable[[str], str | None]) -> str:
    path = name if os.path.isfile(name) else find(name)
    if path is None:
        raise CanopyError(
            f"there is no example {name}: name a file that holds the sound, or a recording of the folder by its id, "
            "as in `--config example=FILE:onset-offset` with seconds"
        )
    return path


def species_of(example: Example) -> str:
    """Return the name that an example's file gives to its species."""
    return Path(example.path).stem
