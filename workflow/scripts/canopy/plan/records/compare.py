"""What has changed since a job ran, in words."""

import os
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from canopy.plan.records.record import Content, Record

ALWAYS, MISSING = "always", "missing"
PARAMS, CODE, INPUT, CONTENT, SOFTWARE = "params", "code", "input", "mtime", "software-env"
"""Snakemake's names of what may make a job run again (`--rerun-triggers`)."""
BROKEN_OFF = "its last run was broken off"
UNKNOWN = "nothing tells what it was made from"
OTHER_FILES = "it has more, fewer or other input files"
OTHER_DATA = "the data that it rests on have changed"
COMMAND, ENVIRONMENT = "the command", "the environment"
CHANGED = {
    "settings": (PARAMS, "its settings have changed"),
    "code": (PARAMS, "its code has changed"),
    "script": (PARAMS, "its code has changed"),
    "packages": (PARAMS, "a package that it needs is of another version"),
    COMMAND: (CODE, "its command has changed"),
    ENVIRONMENT: (SOFTWARE, "its software environment has changed"),
}
"""What it means when a parameter has changed; all others are fingerprints of data."""


class Change(NamedTuple):
    """A reason to run a job again.

    Attributes
    ----------
    kind : str
        ALWAYS, MISSING, or which of Snakemake's triggers it belongs to.
    text : str
        The reason in words; of a missing file, its path.
    """

    kind: str
    text: str


def in_outputs(paths: Mapping[str, str], record: Record, found: Mapping[str, Content | None]) -> list[Change]:
    """Return what is wrong with what a job made.

    Parameters
    ----------
    paths : mapping of str to str
        The path of each of its outputs, by the name in the record.
    record : Record
    found : mapping of str to Content or None
        What there is.
    """
    broken_off = [] if record.done else [Change(ALWAYS, BROKEN_OFF)]
    wrong = list(_in_outputs(paths, record, found))
    return broken_off + [change for change in wrong if record.done or change.kind == MISSING]


def _in_outputs(paths: Mapping[str, str], record: Record, found: Mapping[str, Content | None]) -> Iterator[Change]:
    for name, path in paths.items():
        there, made = found[name], record.outputs.get(name)
        if there is None:
            yield Change(MISSING, path)
        elif made is None:
            yield Change(ALWAYS, f"{os.path.basename(path)} was not made by its last run")
        elif os.path.isdir(path):  # what a person changed in it is kept (canopy.detections.corrected)
            if there.size < made.size:
                yield Change(ALWAYS, f"files of {os.path.basename(path)} are missing")
        elif there.size != made.size:
            how = "shorter" if there.size < made.size else "longer"
            yield Change(ALWAYS, f"{os.path.basename(path)} is {how} than it was written")
        elif there.digest != made.digest:
            yield Change(ALWAYS, f"{os.path.basename(path)} is not as it was written")


def in_asked(record: Record, asked: Mapping[str, str]) -> list[Change]:
    """Return what is asked of a job now that was not asked when it ran."""
    names = [name for name in {**record.asked, **asked} if record.asked.get(name) != asked.get(name)]
    known = [Change(*CHANGED[name]) for name in names if name in CHANGED]
    other = [Change(PARAMS, OTHER_DATA)] if names and not known else []
    return list(dict.fromkeys([*known, *other]))


def in_inputs(record: Record, inputs: Collection[str], found: Mapping[str, Content | None]) -> list[Change]:
    """Return what a job reads now that it did not read when it ran.

    Parameters
    ----------
    record : Record
    inputs : collection of str
        The names of all its input files.
    found : mapping of str to Content or None
        What those hold that count by content, as far as it is known.
    """
    if set(record.inputs) != set(inputs):
        return [Change(INPUT, OTHER_FILES)]
    changed = [
        name
        for name, there in found.items()
        if there is not None and record.inputs[name].digest and there.digest != record.inputs[name].digest
    ]
    return [Change(CONTENT, f"its input {os.path.basename(name)} has changed") for name in changed]


def in_doubt(record: Record) -> list[Change]:
    """Return what was not as planned when a job ran."""
    return [Change(PARAMS, f"{doubt} when it ran last") for doubt in record.doubts]
