"""Finding the recordings of a folder by their names alone."""

import os

import pandas as pd

from canopy.errors import CanopyError
from canopy.usertables import FETCH

DECODED_SUFFIXES = frozenset(
    [".flac", ".wav", ".wave", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64"]
)
"""File name extensions of audio that libsndfile decodes."""
FOREIGN_SUFFIXES = frozenset([".m4a", ".mp4", ".aac", ".wma", ".wv", ".ape", ".wac"])
"""Extensions of audio that it does not: listed with a problem, so that nothing is lost in silence."""
AUDIO_SUFFIXES = DECODED_SUFFIXES | FOREIGN_SUFFIXES


def scan(folder: str | os.PathLike[str], *, mend: str = FETCH) -> pd.DataFrame:
    """List the audio files of a folder, without opening them.

    Parameters
    ----------
    folder : path-like
        The folder that holds the files themselves; folders below it are not searched.
    mend : str
        How to come by the folder when it is missing or holds no audio.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id` (the file's name without extension) and `path` (under `folder` as given),
        sorted. Hidden files are left out. An id occurs twice when two files differ in extension only.

    Raises
    ------
    CanopyError
        The folder is missing, no folder, or without audio, or a file's name is not UTF-8.
    """
    folder = os.fspath(folder)
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        raise CanopyError(f"there is no folder {folder}, where recordings should be: {mend}") from None
    except (NotADirectoryError, PermissionError) as error:
        raise CanopyError(f"{folder} cannot be read as a folder of recordings ({error.strerror}): {mend}") from error
    found = []
    for name in names:
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in AUDIO_SUFFIXES:
            found.append((stem, os.path.join(folder, name)))
    if not found:
        raise CanopyError(
            f"the folder {folder} holds no audio files (such as .flac or .wav; folders in it are not searched): {mend}"
        )
    for _, path in found:
        if not path.isascii():
            _check_name(path)
    return pd.DataFrame(sorted(found), columns=["recording_id", "path"], dtype=object)


def _check_name(path: str) -> None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise CanopyError(f"the file name {os.fsencode(path)!r} is not UTF-8: rename the file") from None
