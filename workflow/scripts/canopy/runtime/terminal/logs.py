"""New lines of log files that other processes write."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path


class Follower:
    """The lines that are added to some files, each line once.

    Parameters
    ----------
    names : sequence of str
        Files that need not exist yet. What is in them now is of an earlier attempt, and is passed over: such a file is
        removed, or written anew, before the job begins.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._known = {Path(name): _look(Path(name)) for name in names}
        self._read = dict.fromkeys(self._known, 0)

    def new(self, *, ended: bool = False) -> Iterator[str]:
        """Yield the lines that were added since the last call; at the end also one that has no newline."""
        for path, known in self._known.items():
            found = _look(path)
            if found == known:
                continue
            self._known[path] = None
            yield from self._lines(path, ended)

    def _lines(self, path: Path, ended: bool) -> Iterator[str]:
        try:
            with path.open("rb") as handle:
                size = os.fstat(handle.fileno()).st_size
                if size < self._read[path]:
                    self._read[path] = 0
                handle.seek(self._read[path])
                added = handle.read()
        except OSError:
            return
        whole = added if ended else added[: added.rfind(b"\n") + 1]
        self._read[path] += len(whole)
        yield from whole.decode("utf-8", errors="replace").splitlines()


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def read(name: str) -> list[str]:
    """Return the lines of a log; none if it cannot be read."""
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
