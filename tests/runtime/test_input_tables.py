"""Tables that people hand in: whatever separates their cells, whatever a spreadsheet does to them."""

import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.cells import cells_of, header_of
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.decoding import decode
from canopy.runtime.input_tables.numbers import decimal_commas, number, numbers, seconds
from canopy.runtime.input_tables.reading import read_ids, read_text


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a\n1\n", ","),
        ("sep=;\na;b\n1;2\n", ";"),
        ('a,"b;c;d"\n1,"2;3;4"\n', ","),
        ("a;b,c\n1;2\n3;4\n", ";"),
        ("", ","),
        ("\n\na;b\n1;2", ";"),
    ],
)
def test_the_separator_is_told_by_the_lines(text: str, separator: str, tmp_path: Path) -> None:
    if text.strip():
        cells = cells_of(text, "t.csv")
        assert cells.separator == separator
        assert header_of(text) == cells.header
        assert all(len(row) == len(cells.header) for row in cells.rows)


def test_needed_columns_decide_between_separators() -> None:
    assert cells_of("recording_id;notes,more,and more\na;b,c,d\n", "t.csv", ["recording_id"]).separator == ";"


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    rows = read_text(put(tmp_path / "t.csv", '\r\nsite;"two\r\nlines"\r\n;;\r\nx;1\r\n\r\n ; \r\ny;2;;\r\n'))
    assert rows.index.tolist() == [5, 8]
    assert rows["site"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("cells", "separator", "certain"),
    [
        (["1,5", "2"], ";", True),
        (["1,500"], ";", True),
        (["1,5", "2.5"], ";", False),
        (["1,5"], ",", False),
        (["1,5", "12,250"], "\t", True),
        (["1,500", "12,250"], "\t", False),
        (["0,500"], "\t", True),
        (["1", "2"], ";", False),
    ],
)
def test_decimal_commas_are_read_where_they_are_certain(cells: list[str], separator: str, certain: bool) -> None:
    assert decimal_commas(cells, separator) == certain


def test_a_column_of_decimal_commas_becomes_numbers(tmp_path: Path) -> None:
    rows = read_text(put(tmp_path / "t.csv", "a;b\n1,5;1\n-,25;2\n1,5e3;3\n"))
    complaints = Complaints()
    np.testing.assert_array_equal(numbers(rows, "a", "t.csv", complaints), [1.5, -0.25, 1500.0])
    complaints.stop()


@pytest.mark.parametrize(
    ("cell", "value"), [("0:01:05.5", 65.5), ("2:00:00", 7200.0), ("00:00:05", 5.0), ("12.5", 12.5), ("0:00:59", 59.0)]
)
def test_times_of_the_clock_are_seconds(cell: str, value: float) -> None:
    complaints = Complaints()
    assert seconds(cell, "start", "t.csv", 2, complaints) == value
    complaints.stop()


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("0:05", r"start is '0:05', which may be minutes and seconds or hours and minutes; write seconds, or all"),
        ("0:61:00", r"start is '0:61:00', not a number"),
        ("1,5", r"start is '1,5', not a number; write the decimal comma as a point: 1\.5\Z"),
        ("1,500", r"start is '1,500', not a number; write 1\.500 or 1500: the comma may mean either\Z"),
        ("", r"start is empty, where a number is needed; fix or remove the row\Z"),
    ],
)
def test_what_is_no_time_is_named_with_one_fix(cell: str, message: str) -> None:
    complaints = Complaints()
    assert np.isnan(seconds(cell, "start", "t.csv", 2, complaints))
    with pytest.raises(CanopyError, match=message):
        complaints.stop()


def test_a_clock_with_a_decimal_comma(tmp_path: Path) -> None:
    assert seconds("0:00:01,5", "start", "t.csv", 2, Complaints(), comma=True) == 1.5
    assert number("1,5", "a", "t.csv", 2, Complaints(), comma=True) == 1.5


def test_an_excel_workbook_is_read_wherever_a_table_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("marks", 0)
    sheet.append(["recording_id", "site"])
    sheet.append([])
    sheet.append([20240501, "hill\nside"])
    sheet.append([True, 0.1])
    book.save(tmp_path / "table.csv")  # the name says nothing
    rows = read_text(tmp_path / "table.csv")
    assert rows.to_numpy().tolist() == [["20240501", "hill side"], ["TRUE", "0.1"]]
    assert rows.index.tolist() == [3, 4]
    assert read_ids(tmp_path / "table.csv") == ["20240501", "TRUE"]


def test_what_is_no_workbook_is_refused_in_words(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    whole = io.BytesIO()
    book.save(whole)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<a/>")
    for data, message in (
        (whole.getvalue(), "has no sheet that holds anything"),
        (whole.getvalue()[:2000], "cannot be read as a workbook of Excel"),
        (other.getvalue(), "cannot be read as a workbook of Excel"),
        (b"\xd0\xcf\x11\xe0" + bytes(8), r"is a workbook of Excel 2003 or before"),
    ):
        (tmp_path / "t.xlsx").write_bytes(data)
        with pytest.raises(CanopyError, match=rf"t\.xlsx {message}.*save the table in Excel as"):
            decode(tmp_path / "t.xlsx")
