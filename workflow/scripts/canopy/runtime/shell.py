"""How long lists of files are handed to bash."""

import os
import re
import shlex
from collections.abc import Iterable
from itertools import groupby

NUMBERED = re.compile(r"(?P<before>.*/)(?P<number>[0-9]+)(?P<after>\.[A-Za-z0-9]+)")


def numbered(paths: Iterable[str | os.PathLike[str]]) -> str:
    """Return paths as words for bash; those that differ in their number alone are one, in braces, which bash expands.

    A command is one argument of bash, which must not be longer than 128 KiB: the paths of 4,096 shards would be.

    Examples
    --------
    >>> numbered(["a b/0.npy", "a b/7.npy"])
    "'a b/'{0,7}.npy"
    """
    texts = [os.fspath(path) for path in paths]
    found = [(NUMBERED.fullmatch(text), text) for text in texts]
    words = []
    for key, group in groupby(found, lambda one: (one[0]["before"], one[0]["after"]) if one[0] else one[1]):
        numbers = [match["number"] for match, _ in group if match]
        if isinstance(key, str):
            words.append(shlex.quote(key))
        elif len(numbers) == 1:
            words.append(shlex.quote(numbers[0].join(key)))
        else:
            words.append(f"{shlex.quote(key[0])}{{{','.join(numbers)}}}{key[1]}")
    return " ".join(words)
