"""What is kept of a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FORMAT = 1


class Content(NamedTuple):
    """What a file held when it was looked at.

    Attributes
    ----------
    size : int
        Bytes; of a folder, the number of files.
    stamp : int
        When it was written, in nanoseconds; of a folder, a hash of names, sizes and times.
    digest : str
        Of what it held.
    """

    size: int
    stamp: int
    digest: str


@dataclass(frozen=True)
class Record:
    """One job: what was asked of it, what it read and what it made.

    Attributes
    ----------
    rule : str
    done : bool
        False from a job's start to its end.
    asked : dict of str to str
        The digest of each parameter, of the command and of the environment.
    inputs : dict of str to Content
        What it read, by path in the results. Of files that it only waited for (`ancient`) the digest is empty.
    outputs : dict of str to Content
    doubts : tuple of str
        What was not as planned when it ran.
    """

    rule: str
    done: bool
    asked: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Content] = field(default_factory=dict)
    outputs: Mapping[str, Content] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def to_text(record: Record) -> str:
    """Return a record as JSON, a line for each thing."""
    return json.dumps({"format": FORMAT, **vars(record)}, indent=0, ensure_ascii=False) + "\n"


def from_text(text: str) -> Record | None:
    """Return the record that a text holds; None where it holds none, or one of another format."""
    try:
        told = json.loads(text)
        if told.pop("format") != FORMAT or not isinstance(told["done"], bool):
            return None
        record = Record(
            rule=str(told["rule"]),
            done=told["done"],
            asked={str(name): str(value) for name, value in told["asked"].items()},
            inputs=_contents(told["inputs"]),
            outputs=_contents(told["outputs"]),
            doubts=tuple(map(str, told["doubts"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return record


def _contents(told: Mapping[str, Any]) -> dict[str, Content]:
    return {path: Content(int(size), int(stamp), str(digest)) for path, (size, stamp, digest) in told.items()}
