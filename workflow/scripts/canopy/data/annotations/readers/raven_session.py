"""Several files that Raven opened together: its times count on from one to the next.

`Begin Time (s)` is the time in such a session, `File Offset (s)` that in the file, so that their difference is where in
the session a file begins.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

TOLERANCE_S = 0.01
"""Raven rounds its times; a file begins at one place in its session."""


class Selection(NamedTuple):
    """A selection: begin and end in seconds of the session, and its beginning in seconds of the file."""

    recording_id: str
    begin_s: float
    end_s: float
    offset_s: float


def file_starts(selections: Iterable[Selection]) -> dict[str, float]:
    """Return where in a session each file begins, in their order; nothing where the table is not of one session.

    It is not where a file would begin at several places, or two files at one, as in tables of single files that were
    put together.
    """
    starts: dict[str, float] = {}
    for one in selections:
        start_s = one.begin_s - one.offset_s
        if abs(starts.setdefault(one.recording_id, start_s) - start_s) > TOLERANCE_S:
            return {}
    ordered = sorted(starts.items(), key=lambda item: item[1])
    for (_, before_s), (_, after_s) in pairwise(ordered):
        if after_s - before_s <= TOLERANCE_S:
            return {}
    return dict(ordered)


def parts(selection: Selection, starts: dict[str, float]) -> list[tuple[str, float, float]]:
    """Return a selection as a recording, a beginning and an end in it for each file that it reaches into.

    Only files that the table names can be known: in the last of these, it may end after its file.
    """
    length_s = selection.end_s - selection.begin_s
    later = [file for file, start_s in starts.items() if start_s > selection.begin_s]
    found = [(selection.recording_id, selection.offset_s, round(selection.offset_s + length_s, 9))]
    for file in later:
        if starts[file] >= selection.end_s - TOLERANCE_S:
            break
        last_file, onset_s, _ = found[-1]
        begun_s = starts.get(last_file, selection.begin_s - selection.offset_s)
        found[-1] = last_file, onset_s, round(starts[file] - begun_s, 9)
        found.append((file, 0.0, round(selection.end_s - starts[file], 9)))
    return found
