from pathlib import Path

import openpyxl


def make(folder: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["filename", "label", "start", "end"])
    book.active.append(["rec0.wav", "owl", 1, "=C2+1"])
    (folder / "annotations").mkdir()
    book.save(folder / "annotations" / "marks.xlsx")
