import datetime
from pathlib import Path

import openpyxl


def make(folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Recording", "Species", "Start", "End", "Low Freq (Hz)", "High Freq (Hz)", None])
    sheet.append(["rec0", "wren", 1, 1.6, 1500, 5000.0])
    sheet.append([])
    sheet.append([7, "owl", datetime.time(0, 1, 5), 66.5])
    sheet["A4"].number_format = "000"
    sheet["C4"].number_format = "h:mm:ss"
    book.create_sheet("choices").append(["wren"])
    book["choices"].sheet_state = "hidden"
    (folder / "annotations").mkdir()
    book.save(folder / "annotations" / "marks.xlsx")
    (folder / "annotations" / "~$marks.xlsx").write_bytes(b"open elsewhere")
