"""Folders that Canopy may write into: each bears a mark, and a folder with files of other people never gets one."""

import contextlib
import json
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import DRAFT, write_text

MARK = ".canopy"
"""The file that says whose a folder is: `kind` (results, demo, ...), and `files`, where only these are Canopy's."""
RESULTS, DEMO, DOWNLOAD, REVIEWS = "results", "demo", "download", "reviews"
LEFT_BY_SNAKEMAKE = ".snakemake_timestamp"
_EARLIER_DEMO = ".canopy_demo"
"""The mark of demos from before folders had marks."""


def holds_output(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder holds results or clips for review: sounds in it are no recordings."""
    return _mark(folder).get("kind") in (RESULTS, REVIEWS) or _earlier_results(Path(folder))


def made(folder: str | os.PathLike[str], kind: str) -> frozenset[str]:
    """Return the files that a folder's mark names; none where it bears no mark of that kind."""
    told = _mark(folder)
    return frozenset(told.get("files", ())) if told.get("kind") == kind else frozenset()


def mark(folder: str | os.PathLike[str], kind: str, files: Collection[str] = ()) -> None:
    """Mark a folder, which is made where it is missing."""
    told = {"kind": kind, "about": "Canopy writes into this folder: keep files of your own elsewhere."}
    write_text(json.dumps({**told, "files": sorted(files)} if files else told, indent=0) + "\n", Path(folder, MARK))


def files_in(folder: str | os.PathLike[str]) -> Iterator[str]:
    """Yield the paths of all files in and below a folder, relative to it, but for the mark, drafts and Snakemake's."""
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name not in (MARK, LEFT_BY_SNAKEMAKE) and not DRAFT.fullmatch(name):
                yield os.path.relpath(os.path.join(above, name), folder)


def check_own(
    folder: str | os.PathLike[str],
    kind: str,
    *,
    fix: str,
    planned: Collection[str] | None = None,
    known: Callable[[Path], bool] = lambda folder: False,
) -> None:
    """See that a folder may be written into: it is missing, empty or marked.

    Parameters
    ----------
    folder : path-like
    kind : str
        The mark that it must bear.
    fix : str
        What a person can do where it does not.
    planned : collection of str, optional
        Files that will be made. Where given, a marked folder must hold nothing but these and those that its mark names.
    known : callable
        Says of an unmarked folder whether it is Canopy's all the same: one from before there were marks.

    Raises
    ------
    CanopyError
        The folder holds a file that Canopy did not make, which is named.
    """
    told = _mark(folder)
    own = {*planned, *told.get("files", ())} if planned is not None else None
    if told.get("kind") == kind and own is None:
        return
    allowed = own if own is not None and told.get("kind") == kind else frozenset()
    foreign = next((name for name in files_in(folder) if name not in allowed), None)
    if foreign is not None and (told or not known(Path(folder))):
        raise CanopyError(
            f"the folder {os.fspath(folder)} holds a file that Canopy did not make, {foreign}; nothing was changed: "
            f"{fix}"
        )


def check_results(folder: str | os.PathLike[str]) -> None:
    """See that results may be written into a folder: `check_own`, with its errors."""
    fix = "name a new or an empty folder by `results: FOLDER` (or `--config results=FOLDER`)"
    check_own(folder, RESULTS, fix=fix, known=_earlier_results)


def begin_results(folder: str | os.PathLike[str]) -> None:
    """Mark a folder as that of results, as far as its disk has room: it is told by its logs too."""
    if _mark(folder).get("kind") != RESULTS:
        with contextlib.suppress(OSError):
            mark(folder, RESULTS)


def _earlier_results(folder: Path) -> bool:
    """Whether a folder holds results from before folders had marks: every job left a log and a table of its time."""
    return any(folder.glob("logs/**/*.log")) and any(folder.glob("benchmarks/**/*.tsv"))


def _mark(folder: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        told = json.loads(Path(folder, MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"kind": DEMO, "files": [_EARLIER_DEMO]} if Path(folder, _EARLIER_DEMO).is_file() else {}
    return told if isinstance(told, dict) else {}
