"""Exports that a person changed in place, such as selections that Raven saved: kept before they are made anew."""

import hashlib
import json
import os
import shutil
from itertools import count
from pathlib import Path

from canopy.runtime.files import whole, write_text
from canopy.runtime.owned import files_in

NOTE = ".exports.json"
"""The file beside the exports that says what was written: size and digest by path."""


def note_exports(folder: str | os.PathLike[str]) -> None:
    """Note what a folder of exports holds, now that all of it is written."""
    made = {name: _content(Path(folder, name)) for name in files_in(folder) if name != NOTE}
    write_text(json.dumps(made, sort_keys=True, ensure_ascii=False) + "\n", Path(folder, NOTE))


def corrected(folder: str | os.PathLike[str]) -> list[str]:
    """Return the files of a folder of exports that are not as they were written; none where nothing was noted.

    A file that is no younger than the note, and as long as noted, is not read.
    """
    note = Path(folder, NOTE)
    try:
        made, noted_ns = json.loads(note.read_text(encoding="utf-8")), note.stat().st_mtime_ns
    except (OSError, ValueError):
        return []
    there = [name for name in files_in(folder) if name != NOTE]
    return [name for name in there if not _as_made(Path(folder, name), made.get(name), noted_ns)]


def keep_corrected(folder: str | os.PathLike[str], goal: str | os.PathLike[str]) -> list[Path]:
    """Copy what a person changed to `goal/corrected-1`, or the next where that has such a file; return the copies."""
    copied = []
    for name in corrected(folder):
        source = Path(folder, name)
        for number in count(1):
            kept = Path(goal, f"corrected-{number}", name)
            if not kept.exists():
                with whole(kept) as draft:
                    shutil.copyfile(source, draft)
                copied.append(kept)
                break
            if _content(kept) == _content(source):
                break
    return copied


def _as_made(path: Path, made: list[object] | None, noted_ns: int) -> bool:
    found = path.stat()
    if made is None or found.st_size != made[0]:
        return False
    return found.st_mtime_ns <= noted_ns or _content(path) == made


def _content(path: Path) -> list[object]:
    data = path.read_bytes()
    return [len(data), hashlib.blake2b(data, digest_size=16).hexdigest()]
