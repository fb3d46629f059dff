"""Finding the recordings of a folder by their names alone."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from canopy.data.recordings.ids import FOLDER_MARK, recording_id
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import unspeakable
from canopy.runtime.input_tables.decoding import FETCH
from canopy.runtime.owned import holds_output

DECODED_SUFFIXES = frozenset(
    (
        *(".flac", ".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"),
        *(".ogg", ".oga", ".opus", ".mp3", ".mp2", ".mpga"),
    )
)
"""File name extensions of audio that libsndfile decodes."""
FOREIGN_SUFFIXES = frozenset(
    (
        *(".m4a", ".m4b", ".mp4", ".mka", ".3gp", ".amr", ".aac", ".ac3", ".wma", ".wv"),
        *(".ape", ".tta", ".wac", ".w4v", ".dsf", ".dff"),
    )
)
"""Extensions of audio that it does not: listed with a problem, so that nothing is lost in silence."""
SIDE_SUFFIXES = frozenset(
    (
        *(".txt", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".ini", ".cfg", ".conf", ".log", ".md", ".html"),
        *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ods", ".odt", ".rtf", ".jpg", ".jpeg", ".png", ".gif", ".bmp"),
        *(".tif", ".tiff", ".svg", ".kml", ".kmz", ".gpx", ".geojson", ".py", ".r", ".ipynb", ".sh", ".bat", ".exe"),
        *(".db", ".sqlite", ".lnk"),
    )
)
"""Extensions of what lies beside recordings and is none: counted, and nothing else."""
AUDIO_SUFFIXES = DECODED_SUFFIXES | FOREIGN_SUFFIXES
OWN_FOLDER = "put the recordings there, or name their folder with `data: FOLDER` and `tables: {train_audio: FOLDER}`"


def scan(folder: str | os.PathLike[str], *, below: bool = False, fix: str | None = None) -> pd.DataFrame:
    """List the audio files of a folder, without opening them.

    Parameters
    ----------
    folder : path-like
        The folder that holds the files.
    below : bool
        Whether folders below it are searched too, links followed.
    fix : str, optional
        How to come by the folder when it is missing or holds no audio.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id` (see `recording_id`; for a file in the folder itself, its name without
        extension) and `path` (under `folder` as given), sorted. Hidden files and folders are left out, and so are
        folders in it that Canopy marked as its results or as clips for review. An id occurs twice when two files differ
        in extension only.

    Raises
    ------
    CanopyError
        The folder is missing, no folder, or without audio, two files would have one id though they differ in more than
        their extension, or a file's name is not UTF-8 or holds a line break.
    """
    return look(folder, below=below, fix=fix)[0]


def look(
    folder: str | os.PathLike[str], *, below: bool = False, fix: str | None = None
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Look through a folder once: return what `scan` and what `passed_over` return of it."""
    folder = os.fspath(folder)
    fix = fix or (OWN_FOLDER if below else FETCH)
    found, others = [], []
    try:
        for relative in _files(folder, "", below, {os.path.realpath(folder)}):
            if os.path.splitext(relative)[1].lower() in AUDIO_SUFFIXES:
                found.append((recording_id(relative), os.path.join(folder, relative)))
            else:
                others.append(relative)
    except FileNotFoundError:
        raise CanopyError(f"there is no folder {folder}, where recordings should be: {fix}") from None
    except (NotADirectoryError, PermissionError) as error:
        where = error.filename or folder
        raise CanopyError(f"{where} cannot be read as a folder of recordings ({error.strerror}): {fix}") from error
    if not found:
        where = "in it or below it" if below else "folders in it are not searched"
        raise CanopyError(f"the folder {folder} holds no audio files (such as .flac or .wav; {where}): {fix}")
    for _, path in found:
        if not (path.isascii() and path.isprintable()):
            _check_name(path)
    if below:
        check_distinct((one, os.path.splitext(path)[0]) for one, path in found)
    return pd.DataFrame(sorted(found), columns=["recording_id", "path"], dtype=object), _by_suffix(folder, others)


def passed_over(folder: str | os.PathLike[str], *, below: bool = False) -> dict[str, list[str]]:
    """Return the files of a folder that `scan` does not list, by their suffix in lower case (empty: without one).

    Hidden files and folders are left out here too.
    """
    return _by_suffix(os.fspath(folder), _files(os.fspath(folder), "", below, {os.path.realpath(folder)}))


def _by_suffix(folder: str, files: Iterable[str]) -> dict[str, list[str]]:
    """Return the files that are neither recordings nor folders by their suffix in lower case."""
    found: dict[str, list[str]] = {}
    for relative in files:
        suffix = os.path.splitext(relative)[1].lower()
        if suffix not in AUDIO_SUFFIXES and not os.path.isdir(os.path.join(folder, relative)):
            found.setdefault(suffix, []).append(relative)
    return dict(sorted(found.items()))


def counted(files: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, str]]:
    """Return how many files each suffix has, and the first of them, for the suffixes that may be sound."""
    return {suffix: (len(names), names[0]) for suffix, names in files.items() if suffix not in SIDE_SUFFIXES}


def count_line(files: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line that says how many files of which suffix are no recordings that Canopy reads; none without any."""
    counts = ", ".join(f"{len(names)} {suffix or 'without suffix'}" for suffix, names in files.items())
    return [f"passed over, as Canopy reads no such files: {counts}"] if counts else []


def count_rows(counts: Mapping[str, Sequence[Any]]) -> list[tuple[str, str]]:
    """Return a row for each suffix, of what stands in place of a recording's id and of its problem.

    Parameters
    ----------
    counts : mapping
        As of `counted`.
    """
    return [
        (
            f"*{suffix or ' (without suffix)'}",
            f"{n} {'file' if n == 1 else 'files'} (the first: {first}) of a suffix that Canopy does not read: if these "
            "are recordings, convert them to WAV or FLAC",
        )
        for suffix, (n, first) in counts.items()
    ]


def _files(folder: str, inside: str, below: bool, seen: set[str]) -> Iterator[str]:
    """Yield the paths of a folder's files below `folder`; a folder that links lead to again counts once."""
    with os.scandir(os.path.join(folder, inside) if inside else folder) as found:
        entries = [entry for entry in found if not entry.name.startswith(".")]
    for entry in sorted(entries, key=lambda one: (one.is_symlink(), one.name)):
        relative = os.path.join(inside, entry.name) if inside else entry.name
        if below and entry.is_dir():
            real = os.path.realpath(entry.path)
            if real not in seen and not holds_output(entry.path):
                seen.add(real)
                yield from _files(folder, relative, below, seen)
        else:
            yield relative


def check_distinct(named: Iterable[tuple[str, str]]) -> None:
    """See that each path, given with its id, has an id of its own.

    Raises
    ------
    CanopyError
        Two have the same; both are named.
    """
    first: dict[str, str] = {}
    for one, path in sorted(named):
        if first.setdefault(one, path) != path:
            raise CanopyError(
                f"{first[one]} and {path} would have the same recording id, {one} (a folder's name and the file's are "
                f"joined by {FOLDER_MARK}): rename one of them"
            )


def _check_name(path: str) -> None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise CanopyError(f"the file name {os.fsencode(path)!r} is not UTF-8: rename the file") from None
    if unspeakable(path):
        raise CanopyError(f"the file name {path!r} holds a line break or a control character: rename the file")


def sampled(recording_ids: Iterable[str], at_most: int) -> list[str]:
    """Return at most so many of the recordings, chosen by a hash of their ids: new recordings change few choices."""
    lots = {one: hashlib.blake2b(one.encode(), digest_size=8).digest() for one in recording_ids}
    return sorted(sorted(lots, key=lambda one: lots[one])[:at_most])
