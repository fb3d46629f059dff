"""Writing outputs whole or not at all."""

import errno
import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pandas as pd

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when a disk, or a user's share of it, is full."""
UNKNOWN_TO_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
"""What file systems say that cannot write a folder's names at once."""
DRAFT = re.compile(r"\.(?P<process>-?\d+)\.part\.(?P<name>.+)")
NAME_BYTES = 225
"""File systems allow 255, of which a draft's name takes some more than the file's."""


def short_name(stem: str, suffix: str = "") -> str:
    """Return a file's name; one that is too long for a file system is cut, and told from others by a hash.

    Examples
    --------
    >>> short_name("night1", ".txt")
    'night1.txt'
    """
    name = (stem + suffix).encode("utf-8")
    if len(name) <= NAME_BYTES:
        return stem + suffix
    end = f"~{hashlib.blake2b(name, digest_size=6).hexdigest()}{suffix}"
    room = max(NAME_BYTES - len(end.encode("utf-8")), 0)
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore") + end


def unspeakable(name: str) -> bool:
    """Whether a name holds a line break or another control character, which tables of text cannot hold."""
    return not name.isprintable() and any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in name)


@contextmanager
def whole(path: str | os.PathLike[str], *, at_once: bool = True, shared: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path` and rename it to `path` when the block ends well.

    The file is on the disk before it gets its name, and its name before the block is left: a power cut leaves the file
    of before, or all of the new one.

    Parameters
    ----------
    path : path-like
        The final name. Missing folders above it are made.
    at_once : bool
        False for one of very many files, for which the disk is not waited for: the job calls `to_disk` after all of
        them, before it writes its last output.
    shared : bool
        Whether other processes may write the same file at the same time: their drafts are then left alone.

    Yields
    ------
    pathlib.Path
        Where to write: the same folder and suffixes, so that the rename is atomic and writers that
        look at the suffix behave. It is removed when the block raises; what an earlier process left
        that was killed while it wrote the same file is removed before.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    for leftover in () if shared else _leftovers(final.parent).pop(final.name, []):
        leftover.unlink(missing_ok=True)
    token = f"{secrets.token_hex(4)}." if shared else ""
    draft = final.with_name(f".{os.getpid()}.part.{token}{final.name}")
    try:
        yield draft
        if at_once:
            _to_disk(draft)
        os.replace(draft, final)
        if at_once:
            _to_disk(final.parent)
    except OSError as error:
        if error.errno in FULL:
            error.filename = os.fspath(final)
        raise
    finally:
        draft.unlink(missing_ok=True)


def to_disk() -> None:
    """Wait until all that was written is on the disks."""
    os.sync()


def _to_disk(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in UNKNOWN_TO_FOLDERS or not path.is_dir():
            raise
    finally:
        os.close(handle)


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


def write_text(text: str, path: str | os.PathLike[str], *, at_once: bool = True) -> None:
    """Write text as UTF-8, whole or not at all; `at_once` as for `whole`."""
    with whole(path, at_once=at_once) as draft:
        draft.write_text(text, encoding="utf-8")
