from pathlib import Path


def make(folder: Path) -> None:
    (folder / "annotations").mkdir()
    (folder / "annotations" / "marks.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
