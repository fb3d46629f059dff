"""Why a file is no recording that can be decoded, in a sentence."""

import os
from pathlib import Path

from canopy.data.audio.container import kind_of
from canopy.data.audio.streams import AGAIN
from canopy.data.recordings.folder import FOREIGN_SUFFIXES


def why_unreadable(path: str | os.PathLike[str]) -> str:
    """Return why nothing of a file can be read; empty for one that can be."""
    path = Path(path)
    try:
        with path.open("rb") as handle:
            empty = not handle.read(1)
    except FileNotFoundError:
        return f"there is no file {path.name}: fetch it again, or fix the link if it is one"
    except IsADirectoryError:
        return f"{path.name} is a folder, not an audio file: rename or move it"
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror}): fix its permissions or fetch it again"
    return f"{path.name} is empty (0 bytes): fetch it again" if empty else ""


def why_not_decoded(path: str | os.PathLike[str], reason: str) -> str:
    """Return why a file that can be read is nothing that libsndfile decodes.

    Parameters
    ----------
    path : path-like
    reason : str
        What libsndfile says.
    """
    path = Path(path)
    with path.open("rb") as handle:
        head = handle.read(16)
    if kind := kind_of(head):
        return (
            f"{path.name} is truncated or damaged: it begins as {kind}, but its header cannot be read ({reason}); "
            f"{AGAIN}"
        )
    if path.suffix.lower() in FOREIGN_SUFFIXES:
        return f"{path.name} is of a format that Canopy does not decode: convert it to FLAC"
    return (
        f"{path.name} is not audio in spite of its extension (it begins with {head[:8]!r}): "
        "put the recording in its place or remove it"
    )
