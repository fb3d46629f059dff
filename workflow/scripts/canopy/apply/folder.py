"""The recordings below a folder, their ids and their fingerprints."""

import os
from collections import Counter
from pathlib import Path

import pandas as pd

from canopy.errors import CanopyError
from canopy.provenance.audio import AudioFingerprints
from canopy.recordings.folder import AUDIO_SUFFIXES

GIVE = "give a folder with audio files by `--config recordings=FOLDER`"


def find_recordings(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """List the audio files of a folder and of all folders in it, without opening them.

    Parameters
    ----------
    folder : path-like
        Links to folders are followed, each real folder once.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id` and `path`, sorted by path. The path is relative to `folder`, with `/` between its
        parts; the id is the path without the file's extension, or with it where two files differ in nothing else.
        Hidden files and folders are left out.

    Raises
    ------
    CanopyError
        The folder is missing, no folder, or without audio, or a file's name is not UTF-8.
    """
    root = Path(folder)
    if not root.is_dir():
        what = "is no folder" if root.exists() else "does not exist"
        raise CanopyError(f"the folder of recordings {folder} {what}: {GIVE}")
    paths, seen = [], set()
    for parent, folders, names in os.walk(root, followlinks=True):
        place = os.stat(parent)
        if (place.st_dev, place.st_ino) in seen:
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = Path(parent).relative_to(root)
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES:
                paths.append((relative / name).as_posix())
    if not paths:
        raise CanopyError(f"the folder {folder} and the folders in it hold no audio files (such as .flac or .wav): {GIVE}")
    for path in paths:
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            raise CanopyError(f"the file name {os.fsencode(path)!r} is not UTF-8: rename the file") from None
    paths.sort()
    stems = Counter(os.path.splitext(path)[0] for path in paths)
    ids = [path if stems[os.path.splitext(path)[0]] > 1 else os.path.splitext(path)[0] for path in paths]
    return pd.DataFrame({"recording_id": ids, "path": paths}, dtype=object)


def fingerprints(
    found: pd.DataFrame, folder: str | os.PathLike[str], memory: str | os.PathLike[str]
) -> dict[str, str]:
    """Return the fingerprint of each recording's audio, by its relative path; `memory` keeps what cost a full read."""
    full = {path: os.path.join(os.path.abspath(folder), path) for path in found["path"]}
    known = AudioFingerprints(memory)(full.values())
    return {path: known[place] for path, place in full.items()}
