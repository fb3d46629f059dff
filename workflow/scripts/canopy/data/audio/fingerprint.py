"""Recordings, by their samples where the file tells them cheaply, else by all their bytes."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from io import BufferedReader
from pathlib import Path

from canopy.runtime.digest import digest
from canopy.runtime.errors import CanopyError
from canopy.runtime.memory import remember, remembered

MEMORY = ".snakemake/canopy/audio.json"
"""Fingerprints of files that had to be read whole."""
FLAC_HEADER_BYTES = 42
FLAC_MD5 = slice(26, 42)
FLAC_SOUND = slice(18, 42)
"""Rate, channels, width, length and MD5 of the samples: what tags, names and compression leave alone."""
GLANCE_BYTES = 4096
TICK_NS = 20_000_000
"""A file that is written to twice within so short a time may keep the time of the first: kernels count by some ms."""
COARSE_NS = 3_000_000_000
"""The same where times are whole seconds: FAT counts by two."""


def audio(path: str | os.PathLike[str]) -> str:
    """Fingerprint a recording by its samples where the file tells them cheaply, else by all its bytes.

    A FLAC file's header holds the MD5 of its samples next to rate, width, channels and length; with the length of what
    follows its tags this says all, whatever the tags are. Other formats, and FLAC without an MD5, are hashed whole.

    Parameters
    ----------
    path : path-like
        The file; one that cannot be read has a fingerprint of its own.
    """
    try:
        with open(path, "rb") as handle:
            return _flac(handle) or _hash(handle)
    except OSError as error:
        return f"unreadable-{error.errno}"


def samples(path: str | os.PathLike[str], fingerprint: str = "") -> str:
    """Return what only files with the same samples share: of a FLAC file, however compressed, its header's MD5.

    It includes rate, channels and width. Other files, and FLAC files without an MD5, are told apart by their bytes.

    Parameters
    ----------
    path : path-like
    fingerprint : str
        The file's, where it is known.
    """
    found = fingerprint or audio(path)
    return found.rpartition("-")[0] if found.startswith("flac-") else found


def _flac(handle: BufferedReader) -> str:
    """Return the fingerprint of a FLAC file whose header has an MD5; empty for other files."""
    head = handle.read(FLAC_HEADER_BYTES)
    if head[:4] != b"fLaC" or not any(head[FLAC_MD5]):
        return ""
    size, at = os.fstat(handle.fileno()).st_size, 4
    last = False
    while not last and at < size:
        handle.seek(at)
        block = handle.read(4)
        last = len(block) < 4 or block[0] & 0x80 != 0
        at += 4 + int.from_bytes(block[1:], "big")
    return f"flac-{head[FLAC_SOUND].hex()}-{max(0, size - at):x}"


def _hash(handle: BufferedReader) -> str:
    handle.seek(0)
    return hashlib.file_digest(handle, lambda: hashlib.blake2b(digest_size=12)).hexdigest()


def signature(path_or_handle: str | os.PathLike[str] | int) -> list[int]:
    """Return what changes with a file's place and time: size, times in nanoseconds, number and device."""
    status = os.stat(path_or_handle)
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]


