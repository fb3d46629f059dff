"""What follows from the demo's settings alone: its recordings' ids, and what their audio depends on."""

import hashlib
from typing import Any

from canopy.config.demo import Demo

SUBSETS = ("train", "test")
LABEL_KEYS = {"listed_per_recording", "suspects_per_recording"}
TABLES = (
    "train_tp.csv",
    "train_fp.csv",
    "sample_submission.csv",
    "truth/train_events.csv",
    "truth/test_events.csv",
    "truth/species.csv",
)


def audio_settings(settings: Demo) -> dict[str, Any]:
    """Return the settings that a recording's audio depends on: neither counts nor what is labelled."""
    return settings.model_dump(exclude={"name", "n_train", "n_test", *LABEL_KEYS})


def made_files(settings: Demo) -> list[str]:
    """Return the paths of all files that the demo consists of, relative to its folder."""
    audio = [f"{subset}/{one}.flac" for subset in SUBSETS for one in recording_ids(settings, subset)]
    return [*TABLES, *audio]


def recording_ids(settings: Demo, subset: str) -> list[str]:
    """Return the ids of a subset's recordings, in the order in which they are made.

    Parameters
    ----------
    settings : Demo
        Only `seed` and the subset's count matter; a larger count appends ids and changes none.
    subset : str
        `train` or `test`.

    Returns
    -------
    list of str
        Nine hexadecimal digits each, as RFCX's, unique over both subsets (the last digit is even
        in `train` and odd in `test`).
    """
    if subset not in SUBSETS:
        raise ValueError(f"subset must be one of {SUBSETS}, not {subset!r}")
    count = settings.n_train if subset == "train" else settings.n_test
    found: dict[str, None] = {}
    attempt = 0
    while len(found) < count:
        digest = hashlib.blake2b(f"{settings.seed}/{subset}/{attempt}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big") % 16**9
        found[f"{number - number % 2 + SUBSETS.index(subset):09x}"] = None
        attempt += 1
    return list(found)
