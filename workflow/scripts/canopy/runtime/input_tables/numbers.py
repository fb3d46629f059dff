"""From cells to numbers."""

import math
import os
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from canopy.runtime.input_tables.complaints import Complaints

MAX_WHOLE = 10**9
"""Whole numbers of tables (ids of species, folds) are smaller."""
WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\Z", re.ASCII)
WITH_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?\Z", re.ASCII)
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}\Z", re.ASCII)
"""A comma that may part thousands as well."""
CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\Z", re.ASCII)


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
    comma = decimal_commas(rows[column], rows.attrs.get("separator", ","))
    for place, (line, cell) in enumerate(zip(rows.index, rows[column], strict=True)):
        values[place] = number(cell, column, path, int(line), complaints, whole=whole, comma=comma)
    return values


def decimal_commas(cells: Iterable[str], separator: str) -> bool:
    """Whether the commas in a table's numbers are certain to stand before decimals.

    Between commas they never are. Between semicolons they are, unless another number has a decimal point. Between tabs
    one of them must also be none that parts thousands.

    Parameters
    ----------
    cells : iterable of str
        Cells that should be numbers.
    separator : str
        What separates the table's cells.
    """
    cells = list(cells)
    found = [cell for cell in cells if WITH_COMMA.match(cell)]
    if separator == "," or not found or any(WITH_POINT.match(cell) for cell in cells):
        return False
    return separator == ";" or not all(GROUPED.match(cell) for cell in found)


def number(
    cell: str,
    column: str,
    path: str | os.PathLike[str],
    line: int,
    complaints: Complaints,
    *,
    whole: bool = False,
    comma: bool = False,
) -> float:
    """Turn one cell into a finite number, or complain of it and return NaN.

    Parameters are those of `numbers`, and `comma`: whether a comma stands before decimals.
    """
    value = _value(cell, comma=comma)
    if math.isfinite(value) and not (whole and (value != int(value) or abs(value) >= MAX_WHOLE)):
        return value
    kind = "whole number of at most 9 digits" if whole and len(cell) > 9 else "whole number" if whole else "number"
    found = f"{column} is {cell!r}, not a {kind}" if cell else f"{column} is empty, where a {kind} is needed"
    complaints.add(path, line, found, fix=_fix(cell))
    return math.nan


def seconds(
    cell: str, column: str, path: str | os.PathLike[str], line: int, complaints: Complaints, *, comma: bool = False
) -> float:
    """Turn one cell into seconds, or complain of it and return NaN; parameters as for `number`.

    A cell is a number of seconds, or hours, minutes and seconds as on a clock (`0:01:05.5`).
    """
    if found := CLOCK.match(cell.replace(",", ".") if comma else cell):
        hours, minutes, rest = found.groups()
        if hours is None:
            complaints.add(
                path,
                line,
                f"{column} is {cell!r}, which may be minutes and seconds or hours and minutes",
                fix=f"write seconds, or all three, as 0:{cell}",
            )
            return math.nan
        if int(minutes) < 60 and float(rest) < 60:
            return 3600.0 * int(hours) + 60.0 * int(minutes) + float(rest)
    return number(cell, column, path, line, complaints, comma=comma)


def _value(cell: str, *, comma: bool) -> float:
    if comma and WITH_COMMA.match(cell):
        cell = cell.replace(",", ".")
    try:
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan


def _fix(cell: str) -> str:
    if GROUPED.match(cell):
        return f"write {cell.replace(',', '.')} or {cell.replace(',', '')}: the comma may mean either"
    return f"write the decimal comma as a point: {cell.replace(',', '.')}" if WITH_COMMA.match(cell) else ""
