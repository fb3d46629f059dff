"""Who hears of a run's end."""

import shlex
from typing import Annotated

from pydantic import AfterValidator

from canopy.config.base import Section


def _splits(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"{command!r} cannot be split into a program and its arguments: {error}") from None
    if not words or not words[0] or not command.isprintable():
        raise ValueError("a command must name a program, on one line, without characters that cannot be printed")
    return command


class Notify(Section):
    """Who hears of a run's end; no job depends on it, and it is not kept among the results."""

    command: Annotated[str, AfterValidator(_splits)] | None = None
    """A program and its arguments, in quotes where they hold spaces, which gets a summary of every run that has ended,
    well or badly, on its standard input; no shell reads it."""
