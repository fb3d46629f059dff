"""Finding the recordings of a folder by their names alone."""

import hashlib
import os
from collections.abc import Iterable, Iterator

import pandas as pd

from canopy.errors import CanopyError
from canopy.runtime.input_tables.decoding import FETCH

DECODED_SUFFIXES = frozenset(
    [".flac", ".wav", ".wave", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64"]
)
"""File name extensions of audio that libsndfile decodes."""
FOREIGN_SUFFIXES = frozenset([".m4a", ".mp4", ".aac", ".wma", ".wv", ".ape", ".wac"])
"""Extensions of audio that it does not: listed with a problem, so that nothing is lost in silence."""
AUDIO_SUFFIXES = DECODED_SUFFIXES | FOREIGN_SUFFIXES
OWN_FOLDER = "put the recordings there, or name their folder with `data: FOLDER` and `tables: {train_audio: FOLDER}`"
FOLDER_MARK = "__"
"""What stands in a recording's id for the `/` between a folder below the recordings' own and what lies in it."""


def recording_id(relative: str) -> str:
    """Return the id of a recording, given its path below the recordings' folder.

    Examples
    --------
    >>> recording_id("plot 3/20240501_060000.WAV")
    'plot 3__20240501_060000'
    """
    return os.path.splitext(relative)[0].replace(os.sep, FOLDER_MARK)


def scan(folder: str | os.PathLike[str], *, below: bool = False, mend: str | None = None) -> pd.DataFrame:
    """List the audio files of a folder, without opening them.

    Parameters
    ----------
    folder : path-like
        The folder that holds the files.
    below : bool
        Whether folders below it are searched too, links followed.
    mend : str, optional
        How to come by the folder when it is missing or holds no audio.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id` (see `recording_id`; for a file in the folder itself, its name without
        extension) and `path` (under `folder` as given), sorted. Hidden files and folders are left out. An id
        occurs twice when two files differ in extension only.

    Raises
    ------
    CanopyError
        The folder is missing, no folder, or without audio, or a file's name is not UTF-8.
    """
    folder = os.fspath(folder)
    mend = mend or (OWN_FOLDER if below else FETCH)
    found = []
    try:
        for relative in _files(folder, "", below, {os.path.realpath(folder)}):
            if os.path.splitext(relative)[1].lower() in AUDIO_SUFFIXES:
                found.append((recording_id(relative), os.path.join(folder, relative)))
    except FileNotFoundError:
        raise CanopyError(f"there is no folder {folder}, where recordings should be: {mend}") from None
    except (NotADirectoryError, PermissionError) as error:
        where = error.filename or folder
        raise CanopyError(f"{where} cannot be read as a folder of recordings ({error.strerror}): {mend}") from error
    if not found:
        where = "in it or below it" if below else "folders in it are not searched"
        raise CanopyError(f"the folder {folder} holds no audio files (such as .flac or .wav; {where}): {mend}")
    for _, path in found:
        if not path.isascii():
            _check_name(path)
    return pd.DataFrame(sorted(found), columns=["recording_id", "path"], dtype=object)


def _files(folder: str, inside: str, below: bool, seen: set[str]) -> Iterator[str]:
    """Yield the paths of a folder's files below `folder`; a folder that links lead to again counts once."""
    with os.scandir(os.path.join(folder, inside) if inside else folder) as found:
        entries = [entry for entry in found if not entry.name.startswith(".")]
    for entry in sorted(entries, key=lambda one: (one.is_symlink(), one.name)):
        relative = os.path.join(inside, entry.name) if inside else entry.name
        if below and entry.is_dir():
            real = os.path.realpath(entry.path)
            if real not in seen:
                seen.add(real)
                yield from _files(folder, relative, below, seen)
        else:
            yield relative


def _check_name(path: str) -> None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise CanopyError(f"the file name {os.fsencode(path)!r} is not UTF-8: rename the file") from None


def sampled(recording_ids: Iterable[str], at_most: int) -> list[str]:
    """Return at most so many of the recordings, chosen by a hash of their ids: new recordings change few choices."""
    lots = {one: hashlib.blake2b(one.encode(), digest_size=8).digest() for one in recording_ids}
    return sorted(sorted(lots, key=lambda one: lots[one])[:at_most])
