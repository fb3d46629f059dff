"""Exports that a person changed in place are known, and kept before they are made anew."""

import os
from pathlib import Path

import pytest

from canopy.detections.corrected import corrected, keep_corrected, note_exports


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "detections"
    for name in ("detections.csv", "raven/site 1/a.Table.1.selections.txt", "raven/b.Table.1.selections.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"made {name}")
    note_exports(folder)
    return folder


def later(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))


TABLE = "raven/site 1/a.Table.1.selections.txt"


def test_what_was_written_and_only_touched_or_copied_is_not_a_persons(exports: Path) -> None:
    assert corrected(exports) == []
    for path in exports.rglob("*"):
        os.utime(path)
    later(exports / TABLE, (exports / TABLE).read_text())
    assert corrected(exports) == []
    (exports / ".exports.json").unlink()
    later(exports / TABLE, "of an earlier version")
    assert corrected(exports) == []


def test_a_changed_and_an_added_file_are_kept_once_and_each_change_by_itself(exports: Path, tmp_path: Path) -> None:
    later(exports / TABLE, "corrected")
    later(exports / "detections.csv", "mine detections.csv")  # as long as before
    (exports / "notes.txt").write_text("mine")
    assert corrected(exports) == ["detections.csv", "notes.txt", TABLE]
    kept = keep_corrected(exports, tmp_path / "reviews")
    assert {path.relative_to(tmp_path / "reviews").as_posix(): path.read_text() for path in kept} == {
        "corrected-1/detections.csv": "mine detections.csv",
        "corrected-1/notes.txt": "mine",
        f"corrected-1/{TABLE}": "corrected",
    }
    assert keep_corrected(exports, tmp_path / "reviews") == []
    later(exports / TABLE, "corrected once more")
    assert keep_corrected(exports, tmp_path / "reviews") == [tmp_path / "reviews" / "corrected-2" / TABLE]
    assert (tmp_path / "reviews" / "corrected-1" / TABLE).read_text() == "corrected"
