"""Which jobs are pending and why, in words that one can read."""

import re
from collections import defaultdict
from collections.abc import Sequence

from canopy.runtime.notify import Job
from canopy.runtime.terminal.board import Line, count_jobs

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
    "Software environment definition has changed": "its software environment has changed",
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


def pending(jobs: Sequence[tuple[Job, str]]) -> list[Line]:
    """Tell which jobs a dry run found pending, and why: one line for the jobs of a rule that have the same reason.

    Parameters
    ----------
    jobs : sequence of (Job, str)
        With Snakemake's reason for each.
    """
    groups: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for job, reason in jobs:
        groups[job.rule, in_words(reason)].append(job)
    lines = [Line(f"{count_jobs(len(jobs))} {'is' if len(jobs) == 1 else 'are'} pending:", "green")]
    for (rule, why), members in groups.items():
        lines.append(Line(f"{len(members):>6} {rule}: {why}"))
        values: dict[str, dict[str, None]] = defaultdict(dict)
        for job in members:
            for name, value in job.wildcards.items():
                values[name][value] = None
        if values:
            lines.append(
                Line("         " + "; ".join(f"{name} {', '.join(sorted(found))}" for name, found in values.items()))
            )
    return lines
