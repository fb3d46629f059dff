"""Recordings, by their samples where the file tells them cheaply."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FLAC_HEADER_BYTES = 42
FLAC_MD5 = slice(26, 42)


def audio(path: str | os.PathLike[str], known: Mapping[str, Any] | None = None) -> str:
    """Fingerprint a recording by its samples where the file tells them cheaply, else by all its bytes.

    A FLAC file's header holds the MD5 of its samples next to rate, width, channels and length: 42
    bytes say all. Other formats, and FLAC files without an MD5, are hashed whole.

    Parameters
    ----------
    path : path-like
        The file; one that cannot be read has a fingerprint of its own.
    known : mapping, optional
        Fingerprints of an earlier look, by path: `[size, time, fingerprint]`; used while size and
        time are the same.

    Returns
    -------
    str
    """
    try:
        with open(path, "rb") as handle:
            head = handle.read(FLAC_HEADER_BYTES)
            if head[:4] == b"fLaC" and any(head[FLAC_MD5]):
                return f"flac-{os.fstat(handle.fileno()).st_size:x}-{head[8:].hex()}"
            status = os.fstat(handle.fileno())
            kept = (known or {}).get(os.fspath(path))
            if kept and kept[:2] == [status.st_size, status.st_mtime_ns]:
                return str(kept[2])
            handle.seek(0)
            return hashlib.file_digest(handle, lambda: hashlib.blake2b(digest_size=12)).hexdigest()
    except OSError as error:
        return f"unreadable-{error.errno}"


def samples(path: str | os.PathLike[str]) -> str:
    """Return what only files with the same samples share: of a FLAC file, however compressed, its header's MD5.

    It includes rate, channels and width. Other files, and FLAC files without an MD5, are told apart by their bytes.
    """
    with open(path, "rb") as handle:
        head = handle.read(FLAC_HEADER_BYTES)
    if head[:4] == b"fLaC" and any(head[FLAC_MD5]):
        return f"flac-{head[18:].hex()}"
    return audio(path)


class AudioFingerprints:
    """Fingerprints of many recordings, those that cost a full read kept between runs.

    Parameters
    ----------
    memory : path-like
        A JSON file; losing it costs time only.
    """

    def __init__(self, memory: str | os.PathLike[str]) -> None:
        self.memory = Path(memory)
        try:
            known = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        entries = known.items() if isinstance(known, dict) else ()
        self.known = {path: entry for path, entry in entries if isinstance(entry, list) and len(entry) == 3}

    def __call__(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the fingerprint of each path, and remember what was read in full."""
        found, learnt = {}, False
        for path in paths:
            found[path] = audio(path, self.known)
            if not found[path].startswith(("flac-", "unreadable-")):
                status = os.stat(path)
                entry = [status.st_size, status.st_mtime_ns, found[path]]
                learnt |= self.known.get(path) != entry
                self.known[path] = entry
        if learnt:
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            draft = self.memory.with_suffix(f".{os.getpid()}.part")
            draft.write_text(json.dumps(self.known), encoding="utf-8")
            os.replace(draft, self.memory)
        return found
