"""The table that a person fills in: a verdict per clip. It is the person's: rows are added to it, and none is changed.

`canopy.data.annotations.readers.review` reads it back.
"""

import csv
import io
import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.clips import clip_number, species_folder
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import whole
from canopy.runtime.input_tables.decoding import decode
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
)
"""`verdict` and `remark` are for the person; `clip_onset_s` and `clip_offset_s` say where in its clip to listen."""
NEEDED = ("clip", "species", "verdict", "recording_id", "onset_s", "offset_s")
SAME_SHARE = 0.5
"""A detection is one that was offered before where they share at least so much of the shorter of them."""


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
        self.header, self.delimiter, self.line_end = list(COLUMNS), ",", "\n"
        self.rows: list[dict[str, str]] = []
        if not self.path.exists():
            return
        text = decode(self.path)
        first = text.splitlines()[0]
        self.delimiter = max(",;\t", key=first.count)
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter))
        self.header = [name.strip() for name in cells[0]]
        if missing := [name for name in NEEDED if name not in self.header]:
            raise CanopyError(
                f"{self.path} has no column {listed(missing)}, with which new clips are told from those in it: "
                "restore the column, or move the table to another place, and a new one is begun"
            )
        self.rows = [dict(zip(self.header, row, strict=False)) for row in cells[1:] if any(row)]

    def next_number(self) -> int:
        """Return a number that no clip of the table has yet, nor any after it."""
        return 1 + max((clip_number(row.get("clip", "")) for row in self.rows), default=0)

    def judged(self, detections: pd.DataFrame) -> pd.Series:
        """Say of each detection (recording_id, species, onset_s, offset_s) whether a row with a verdict is of it."""
        return self._known(detections, [row for row in self.rows if row.get("verdict", "").strip()])

    def offered(self, detections: pd.DataFrame) -> pd.Series:
        """Say of each detection whether any row is of it."""
        return self._known(detections, self.rows)

    def append(self, rows: Sequence[Mapping[Hashable, Any]]) -> None:
        """Add rows at the end of the file, in its own form; what stands in it stays, byte for byte."""
        before = self.path.read_bytes() if self.path.exists() else b""
        lines = io.StringIO(newline="")
        writer = csv.writer(lines, delimiter=self.delimiter, lineterminator=self.line_end)
        if not before:
            writer.writerow(self.header)
        elif not before.endswith((b"\n", b"\r")):
            lines.write(self.line_end)
        for row in rows:
            writer.writerow([_cell(row.get(name, "")) for name in self.header])
        with whole(self.path) as draft:
            draft.write_bytes(before + lines.getvalue().encode("utf-8"))

    def _known(self, detections: pd.DataFrame, rows: Sequence[Mapping[str, str]]) -> pd.Series:
        spans: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in rows:
            onset_s, offset_s = _number(row.get("onset_s", "")), _number(row.get("offset_s", ""))
            offered_as = row.get("clip", "").partition("/")[0]  # the person may have corrected the species
            for species in {species_folder(row.get("species", "").strip()), offered_as}:
                spans.setdefault((row.get("recording_id", "").strip(), species), []).append((onset_s, offset_s))
        found = [
            any(_same(one, (onset_s, offset_s)) for one in spans.get((recording_id, species_folder(species)), ()))
            for recording_id, species, onset_s, offset_s in zip(
                *(detections[name] for name in ("recording_id", "species", "onset_s", "offset_s")), strict=True
            )
        ]
        return pd.Series(found, index=detections.index, dtype=bool)


def _same(first: tuple[float, float], second: tuple[float, float]) -> bool:
    shared_s = min(first[1], second[1]) - max(first[0], second[0])
    return shared_s > 0 and shared_s >= SAME_SHARE * min(first[1] - first[0], second[1] - second[0])


def _number(cell: str) -> float:
    """Return a number as a person's program may have written it; NaN for what is none."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return float("nan")


def _cell(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
