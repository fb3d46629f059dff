"""From a table's text to its header and its cells, whatever separates them."""

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.tables import listed

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""What may stand between cells, the likeliest first."""
DECLARED = re.compile(r"sep=(.)\s*\Z")
"""The first line by which some programs tell Excel the separator."""
LOOKED_AT, MOST_LOOKED_AT = 20, 200_000
"""How many lines, of how many letters in all, tell the separator."""


@dataclass(frozen=True)
class Cells:
    """A table as it stands in its file; cells without surrounding blanks.

    Attributes
    ----------
    header : list of str
    lines : list of int
        The line in the file on which each row ends, the file's first line being 1. Blank rows are left out.
    rows : list of list of str
        As many cells each as the header has.
    separator : str
        A comma, a semicolon or a tab.
    """

    header: list[str]
    lines: list[int]
    rows: list[list[str]]
    separator: str


def cells_of(text: str, path: str | os.PathLike[str], columns: Sequence[str] = ()) -> Cells:
    """Split the text of a table into its header and its cells.

    Blank rows and columns without name and content, as spreadsheets leave them, are left out; so is a nameless column
    that counts the rows.

    Parameters
    ----------
    text : str
        As `decode` returns it.
    path : path-like
        The table's file, for the messages.
    columns : sequence of str
        Columns that must be there.

    Raises
    ------
    CanopyError
        Columns are missing, double, or nameless and not empty, quotes do not close, or a row has too few or too many
        cells.
    """
    separator = separator_of(text, columns)
    try:
        found = [
            (line, [cell.strip() for cell in row]) for line, row in _rows(text, separator) if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise CanopyError(
            f"{path} is not a table of cells between {SEPARATORS[separator]}: {error}; fix the quotes, or export it "
            "as CSV again"
        ) from error
    if not found:
        raise CanopyError(f"{path} is empty: it needs a header line with the columns {', '.join(columns)}")
    (_, header), *rest = found
    while header and not header[-1] and all(len(row) < len(header) or not row[len(header) - 1] for _, row in rest):
        header = header[:-1]
    complaints = Complaints()
    lines, rows = [], []
    for line, row in rest:
        while len(row) > len(header) and not row[-1]:
            row.pop()
        if len(row) != len(header):
            complaints.add(path, line, f"{len(row)} cells where the header has {len(header)}")
        lines.append(line)
        rows.append(row)
    _check_header(path, header, columns)
    complaints.stop()
    return _named(Cells(header, lines, rows, separator), path)


def header_of(text: str) -> list[str]:
    """Return the names of a table's columns; none where the text is no table."""
    try:
        header = next((row for _, row in _rows(text, separator_of(text)) if any(map(str.strip, row))), [])
    except csv.Error:
        return []
    return [name.strip() for name in header]


def separator_of(text: str, columns: Sequence[str] = ()) -> str:
    """Return what separates a table's cells: what its first line declares, or what divides its lines alike.

    Parameters
    ----------
    text : str
    columns : sequence of str
        Columns that must be there: a separator that finds them goes before one that does not.
    """
    lines = [line for line in text[:MOST_LOOKED_AT].splitlines() if line.strip()][:LOOKED_AT]
    if not lines:
        return ","
    if (declared := DECLARED.match(lines[0])) and declared[1] in SEPARATORS:
        return declared[1]
    header, *rest = lines

    def score(separator: str) -> tuple[int, bool, float, int]:
        names = [name.strip() for name in _split(header, separator)]
        alike = [len(_split(line, separator)) == len(names) for line in rest]
        parted = len(names) > 1 and all(name.count('"') % 2 == 0 for name in names)  # and not inside of quotes
        return len(set(columns) & set(names)), parted, parted * sum(alike) / max(1, len(alike)), len(names)

    return max(SEPARATORS, key=score)


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(_reader(io.StringIO(line, newline=""), separator), [])
    except csv.Error:
        return line.split(separator)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the number of the line on which it ends, but for the line that declares the separator."""
    reader = _reader(io.StringIO(text, newline=""), separator)
    for row in reader:
        if reader.line_num == 1 and DECLARED.match(separator.join(row)):
            continue
        yield reader.line_num, [_unquoted(cell) for cell in row] if separator == "\t" else row


def _reader(lines: io.StringIO, separator: str) -> Any:
    """Return a reader of cells; between tabs, a quotation mark is a letter like others, as Raven writes it."""
    if separator == "\t":
        return csv.reader(lines, strict=True, delimiter=separator, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, strict=True, delimiter=separator)


def _unquoted(cell: str) -> str:
    """Return a cell between tabs without the quotes that spreadsheets put around one with a comma or a quote."""
    inner = cell[1:-1]
    quoted = len(cell) > 2 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted and ("," in inner or '"' in inner) else cell


def _named(cells: Cells, path: str | os.PathLike[str]) -> Cells:
    """Leave out columns without a name that are empty or count the rows; others are an error."""
    nameless = [place for place, name in enumerate(cells.header) if not name]
    for place in nameless:
        column = [row[place] for row in cells.rows]
        if any(column) and not _counts(column):
            line, cell = next((line, cell) for line, cell in zip(cells.lines, column, strict=True) if cell)
            raise CanopyError(
                f"{path}: column {place + 1} has no name and holds {cell!r} in line {line}: name it in the header, "
                "or remove it"
            )
    if not nameless:
        return cells

    def rest(row: list[str]) -> list[str]:
        return [cell for place, cell in enumerate(row) if place not in nameless]

    return Cells(rest(cells.header), cells.lines, [rest(row) for row in cells.rows], cells.separator)


def _counts(column: Sequence[str]) -> bool:
    if not all(cell.isdecimal() and len(cell) < 10 for cell in column):
        return False
    numbers = [int(cell) for cell in column]
    return all(before < after for before, after in pairwise(numbers))


def _check_header(path: str | os.PathLike[str], header: list[str], columns: Sequence[str]) -> None:
    if missing := [name for name in columns if name not in header]:
        raise CanopyError(
            f"{path} has no column {listed(missing)}: it has {listed(header)} and needs {listed(columns)}"
        )
    if double := sorted({name for name in header if name and header.count(name) > 1}):
        raise CanopyError(f"{path} has the column {listed(double)} more than once: keep one")
