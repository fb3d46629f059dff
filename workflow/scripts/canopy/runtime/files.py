"""Writing outputs whole or not at all."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pandas as pd

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when a disk, or a user's share of it, is full."""
DRAFT = re.compile(r"\.(?P<process>-?\d+)\.part\.(?P<name>.+)")


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path` and rename it to `path` when the block ends well.

    Parameters
    ----------
    path : path-like
        The final name. Missing folders above it are made.

    Yields
    ------
    pathlib.Path
        Where to write: the same folder and suffixes, so that the rename is atomic and writers that
        look at the suffix behave. It is removed when the block raises; what an earlier process left
        that was killed while it wrote the same file is removed before.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    for leftover in _leftovers(final.parent).pop(final.name, []):
        leftover.unlink(missing_ok=True)
    draft = final.with_name(f".{os.getpid()}.part.{final.name}")
    try:
        yield draft
        os.replace(draft, final)
    except OSError as error:
        if error.errno in FULL:
            error.filename = os.fspath(final)
        raise
    finally:
        draft.unlink(missing_ok=True)


@cache
def _leftovers(folder: Path) -> dict[str, list[Path]]:
    """Return the drafts of other processes in a folder, by the name of the file each was to become.

    A job has its outputs to itself (see `canopy.runtime.watchdog`), so what lies there when it begins is of a
    killed one.
    """
    found: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        draft = DRAFT.fullmatch(path.name)
        if draft and int(draft["process"]) != os.getpid():
            found.setdefault(draft["name"], []).append(path)
    return found


def write_table(table: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table as UTF-8 CSV without its index, Unix line ends, whole or not at all."""
    with whole(path) as draft:
        table.to_csv(draft, index=False, lineterminator="\n")


def write_text(text: str, path: str | os.PathLike[str]) -> None:
    """Write text as UTF-8, whole or not at all."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")
