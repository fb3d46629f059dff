"""Reading tables that people hand in: every complaint names the file, the line and the mend."""

import codecs
import csv
import io
import math
import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from canopy.errors import CanopyError
from canopy.runtime.tables import SHOWN, listed

FETCH = (
    "fetch the dataset with `snakemake download --cores 1 --configfile configs/rfcx.yaml`, "
    "or point to a folder that holds it with `--config data=FOLDER`"
)

MAX_WHOLE = 10**9
"""Whole numbers of tables (ids of species, folds) are smaller."""


def read_text(path: str | os.PathLike[str], columns: Sequence[str] = (), *, mend: str = FETCH) -> pd.DataFrame:
    """Read a CSV table as text, just as it stands in its file.

    Parameters
    ----------
    path : path-like
        A UTF-8 file, with or without byte order mark, with any line ends.
    columns : sequence of str
        Columns that must be there; others are kept.
    mend : str
        How to get the file when it is missing.

    Returns
    -------
    pandas.DataFrame
        Cells as str without surrounding blanks; the index `line` is the line in the file on which the
        row ends, the header being line 1. Empty lines are left out.

    Raises
    ------
    CanopyError
        The file is missing, empty or not UTF-8, columns are missing or double, or a row has too few
        or too many cells.
    """
    header, lines, rows = cells_of(decode(path, mend=mend), path, columns)
    index = pd.Index(lines, name="line", dtype="int64")
    return pd.DataFrame(rows, columns=header, index=index, dtype=object)


