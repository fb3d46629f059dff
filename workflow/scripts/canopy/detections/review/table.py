"""The table that a person fills in: a verdict per clip.

It is the person's: rows are added to it, and none is changed, but for the verdicts that the review page tells of.

`canopy.data.annotations.readers.review` reads it back.
"""

import math
import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.names import clip_number, species_folder
from canopy.detections.review.sheet import Sheet, number
from canopy.detections.review.strategies.windows import NAME as WINDOWS
from canopy.detections.review.verdicts import DECIDED, NUMBERS, Verdict
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

COLUMNS = (
    "clip",
    "species",
    "verdict",
    "remark",
    "why",
    "probability",
    "clip_onset_s",
    "clip_offset_s",
    "recording_id",
    "path",
    "onset_s",
    "offset_s",
    "low_hz",
    "high_hz",
    "asked",
    "clip_start_s",
    "round",
    "chance",
    "of",
    "decided",
    "similarity",
)
"""`verdict` and `remark` are for the person; `clip_onset_s` and `clip_offset_s` say where in its clip to listen,
and `clip_start_s` where the clip begins in its recording. `asked` is the species that the clip was offered for, which
stays where the person names another; `round`, `chance` and `of` say in which draw it was drawn, how likely that was,
and of how many; `decided` is when the page took the verdict; `similarity` is to the example of a search."""
SIMILAR, OVER_RANGE = "similar", "over_range"
"""What `why` says of stretches that a search found, where others name the strategy that drew a detection."""
NEEDED = ("clip", "species", "verdict", "recording_id", "onset_s", "offset_s")
SAME_SHARE = 0.5
"""A detection is one that was offered before where they share at least so much of the shorter of them."""
FOUND_BACK = 1e-6
"""Times and frequencies that the page gives back unchanged differ by less."""


class ReviewTable:
    """A table of clips, as it stands in its file.

    Parameters
    ----------
    path : path-like
        The file; it need not exist.

    Attributes
    ----------
    rows : list of dict
        The cells of each row, by column.

    Raises
    ------
    CanopyError
        The file cannot be read, or lacks a column that it was made with.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.sheet = Sheet(path, COLUMNS)
        if missing := [name for name in NEEDED if name not in self.sheet.header]:
            raise CanopyError(
                f"{self.path} has no column {listed(missing)}, with which new clips are told from those in it: "
                "restore the column, or move the table to another place, and a new one is begun"
            )
        self._taken = 0
        self._by_clip = {row["clip"].strip(): at for at, row in enumerate(self.sheet.rows) if row.get("clip")}

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows that are not blank."""
        return [row for row in self.sheet.rows if row]

    def next_number(self) -> int:
        """Return a number that no clip of the table has yet, nor any after it."""
        return 1 + max((clip_number(row.get("clip", "")) for row in self.rows), default=0)

    def next_round(self) -> int:
        """Return the number of the next draw."""
        return 1 + max((int(number(row.get("round", "")) or 0) for row in self.rows if row.get("round")), default=0)

    def judged(self, detections: pd.DataFrame, *, same_audio: Mapping[str, str] | None = None) -> pd.Series:
        """Say of each detection (recording_id, species, onset_s, offset_s) whether a row with a verdict is of it.

        `same_audio` names for each recording the one whose samples it has, so that copies count as one.
        """
        return self._known(detections, [row for row in self.rows if row.get("verdict", "").strip()], same_audio or {})

    def offered(
        self, detections: pd.DataFrame, *, same_audio: Mapping[str, str] | None = None, windows: bool = False
    ) -> pd.Series:
        """Say of each detection (or window) whether any row is of it; `same_audio` as for `judged`.

        A verdict on a window says nothing of a detection in it, nor the other way round.
        """
        rows = [row for row in self.rows if (row.get("why", "").strip() == WINDOWS) == windows]
        return self._known(detections, rows, same_audio or {})

    def append(self, rows: Sequence[Mapping[Hashable, Any]]) -> None:
        """Add rows at the end of the file, in its own form; what stands in it stays, byte for byte."""
        self.sheet.widen(COLUMNS)
        self.sheet.add([{str(name): _cell(value) for name, value in row.items()} for row in rows])
        self.sheet.save()

    def decide(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Take verdicts, as `take` does, and write the file where something changed."""
        before = self._taken
        left = self.take(verdicts)
        if self._taken > before:
            self.sheet.save()
        return left

    def take(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Put verdicts into their rows, where they are newer than what stands there.

        A verdict that was typed into the table has no moment: it stays, unless the person saw it in the page and
        decided again.

        Returns
        -------
        list of Verdict
            Those that were not taken: of clips that the table lacks, or where it has another verdict that stays.
        """
        left = []
        for verdict in sorted(verdicts, key=lambda one: one.decided):
            at = self._by_clip.get(verdict.clip)
            if at is None:
                left.append(verdict)
                continue
            row = self.sheet.rows[at]
            since = row.get("decided", "").strip()
            if since == verdict.decided:
                continue
            said = row.get("verdict", "").strip()
            dated = bool(DECIDED.fullmatch(since))
            newer = verdict.decided > since if dated else said in ("", verdict.verdict, verdict.before)
            if newer:
                self.sheet.widen(("decided", "asked"))
                self.sheet.fill(at, self._cells(row, verdict))
                self._taken += 1
            elif said != verdict.verdict:
                left.append(verdict)
        return left

    def _cells(self, row: Mapping[str, str], verdict: Verdict) -> dict[str, str]:
        cells = {"verdict": verdict.verdict, "species": verdict.species, "decided": verdict.decided}
        if verdict.remark or row.get("remark"):
            cells["remark"] = verdict.remark
        if not row.get("asked"):
            cells["asked"] = row.get("species", "")
        comma = any("," in row.get(name, "") for name in NUMBERS)
        for name, value in verdict.box.items():
            stood = row.get(name, "")
            if abs(number(stood) - value) < FOUND_BACK:
                continue
            cells[name] = _written(value, comma=comma)
            if (inside := f"clip_{name}") in row and not math.isnan(moved := value - number(stood)):
                cells[inside] = _written(number(row[inside]) + moved, comma=comma)
        return cells

    def _known(
        self, detections: pd.DataFrame, rows: Sequence[Mapping[str, str]], same_audio: Mapping[str, str]
    ) -> pd.Series:
        spans: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in rows:
            span = number(row.get("onset_s", "")), number(row.get("offset_s", ""))
            offered_as = row.get("clip", "").partition("/")[0]  # the person may have corrected the species
            recording_id = row.get("recording_id", "").strip()
            for species in {species_folder(row.get("species", "").strip()), offered_as}:
                spans.setdefault((same_audio.get(recording_id, recording_id), species), []).append(span)
        found = []
        for recording_id, species, onset_s, offset_s in zip(
            *(detections[name] for name in ("recording_id", "species", "onset_s", "offset_s")), strict=True
        ):
            those = spans.get((same_audio.get(recording_id, recording_id), species_folder(species)), ())
            found.append(any(same_stretch(one, (onset_s, offset_s)) for one in those))
        return pd.Series(found, index=detections.index, dtype=bool)


def same_stretch(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Return whether two spans of a recording, in seconds, are so alike that one verdict is on both."""
    shared_s = min(first[1], second[1]) - max(first[0], second[0])
    return shared_s > 0 and shared_s >= SAME_SHARE * min(first[1] - first[0], second[1] - second[0])


def _written(value: float, *, comma: bool) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def _cell(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
