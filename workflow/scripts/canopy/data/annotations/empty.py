"""Recordings that are known to be empty: by their folders or names, without a table for each."""

import fnmatch
from collections.abc import Iterable, Sequence

from canopy.data.annotations.marks import Gathered, Mark
from canopy.data.recordings.ids import FOLDER_MARK
from canopy.runtime.errors import CanopyError

KEY = "annotations.empty"


def empty_recordings(patterns: Sequence[str], recording_ids: Iterable[str]) -> list[str]:
    """Return the recordings in which nothing calls, sorted.

    Parameters
    ----------
    patterns : sequence of str
        Folders, or patterns of paths, below the folder of recordings (`noise`, `*/rain`, `site 1/night_*`); without
        extensions. What lies in a folder that matches, matches.
    recording_ids : iterable of str

    Raises
    ------
    CanopyError
        A pattern matches none.

    Examples
    --------
    >>> empty_recordings(["noise", "s?__rain*"], ["noise__a", "noisy__b", "s1__rain_2", "s1__owl"])
    ['noise__a', 's1__rain_2']
    """
    paths = {one: one.replace(FOLDER_MARK, "/") for one in recording_ids}
    found: set[str] = set()
    for pattern in patterns:
        own = pattern.strip().strip("/").replace(FOLDER_MARK, "/")
        mine = {one for one, path in paths.items() if fnmatch.fnmatchcase(path, own) or _inside(path, own)}
        if not mine:
            raise CanopyError(
                f"config: {KEY}: no recording is in a folder, or called, {pattern!r}: name folders as they are below "
                "the folder of training recordings, and files without their extension"
            )
        found |= mine
    return sorted(found)


def complain_of_marks(marks: Iterable[Mark], empty: Sequence[str], gathered: Gathered) -> None:
    """Complain of confirmed marks in recordings that are said to be empty."""
    held = set(empty)
    for mark in marks:
        if mark.polarity > 0 and mark.recording_id in held:
            gathered.complaints.add(
                mark.path,
                mark.line,
                f"{mark.species} is marked in {mark.recording_id}, of which `{KEY}` says that it is empty",
                fix="take the recording out of the key's patterns, or the mark out of the file",
            )


def _inside(path: str, pattern: str) -> bool:
    folders = path.split("/")[:-1]
    return any(fnmatch.fnmatchcase("/".join(folders[: n + 1]), pattern) for n in range(len(folders)))