def _glance(handle: BufferedReader, size: int) -> str:
    """Return a hash of a file's beginning, middle and end: of cards that change places, all else may agree."""
    seen = hashlib.blake2b(digest_size=8)
    for at in (0, max(0, size // 2 - GLANCE_BYTES // 2), max(0, size - GLANCE_BYTES)):
        seen.update(os.pread(handle.fileno(), GLANCE_BYTES, at))
    return seen.hexdigest()


class AudioFingerprints:
    """Fingerprints of many recordings, those that cost a full read kept between runs.

    A fingerprint is used again while size, times, number and device of the file and a glance at its beginning, middle
    and end are the same.

    Parameters
    ----------
    memory : path-like
        A JSON file; losing it costs time only.
    whole : callable, optional
        The fingerprint of a file that is read whole.
    """

    def __init__(
        self, memory: str | os.PathLike[str] = MEMORY, *, whole: Callable[[BufferedReader], str] = _hash
    ) -> None:
        self.memory, self._whole = Path(memory), whole
        self.known = _remembered(self.memory)

    def __call__(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the fingerprint of each path, and remember what was read in full."""
        before = dict(self.known)
        found = {path: self._one(path) for path in paths}
        if self.known != before:
            remember(self.memory, self.known)
        return found

    def _one(self, path: str) -> str:
        try:
            with open(path, "rb") as handle:
                if of_flac := _flac(handle):
                    return of_flac
                _wait_for_another_tick(os.fstat(handle.fileno()).st_mtime_ns)
                mark = signature(handle.fileno())
                glance = _glance(handle, mark[0])
                if (kept := self.known.get(path)) and kept[:-1] == [*mark, glance]:
                    return str(kept[-1])
                found = self._whole(handle)
                settled = mark == signature(handle.fileno()) == signature(path)
        except OSError as error:
            return f"unreadable-{error.errno}"
        if settled and not _may_change_unseen(mark[1]):
            self.known[path] = [*mark, glance, found]
        else:
            self.known.pop(path, None)
        return found


def _wait_for_another_tick(mtime_ns: int) -> None:
    """Wait until a write would change a file's time; no longer than a tick."""
    age_ns = time.time_ns() - mtime_ns
    if 0 <= age_ns < TICK_NS:
        time.sleep((TICK_NS - age_ns) / 1e9)


def _may_change_unseen(mtime_ns: int) -> bool:
    """Return whether a file may be written to without another time: shortly after one that is of whole seconds."""
    return mtime_ns % 1_000_000_000 == 0 and abs(time.time_ns() - mtime_ns) < COARSE_NS


_ENTRY = 7
"""Of the signature's five numbers, the glance and the fingerprint."""


def _remembered(memory: str | os.PathLike[str]) -> dict[str, list[object]]:
    known = remembered(memory).items()
    return {path: entry for path, entry in known if isinstance(entry, list) and len(entry) == _ENTRY}


def forget(paths: Iterable[str], memory: str | os.PathLike[str] = MEMORY) -> None:
    """Forget fingerprints that turned out to be another file's, so that the next run reads these files."""
    known = _remembered(memory)
    gone = {os.path.abspath(path) for path in paths}
    kept = {path: entry for path, entry in known.items() if os.path.abspath(path) not in gone}
    if kept != known:
        remember(memory, kept)


def content(fingerprints: Mapping[str, str], folder: str | os.PathLike[str]) -> str:
    """Return one fingerprint for recordings below a folder, given those of their paths."""
    return digest({os.path.relpath(path, folder): one for path, one in fingerprints.items()})


def forget_other_than(fingerprints: Mapping[str, str], memory: str | os.PathLike[str] = MEMORY) -> list[str]:
    """Forget what is remembered otherwise of some paths, and return these."""
    known = {os.path.abspath(path): entry[-1] for path, entry in _remembered(memory).items()}
    others = [path for path, one in fingerprints.items() if known.get(os.path.abspath(path), one) != one]
    forget(others, memory)
    return others


class Unchanged:
    """A recording that must stay the one that was planned for, as long as a job reads it.

    Parameters
    ----------
    path : path-like
    fingerprint : str
        The plan's.

    Raises
    ------
    CanopyError
        Here or in `check`, if the file is another one.
    """

    def __init__(self, path: str | os.PathLike[str], fingerprint: str) -> None:
        self.path = path
        self._mark = self._signature()
        if audio(path) != fingerprint:
            raise self._changed()
        self.check()

    def check(self) -> None:
        """Look whether the file was written to since."""
        if self._signature() != self._mark:
            raise self._changed()

    def _signature(self) -> list[int]:
        try:
            return signature(self.path)
        except OSError:
            return []

    def _changed(self) -> CanopyError:
        forget([os.fspath(self.path)])
        return changed([os.fspath(self.path)])


def changed(paths: Iterable[str]) -> CanopyError:
    """Return the error for recordings that are no longer those that were planned for."""
    names = ", ".join(paths)
    return CanopyError(
        f"{names or 'a recording'} has changed since this run was planned: leave the recordings alone while a run goes "
        "on, and give the same command again"
    )
