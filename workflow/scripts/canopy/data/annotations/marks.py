"""What readers of annotation files gather: marks, and the recordings that were reviewed without finding anything."""

import math
import posixpath
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from canopy.data.annotations.names import Found, Names
from canopy.runtime.input_tables.cells import header_of
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.tables import SHOWN, listed

NO_CALL = "nocall"
"""What BirdNET and BirdCLEF write where nothing was heard."""
TO_THE_END_S = math.inf
"""The offset of a mark that lasts to the end of its recording."""
ALL_OF_THE_BAND = (-math.inf, math.inf)
"""The frequencies of a mark that tells none, in Hz; either may stand for one that is not known."""


class Mark(NamedTuple):
    """One box; times in seconds (or samples) from the recording's beginning, and where it stands, for complaints."""

    recording_id: str
    species: str
    onset_s: float
    offset_s: float
    low_hz: float
    high_hz: float
    polarity: int
    path: str
    line: int
    songtype: int = -1
    in_samples: bool = False
    channel: int | None = None


@dataclass(frozen=True)
class Source:
    """An annotation file.

    Attributes
    ----------
    path : str
        Where it lies.
    relative : str
        Its path below the folder of annotations.
    text : str
    columns : mapping of str to str or None
        What the configuration's `annotations.columns` says of columns of its own names.
    """

    path: str
    relative: str
    text: str
    columns: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def first_line(self) -> str:
        """The first line of the text."""
        return self.text.split("\n", 1)[0]

    @cached_property
    def header(self) -> list[str]:
        """The names of the columns, if the file is a table; empty where its cells cannot be told apart."""
        return header_of(self.text)


@dataclass
class Gathered:
    """What has been read so far.

    Attributes
    ----------
    names : Names
        The recordings.
    marks : list of Mark
    reviewed : dict of str to str
        Recordings in which a reviewer found nothing, with the file that says so.
    partly : dict of str to set of str
        Species of which a recording says neither that they are present nor that they are absent.
    foreign : dict of str to str
        Recordings that hold species which are left out, with the first file that says so.
    named : dict of str to str
        All recordings that annotations name, with the first file that does.
    judged : set of str
        Recordings in which detections were judged, of which nothing else is known by that.
    reviews : set of str
        The files that say so.
    left : dict of str to list of str
        The columns of names that nobody knows, each with the files in which they were left aside.
    unread : set of str
        Recordings in which something was marked that is not understood: it may be any species.
    notes : list of str
        What to tell of the files that were read: what was left aside or cut.
    complaints : Complaints
    """

    names: Names
    marks: list[Mark] = field(default_factory=list)
    reviewed: dict[str, str] = field(default_factory=dict)
    partly: dict[str, set[str]] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)
    reviews: set[str] = field(default_factory=set)
    left: dict[str, list[str]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    complaints: Complaints = field(default_factory=Complaints)

    def recording(self, name: str, source: Source, line: int, *, unit: str = "line") -> str:
        """Return the id of the recording that a name in a file means; complain of a name that may mean others too.

        Where the name leaves it open, the file's own name and folder may tell, if it is named after its recording.
        """
        found = self.names.find(name, posixpath.dirname(source.relative))
        own = self.names.find(self.names.of_table(source.relative))
        if own.by_folder and not own.candidates and self.names.same_file(name, own.recording_id):
            if found.candidates:
                found = own
            elif found.recording_id != own.recording_id:
                found = Found(own.recording_id, (own.recording_id, found.recording_id))
        if found.candidates:
            text, fix = _unclear(name, found)
            self.complaints.add(source.path, line, text, unit=unit, fix=fix)
        self.named.setdefault(found.recording_id, source.path)
        return found.recording_id

    def add(self, mark: Mark, *, unit: str = "line") -> None:
        """Add a mark, or complain of one that cannot be true."""

        def complain(text: str, fix: str = "") -> None:
            self.complaints.add(mark.path, mark.line, text, unit=unit, fix=fix)

        if problem := label_problem(mark.species):
            complain(*problem)
        if any(math.isnan(one) for one in (mark.onset_s, mark.offset_s, mark.low_hz, mark.high_hz)):
            return  # complained of where they were read
        if mark.onset_s < 0:
            complain(f"it begins at {mark.onset_s:g} s, before its recording")
        if mark.offset_s == mark.onset_s:
            complain(f"it begins and ends at {mark.onset_s:g} s: a sound needs a length", "draw a region")
        elif mark.offset_s < mark.onset_s:
            complain(f"its end ({mark.offset_s:g} s) must lie after its beginning ({mark.onset_s:g} s)")
        if -math.inf < mark.low_hz < 0:
            complain(f"its lower frequency is {mark.low_hz:g} Hz, it must be 0 or more")
        if mark.high_hz <= mark.low_hz:
            complain(f"its upper frequency ({mark.high_hz:g} Hz) must lie above its lower one ({mark.low_hz:g} Hz)")
        self.marks.append(mark)


def _unclear(name: str, found: Found) -> tuple[str, str]:
    """Say why a name does not tell its recording, and what to do."""
    candidates = " or ".join(found.candidates) if len(found.candidates) < SHOWN else listed(found.candidates)
    if not found.elsewhere:
        return f"{name!r} may be the recording {candidates}", "name its folder too"
    return (
        f"{name!r} is in the folder {found.elsewhere!r}, but no recordings are; the recording {candidates} has the "
        "same name",
        "add the recordings of that folder, or name the folder of the recording, or its id",
    )


def tidy(label: str) -> str:
    """Return a label without surrounding blanks, its accents composed, so that it is the same from all systems."""
    return unicodedata.normalize("NFC", label.strip())


def label_problem(label: str) -> tuple[str, str] | None:
    """Say why a label cannot name a species and what to do, or return None."""
    if not label:
        return "it names no species", "name it, or remove the row"
    if not label.isprintable() or ";" in label or label == "recording_id":
        return f"{label!r} cannot name a species: it becomes the name of a column of tables", "give it another name"
    return None
