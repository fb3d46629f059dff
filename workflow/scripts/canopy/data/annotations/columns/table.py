"""A table of marks, read by what its columns tell."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from canopy.data.annotations.columns.header import Column, Header, understood
from canopy.data.annotations.columns.names import NAMES
from canopy.data.annotations.marks import ALL_OF_THE_BAND, TO_THE_END_S, Gathered, Source
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.cells import Cells, cells_of
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.numbers import decimal_commas, number, seconds

IN_NUMBERS = ("onset_s", "offset_s", "duration_s", "low_hz", "high_hz")
TOLERANCE_S, TOLERANCE_HZ = 0.002, 1.5
"""Two columns tell the same where they differ by no more: one of them is rounded."""
LOWEST_TOP_HZ = 200.0
"""Upper frequencies without unit that all lie below this are kHz rather than Hz."""


@dataclass(frozen=True)
class Row:
    """A row of a table of marks: the line on which it stands, and its cells."""

    line: int
    cells: list[str]


class Times:
    """When a mark begins and ends: seconds, or samples."""

    __slots__ = ("in_samples", "offset", "onset")

    def __init__(self, onset: float, offset: float, *, in_samples: bool = False) -> None:
        self.onset, self.offset, self.in_samples = onset, offset, in_samples


class MarkTable:
    """A table of marks whose columns are understood.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Knows the recordings, and takes what is wrong with cells.
    format, reads, fixed, aside
        As `canopy.data.annotations.columns.header.understood` takes them.
    species_column : str, optional
        The column that names the species, where the table has it.

    Raises
    ------
    CanopyError
        As `cells_of` and `understood` raise it; two columns tell the same thing and differ; frequencies without unit
        look like kHz.
    """

    def __init__(
        self,
        source: Source,
        gathered: Gathered,
        *,
        format: str,
        reads: Collection[str] = tuple(NAMES),
        fixed: Mapping[str, str] | None = None,
        species_column: str | None = None,
        aside: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self.source, self.gathered = source, gathered
        self.cells: Cells = cells_of(source.text, source.path)
        named = [name for name in self.cells.header if species_column and name.casefold() == species_column.casefold()]
        self.header: Header = understood(
            self.cells.header,
            source.path,
            format=format,
            reads=reads,
            fixed=fixed,
            columns={**source.columns, **dict.fromkeys(named, "species")},
            aside=aside,
        )
        for name in self.header.left:
            gathered.left.setdefault(name, []).append(source.path)
        numeric = [column.place for what in IN_NUMBERS for column in self.header.found.get(what, ())]
        self.comma = decimal_commas((row[place] for row in self.cells.rows for place in numeric), self.cells.separator)
        for what in (*IN_NUMBERS, "polarity"):
            if what != "duration_s" or "offset_s" not in self.header:
                self._check_agreement(what)
        self._check_unit()

    def __iter__(self) -> Iterator[Row]:
        return map(Row, self.cells.lines, self.cells.rows)

    def __len__(self) -> int:
        return len(self.cells.rows)

    def text(self, row: Row, what: str) -> str:
        """Return what a row says: the first of the columns that tell it in which it is not empty."""
        return next((row.cells[one.place] for one in self.header.found.get(what, ()) if row.cells[one.place]), "")

    def recording(self, row: Row, own: str = "") -> str:
        """Return the id of a row's recording: that of its file, in its folder, else of the table's `own` name."""
        name, folder = self.text(row, "recording_id"), self.text(row, "folder")
        if not (name or own):
            self.gathered.complaints.add(
                self.source.path, row.line, "it names no recording", fix="name it in each row, or remove the row"
            )
            return ""
        if name and folder and "/" not in name and "\\" not in name:
            name = f"{folder}/{name}"
        return self.gathered.recording(name or own, self.source, row.line)

    def times(self, row: Row) -> Times:
        """Return when a row's mark begins and ends; all of the recording where it says neither."""
        begin, length = self._column(row, "onset_s"), self._column(row, "duration_s")
        end = self._column(row, "offset_s")
        last = end or length
        if begin is None and end is None:
            return Times(0.0, TO_THE_END_S)
        if begin is None or last is None:
            self._complain(row, "it has a beginning or an end alone", "give both, or neither")
            return Times(math.nan, math.nan)
        onset, other = self._seconds(row, begin), self._seconds(row, last)
        if begin.meaning.in_samples != last.meaning.in_samples:
            self._complain(
                row, f"{begin.name} and {last.name} are in different units", "give both in seconds, or both in samples"
            )
            return Times(math.nan, math.nan)
        offset = other if end is not None else round(onset + other, 9)
        return Times(onset, offset, in_samples=begin.meaning.in_samples)

    def band(self, row: Row) -> tuple[float, float]:
        """Return a row's lower and upper frequency in Hz; infinite where it does not say it."""
        low, high = (
            rest if (column := self._column(row, what)) is None else self._hertz(row, column)
            for what, rest in zip(("low_hz", "high_hz"), ALL_OF_THE_BAND, strict=True)
        )
        return low, high

    def _column(self, row: Row, what: str) -> Column | None:
        return next((one for one in self.header.found.get(what, ()) if row.cells[one.place]), None)

    def _seconds(self, row: Row, column: Column, complaints: Complaints | None = None) -> float:
        complaints = complaints or self.gathered.complaints
        cell = row.cells[column.place]
        read = seconds if column.meaning.factor == 1 and not column.meaning.in_samples else number
        value = read(cell, column.name, self.source.path, row.line, complaints, comma=self.comma)
        return value if column.meaning.factor == 1 else round(value * column.meaning.factor, 9)

    def _hertz(self, row: Row, column: Column, complaints: Complaints | None = None) -> float:
        complaints = complaints or self.gathered.complaints
        cell = row.cells[column.place]
        value = number(cell, column.name, self.source.path, row.line, complaints, comma=self.comma)
        return value if column.meaning.factor == 1 else round(value * column.meaning.factor, 6)

    def _complain(self, row: Row, text: str, fix: str) -> None:
        self.gathered.complaints.add(self.source.path, row.line, text, fix=fix)

    def _check_agreement(self, what: str) -> None:
        """Stop where two columns tell the same thing, and not alike."""
        first, *others = self.header.found.get(what, ()) or (None,)
        if first is None or first.meaning.rank < 0:
            return
        for row, other in ((row, other) for other in others for row in self):
            one, two = row.cells[first.place], row.cells[other.place]
            if one and two and not self._alike(row, what, first, other):
                raise CanopyError(
                    f"{self.source.path}, line {row.line}: the columns {first.name!r} and {other.name!r} may both be "
                    f"{what}, and differ ({one} and {two}): say which one counts with "
                    f"`annotations: {{columns: {{{first.name}: {what}, {other.name}: null}}}}`"
                )

    def _alike(self, row: Row, what: str, first: Column, other: Column) -> bool:
        if first.meaning.in_samples != other.meaning.in_samples:
            return True  # who knows
        if row.cells[first.place] == row.cells[other.place] and first.meaning.factor == other.meaning.factor:
            return True
        if what not in IN_NUMBERS:
            return False
        read = self._hertz if what.endswith("_hz") else self._seconds
        one, two = (read(row, column, Complaints()) for column in (first, other))
        tolerance = (TOLERANCE_HZ if what.endswith("_hz") else TOLERANCE_S) + 1e-3 * abs(one) * what.endswith("_hz")
        return bool(abs(one - two) <= tolerance)

    def _check_unit(self) -> None:
        """Stop at frequencies without a unit that look like kHz."""
        edges = self.header.found.get("high_hz") or self.header.found.get("low_hz") or ()
        for column in edges[:1]:
            if column.meaning.unit or column.meaning.rank < 0:
                continue
            values = [self._hertz(row, column, Complaints()) for row in self if row.cells[column.place]]
            if values and 0 < max(values) < LOWEST_TOP_HZ:
                what = column.meaning.what
                raise CanopyError(
                    f"{self.source.path}: the column {column.name!r} holds {max(values):g} at most, which looks like "
                    f"kHz, and its name has no unit: call it {what.replace('_hz', '_khz')}; or, if these are Hz, say "
                    f"so with `annotations: {{columns: {{{column.name}: {what}}}}}`"
                )


def own_recording(source: Source, gathered: Gathered) -> str:
    """Return the name of the recording that a table's own file name tells, an empty string where it is none."""
    own = gathered.names.of_table(source.relative)
    return own if gathered.names.find(own).recording_id in gathered.names.ids.values() else ""
