"""A CSV file of a person's: rows are added and single cells filled in, and all else stays, byte for byte."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import whole
from canopy.runtime.input_tables.decoding import decode
from canopy.runtime.input_tables.spreadsheet import OLD_WORKBOOK, ZIPPED
from canopy.runtime.portable import lock

BYTE_ORDER_MARK = "\ufeff"
LOCK = ".lock"
"""The file in a review's folder that one program at a time holds."""


class Sheet:
    """A table as it stands in its file, in the form that its last program gave it.

    Parameters
    ----------
    path : path-like
        The file; it need not exist.
    header : sequence of str
        The columns of a new one.

    Attributes
    ----------
    header : list of str
    rows : list of dict
        The cells of each row, by column; change them by `fill` and `add`.

    Raises
    ------
    CanopyError
        The file cannot be read, or is a workbook.
    """

    def __init__(self, path: str | os.PathLike[str], header: Sequence[str]) -> None:
        self.path = Path(path)
        self.header, self.delimiter, self.line_end = list(header), ",", "\n"
        self._mark, self._head = "", ""
        self._lines: list[str] = []
        self.rows: list[dict[str, str]] = []
        if self.path.exists():
            self._read()
        else:
            self._head = self._line(self.header)

    def _read(self) -> None:
        data = self.path.read_bytes()
        if data.startswith((ZIPPED, OLD_WORKBOOK)):
            raise CanopyError(f"{self.path} is a workbook: save it in its place as CSV (in a spreadsheet, `CSV UTF-8`)")
        text = decode(self.path)
        self._mark = BYTE_ORDER_MARK if data.startswith(BYTE_ORDER_MARK.encode()) else ""
        first = text.splitlines()[0]
        self.delimiter = max(",;\t", key=first.count)
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        (self._head, names), *records = list(self._records(text))
        self.header = [name.strip() for name in names]
        for line, cells in records:
            self._lines.append(line)
            self.rows.append(dict(zip(self.header, cells, strict=False)) if any(cells) else {})

    def _records(self, text: str) -> Iterator[tuple[str, list[str]]]:
        lines, done = list(io.StringIO(text, newline="")), 0
        reader = csv.reader(lines, delimiter=self.delimiter)
        for cells in reader:
            yield "".join(lines[done : reader.line_num]), cells
            done = reader.line_num

    def widen(self, names: Sequence[str]) -> None:
        """Add the columns that are missing, at the right, empty in the rows that there are."""
        if new := [name for name in names if name not in self.header]:
            ends = self.delimiter * len(new)
            self._head = self._with(self._head, self.delimiter + self.delimiter.join(new))
            width = len(self.header)
            self._lines = [
                self._with(line, self.delimiter * (width - self._width(line)) + ends) if row else line
                for line, row in zip(self._lines, self.rows, strict=True)
            ]
            self.header += new

    def fill(self, number: int, cells: Mapping[str, str]) -> None:
        """Give a row's cells new values; those of columns that the table lacks are left out."""
        row = self.rows[number]
        row.update({name: value for name, value in cells.items() if name in self.header})
        end = self._lines[number][len(self._lines[number].rstrip("\r\n")) :]
        line = self._line([row.get(name, "") for name in self.header])
        self._lines[number] = line[: -len(self.line_end)] + end

    def add(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Add rows at the end."""
        if not rows:
            return
        if self._lines:
            self._lines[-1] = self._ended(self._lines[-1])
        self._head = self._ended(self._head)
        for row in rows:
            self.rows.append({name: row.get(name, "") for name in self.header})
            self._lines.append(self._line([row.get(name, "") for name in self.header]))

    def save(self) -> None:
        """Write the file, whole or not at all."""
        with whole(self.path) as draft:
            draft.write_bytes((self._mark + self._head + "".join(self._lines)).encode("utf-8"))

    def _ended(self, line: str) -> str:
        return line if line.endswith(("\n", "\r")) else line + self.line_end

    def _line(self, cells: Sequence[str]) -> str:
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=self.delimiter, lineterminator=self.line_end).writerow(cells)
        return line.getvalue()

    def _with(self, line: str, more: str) -> str:
        bare = line.rstrip("\r\n")
        return bare + more + line[len(bare) :]

    def _width(self, line: str) -> int:
        return len(next(csv.reader(io.StringIO(line, newline=""), delimiter=self.delimiter)))


@contextmanager
def alone(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other programs of ours from writing a folder's table until the block is left."""
    os.makedirs(folder, exist_ok=True)
    handle = lock(Path(folder, LOCK), wait=True)
    assert handle is not None
    try:
        yield
    finally:
        os.close(handle)


def number(cell: str) -> float:
    """Return a number as a person's program may have written it; NaN for what is none."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return float("nan")
