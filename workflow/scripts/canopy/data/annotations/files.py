"""Which files of a folder hold annotations, and which nothing reads."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from canopy.data.recordings.folder import AUDIO_SUFFIXES
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

SUFFIXES = (".txt", ".csv", ".tsv", ".json", ".xlsx", ".xlsm", ".xls", ".ods")
"""What may hold annotations; that a workbook of another program is not read is told by its name."""
LOCKS = ("~$", ".")
"""What the names of hidden files begin with, and of those that Excel puts beside a table that is open."""
FIX = "put annotation files there (see docs/formats.md), or name another place with `annotations: {path: ...}`"


def annotation_files(
    path: str | os.PathLike[str], *, besides: str | os.PathLike[str] | None = None, needed: bool = True
) -> list[Path]:
    """Return the annotation files of a folder and of those below it, sorted; or the one file that `path` is.

    A table that lies `besides` them, such as that of reviews, is left out. Unless they are `needed`, there may be none.

    Raises
    ------
    CanopyError
        There is no such file or folder, or the folder holds no annotation file.
    """
    place = Path(path)
    if place.is_file():
        return [place]
    if not place.is_dir():
        if not needed:
            return []
        raise CanopyError(f"there are no annotations at {place}: {FIX}")
    found = [file for file in _files(place) if file.name.lower().endswith(SUFFIXES)]
    if not found and needed:
        raise CanopyError(f"{place} holds no annotation files ({', '.join(SUFFIXES)}): {FIX}")
    return sorted(file for file in found if os.fspath(file) != os.fspath(besides or ""))


def passed_over(path: str | os.PathLike[str]) -> str:
    """Return a line that counts the files of a folder which are neither annotations nor audio; empty without any."""
    kinds = Counter(
        file.suffix.lower() or "without a suffix"
        for file in _files(Path(path))
        if not file.name.lower().endswith(SUFFIXES) and file.suffix.lower() not in AUDIO_SUFFIXES
    )
    if not kinds:
        return ""
    counts = [f"{n} {suffix}" for suffix, n in sorted(kinds.items())]
    return f"{path}: files of these kinds are not read as annotations: {listed(counts)}"


def _files(folder: Path) -> Iterator[Path]:
    """Give the files of a folder and of those below it but for hidden ones."""
    for inside, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(LOCKS)]
        yield from (Path(inside, name) for name in names if not name.startswith(LOCKS))