def cells_of(
    text: str, path: str | os.PathLike[str], columns: Sequence[str] = (), *, delimiter: str = ","
) -> tuple[list[str], list[int], list[list[str]]]:
    """Split the text of a table into its header and its cells, without surrounding blanks.

    Parameters
    ----------
    text : str
        As `decode` returns it.
    path : path-like
        The table's file, for the messages.
    columns : sequence of str
        Columns that must be there.
    delimiter : str
        A comma; or a tab, and then a quotation mark is a letter like others, as Raven writes it.

    Returns
    -------
    header : list of str
    lines : list of int
        The line in the file on which each row ends, the header being line 1; empty lines are left out.
    rows : list of list of str

    Raises
    ------
    CanopyError
        Columns are missing or double, quotes do not close, or a row has too few or too many cells.
    """
    lines = io.StringIO(text, newline="")
    try:
        if delimiter == ",":
            reader = csv.reader(lines, strict=True)
        else:
            reader = csv.reader(lines, strict=True, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        cells = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise CanopyError(
            f"{path} is not a table of comma-separated values: {error}; mend the quotes, or export it as CSV again"
        ) from error
    if not cells:
        raise CanopyError(f"{path} is empty: it needs a header line with the columns {', '.join(columns)}")
    header = [name.strip() for name in cells[0][1]]
    _check_header(path, header, columns)
    complaints = Complaints()
    for line, row in cells[1:]:
        if len(row) != len(header):
            complaints.add(path, line, f"{len(row)} cells where the header has {len(header)}")
    complaints.stop()
    return header, [line for line, _ in cells[1:]], [[cell.strip() for cell in row] for _, row in cells[1:]]


def decode(path: str | os.PathLike[str], *, mend: str = FETCH, empty: bool = False) -> str:
    """Return the text of a UTF-8 file, without byte order mark.

    Raises
    ------
    CanopyError
        The file is missing, not UTF-8 or, unless `empty` allows that, empty.
    """
    try:
        with open(path, "rb") as handle:
            data = handle.read()
    except (FileNotFoundError, NotADirectoryError):
        raise CanopyError(f"there is no table {path}: {mend}") from None
    except (IsADirectoryError, PermissionError) as error:
        raise CanopyError(f"{path} cannot be read as a table ({error.strerror}): {mend}") from error
    if not (empty or data.removeprefix(codecs.BOM_UTF8).strip()):
        raise CanopyError(f"{path} is empty: {mend}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CanopyError(
            f"{path}, line {line}, is not UTF-8 (byte {data[error.start : error.start + 1]!r}): "
            "save the table as UTF-8 (in a spreadsheet, `CSV UTF-8`)"
        ) from error
    if "\0" in text:
        raise CanopyError(f"{path} is not UTF-8 text (it holds zero bytes): save the table as UTF-8")
    return text


def _check_header(path: str | os.PathLike[str], header: list[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        hint = ""
        for mark, name in ((";", "semicolons"), ("\t", "tabs")):
            if any(mark in cell for cell in header):
                hint = f"; its columns are separated by {name}, export it with commas"
        raise CanopyError(
            f"{path} has no column {listed(missing)}: it has {listed(header)} and needs {listed(columns)}{hint}"
        )
    double = sorted({name for name in header if header.count(name) > 1})
    if double:
        raise CanopyError(f"{path} has the column {listed(double)} more than once: keep one")


class Complaints:
    """Bad cells of one or more tables, gathered so that a user sees them together."""

    def __init__(self) -> None:
        self._found: list[tuple[str, int, str, str]] = []

    def add(self, path: str | os.PathLike[str], line: int, text: str, *, unit: str = "line") -> None:
        """Note that a line (or another `unit`) of a file is wrong; `text` says what was found and what is required."""
        self._found.append((os.fspath(path), line, text, unit))

    def stop(self) -> None:
        """Raise a CanopyError that lists what was noted, in the order of files and lines, if anything was."""
        if not self._found:
            return
        files = {path: place for place, path in enumerate(dict.fromkeys(path for path, *_ in self._found))}
        found = sorted(self._found, key=lambda one: (files[one[0]], one[1]))
        shown = [f"{path}, {unit} {line}: {text}" for path, line, text, unit in found[:SHOWN]]
        if len(found) > SHOWN:
            shown.append(f"and {len(found) - SHOWN} more like these")
        if len(shown) == 1:
            raise CanopyError(f"{shown[0]}; mend or remove the row")
        raise CanopyError(
            f"{len(found)} rows cannot be used, mend or remove them:\n" + "\n".join(f"  {line}" for line in shown)
        )


def numbers(
    rows: pd.DataFrame, column: str, path: str | os.PathLike[str], complaints: Complaints, *, whole: bool = False
) -> np.ndarray:
    """Turn a column of text into finite numbers.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `read_text` returns it.
    column : str
        The column to convert.
    path : path-like
        The table's file, for the complaints.
    complaints : Complaints
        Takes a complaint for each cell that is no finite number.
    whole : bool
        Whether only whole numbers will do.

    Returns
    -------
    numpy.ndarray
        Shape `(n_rows,)`, float64; NaN where a complaint was made.
    """
    values = np.full(len(rows), np.nan)
    for place, (line, cell) in enumerate(zip(rows.index, rows[column], strict=True)):
        values[place] = number(cell, column, path, int(line), complaints, whole=whole)
    return values


def number(
    cell: str, column: str, path: str | os.PathLike[str], line: int, complaints: Complaints, *, whole: bool = False
) -> float:
    """Turn one cell into a finite number, or complain of it and return NaN; parameters as for `numbers`."""
    try:
        value = math.nan if "_" in cell else float(cell)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and not (whole and (value != int(value) or abs(value) >= MAX_WHOLE)):
        return value
    kind = "whole number of at most 9 digits" if whole and len(cell) > 9 else "whole number" if whole else "number"
    point = f" (write the decimal comma as a point: {cell.replace(',', '.')})" if _has_decimal_comma(cell) else ""
    found = f"{column} is {cell!r}, not a {kind}" if cell else f"{column} is empty, where a {kind} is needed"
    complaints.add(path, line, found + point)
    return math.nan


def _has_decimal_comma(cell: str) -> bool:
    before, comma, after = cell.lstrip("+-").partition(",")
    return bool(comma) and before.isdigit() and after.isdigit()


def id_problem(recording_id: str) -> str:
    """Say what is wrong with a recording id, or return an empty string.

    An id names files and must not lead anywhere else: no path, no control characters.
    """
    if not recording_id:
        return "recording_id is empty"
    if "/" in recording_id or "\\" in recording_id or recording_id in (".", ".."):
        return f"recording_id {recording_id!r} is a path; it must be the file's name without folder and extension"
    if not recording_id.isprintable():
        return f"recording_id {recording_id!r} holds characters that cannot be printed"
    return ""


def check_ids(rows: pd.DataFrame, path: str | os.PathLike[str], complaints: Complaints) -> None:
    """Complain of every `recording_id` of a table, as `read_text` returns it, that is none."""
    for line, recording_id in zip(rows.index.tolist(), rows["recording_id"], strict=True):
        if problem := id_problem(recording_id):
            complaints.add(path, line, problem)


def read_ids(path: str | os.PathLike[str], *, mend: str = FETCH) -> list[str]:
    """Return the distinct recording ids of a table in sorted order; raise a CanopyError for one that is a path."""
    rows = read_text(path, ["recording_id"], mend=mend)
    complaints = Complaints()
    check_ids(rows, path, complaints)
    complaints.stop()
    return sorted(set(rows["recording_id"]))
