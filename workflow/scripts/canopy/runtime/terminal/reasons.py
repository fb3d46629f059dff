"""Why a job is pending, in words that one can read."""

import re

MISSING = "its output is missing"
FOLLOWS = "its input is made by another pending job"
REASONS = {
    "Forced execution": "you asked for it",
    "Rules with neither input nor output": "it runs each time",
    "Rules with a run or shell declaration but no output": "it runs each time",
    "Missing output files": MISSING,
    "Incomplete output files": "its last run was broken off",
    "Updated input files": "its input has changed",
    "Input files updated by another job": FOLLOWS,
    "Set of input files has changed": "it has more, fewer or other input files",
    "Code has changed": "its command has changed",
    "Params have changed": "its settings or its code have changed",
    "Software environment definition has changed": "its conda environment has changed",
}
"""How Snakemake's reasons begin, and what they mean."""
NAMED = ("Updated input files",)
"""Reasons whose files are worth naming: a person has changed them."""
MOST_FILES = 3
_BEGINNING = re.compile("|".join(map(re.escape, REASONS)))


def in_words(reason: str) -> str:
    """Return a reason of Snakemake's in plain words; what is not known is returned as it is.

    Parameters
    ----------
    reason : str
        As `snakemake.jobs.Reason` writes it: parts joined by `; `, some of them with files or values.

    Returns
    -------
    str
    """
    told = []
    for part in _parts(reason):
        found = _BEGINNING.match(part)
        if found is None:
            told.append(part)
        elif found[0] in NAMED:
            told.append(f"{REASONS[found[0]]} ({_some(part.partition(': ')[2])})")
        else:
            told.append(REASONS[found[0]])
    if MISSING in told:  # the other says no more then
        told = [text for text in told if text != FOLLOWS]
    return "; ".join(dict.fromkeys(told))


def _parts(reason: str) -> list[str]:
    """Split a reason where one that is known begins: values, such as settings, may hold the separator too."""
    parts = [""]
    for piece in reason.split("; "):
        if _BEGINNING.match(piece) or not parts[-1]:
            parts.append(piece)
        else:
            parts[-1] += f"; {piece}"
    return [part for part in parts if part]


def _some(files: str) -> str:
    names = files.split(", ")
    more = len(names) - MOST_FILES
    return ", ".join(names[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")
