"""Workbooks of Excel (.xlsx) as the text of the table that they hold."""

import csv
import datetime
import io
import os
import re
import warnings
from typing import Any

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

ZIPPED = b"PK\x03\x04"
"""What a workbook of Excel begins with, since it is a zip file."""
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
"""What a workbook of Excel 2003 and before (.xls) begins with."""
SAVE = "save the table in Excel as `Excel workbook (.xlsx)` or as `CSV UTF-8`"


def old_workbook(path: str | os.PathLike[str]) -> CanopyError:
    """Return the error for a workbook in the form of Excel 2003 and before."""
    return CanopyError(f"{path} is a workbook of Excel 2003 or before (.xls), which Canopy does not read: {SAVE}")


def workbook_text(file: io.BytesIO, path: str | os.PathLike[str]) -> str:
    """Return a workbook's table as CSV; each row stands on the line of its number.

    Parameters
    ----------
    file : io.BytesIO
        The workbook.
    path : path-like
        Its name, for the messages.

    Raises
    ------
    CanopyError
        It is no workbook, more than one of its visible sheets holds something, none does, or a formula has no value.
    """
    try:
        values, formulas = (_sheets(file, data_only=data_only) for data_only in (True, False))
    except Exception as error:  # openpyxl raises whatever its XML and zip parsers do
        raise CanopyError(f"{path} cannot be read as a workbook of Excel ({error}): {SAVE}") from error
    if not values:
        raise CanopyError(f"{path} has no sheet that holds anything: {SAVE}")
    if len(values) > 1:
        raise CanopyError(
            f"{path} holds something in {len(values)} sheets ({listed(values)}), and only one table is read from a "
            "file: keep one, and save each of the others as a workbook of its own"
        )
    (name, rows), formula_rows = next(iter(values.items())), formulas.get(next(iter(values)), [])
    for line, (row, formula_row) in enumerate(zip(rows, formula_rows, strict=False), 1):
        for cell, formula in zip(row, formula_row, strict=False):
            if not cell and formula.startswith("="):
                raise CanopyError(
                    f"{path}, sheet {name}, row {line}: the formula {formula} has no value yet: open the workbook in "
                    "Excel and save it"
                )
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _sheets(file: io.BytesIO, *, data_only: bool) -> dict[str, list[list[str]]]:
    """Return the cells of all visible sheets that hold something, as text."""
    import openpyxl  # half a second that only workbooks cost

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of colours and rules that it leaves out
        book = openpyxl.load_workbook(file, read_only=True, data_only=data_only)
        found = {}
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                rows = [[_text(cell) for cell in row] for row in sheet.iter_rows()]
                if any(any(row) for row in rows):
                    found[sheet.title] = rows
    return found


def _text(cell: Any) -> str:
    """Return what a cell says, as a person sees it where that matters."""
    value, shown = cell.value, str(getattr(cell, "number_format", "") or "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        whole = int(value) if value == value and abs(value) < 1e15 and value == int(value) else None
        if whole is not None and re.fullmatch("0{2,}", shown):
            return f"{whole:0{len(shown)}d}"  # an id such as 007
        return repr(value) if whole is None else str(whole)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.time | datetime.timedelta):
        return _clock(value, with_seconds="s" in shown.casefold())
    return " ".join(str(value).split())


def _clock(value: datetime.time | datetime.timedelta, *, with_seconds: bool) -> str:
    """Return a time of the day or a duration as `h:mm:ss`, or as `h:mm` where its cell shows no seconds."""
    if isinstance(value, datetime.time):
        value = datetime.timedelta(
            hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
        )
    minutes, seconds = divmod(value.total_seconds(), 60)
    clock = f"{int(minutes) // 60}:{int(minutes) % 60:02d}"
    return f"{clock}:{seconds:09.6f}".rstrip("0").rstrip(".") if with_seconds or seconds else clock
