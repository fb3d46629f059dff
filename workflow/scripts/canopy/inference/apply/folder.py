"""The recordings below a folder: their ids, and the fingerprints of their audio."""

import os
from collections import Counter

import pandas as pd

from canopy.data.audio.fingerprint import AudioFingerprints
from canopy.data.recordings.folder import check_distinct, scan

GIVE = "give a folder with audio files by `--config recordings=FOLDER`"


def find_recordings(folder: str | os.PathLike[str], memory: str | os.PathLike[str]) -> pd.DataFrame:
    """List the audio files of a folder and of all folders below it, without decoding them.

    Parameters
    ----------
    folder : path-like
    memory : path-like
        Where the fingerprints that cost reading a whole file are kept.

    Returns
    -------
    pandas.DataFrame
        Columns `recording_id`, `path` (relative to `folder`) and `audio` (the fingerprint of the samples), sorted by
        path. The id is that of `canopy.data.recordings.folder.recording_id`, with the file's extension where two files
        would have the same.

    Raises
    ------
    CanopyError
        The folder is missing, no folder, or without audio, two files would have one id, or a file's name is not UTF-8
        or holds a line break.
    """
    folder = os.path.normpath(folder)
    found = scan(folder, below=True, fix=GIVE)
    full = found["path"].tolist()
    prints = AudioFingerprints(memory)([os.path.abspath(path) for path in full])
    count = Counter(found["recording_id"])
    ids = [
        recording_id + os.path.splitext(path)[1] if count[recording_id] > 1 else recording_id
        for recording_id, path in zip(found["recording_id"], full, strict=True)
    ]
    check_distinct(zip(ids, full, strict=True))
    listing = {
        "recording_id": ids,
        "path": [os.path.relpath(path, folder) for path in full],
        "audio": [prints[os.path.abspath(path)] for path in full],
    }
    return pd.DataFrame(listing, dtype=object).sort_values("path", ignore_index=True)
