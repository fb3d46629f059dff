"""What files hold, read only where size or time are others than known."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from canopy.plan.records.record import Content
from canopy.runtime.files import DRAFT
from canopy.runtime.owned import LEFT_BY_SNAKEMAKE

STAMP_BYTES = 7


class Contents:
    """The contents of files and folders, each read once in the life of this object as long as nobody writes it."""

    def __init__(self) -> None:
        self._known: dict[str, Content] = {}

    def of(self, path: str | os.PathLike[str], known: Content | None = None) -> Content | None:
        """Return what a file holds, or a folder; None where there is none or it cannot be read.

        Parameters
        ----------
        path : path-like
        known : Content, optional
            What it held once: it is not read where size and stamp are the same.
        """
        name = os.fspath(path)
        try:
            look = seen(name)
            if look is None:
                return None
            for earlier in (known, self._known.get(name)):
                if earlier is not None and earlier.digest and look == earlier[:2]:
                    self._known[name] = earlier
                    return earlier
            found = Content(*look, _digest(name))
        except OSError:
            return None
        self._known[name] = found
        return found


def seen(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Return the size and the stamp of a file or folder; None where there is none."""
    try:
        status = os.stat(path)
        if not os.path.isdir(path):
            return status.st_size, status.st_mtime_ns
        count, listing = 0, hashlib.blake2b(digest_size=STAMP_BYTES)
        for name, file in _files(path):
            inside = os.stat(file)
            count += 1
            listing.update(f"{name}\0{inside.st_size}\0{inside.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return count, int.from_bytes(listing.digest(), "big")


def _digest(path: str) -> str:
    if not os.path.isdir(path):
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, _hash).hexdigest()
    whole = _hash()
    for name, file in _files(path):
        whole.update(f"{name}\0{_digest(file)}\0".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _hash() -> Any:
    return hashlib.blake2b(digest_size=16)


def _files(folder: str | os.PathLike[str]) -> Iterator[tuple[str, str]]:
    """Yield the files in a folder and below by name, drafts and Snakemake's own left aside."""
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name != LEFT_BY_SNAKEMAKE and not DRAFT.fullmatch(name):
                path = os.path.join(above, name)
                yield Path(path).relative_to(folder).as_posix(), path
