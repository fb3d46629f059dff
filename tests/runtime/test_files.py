"""Outputs appear whole or not at all."""

import os
from pathlib import Path

import pandas as pd
import pytest

from canopy.runtime.files import whole, write_table, write_text


def test_a_file_is_seen_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "scores.csv"
    with whole(path) as draft:
        draft.write_text("half")
        assert not path.exists()
        assert (draft.parent, draft.suffix) == (path.parent, path.suffix)
        draft.write_text("all")
    assert path.read_text() == "all"
    assert os.listdir(path.parent) == ["scores.csv"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("old")

    def fail() -> None:
        with whole(path) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["scores.csv"]


def test_what_a_killed_job_left_of_the_same_file_is_removed(tmp_path: Path) -> None:
    for name in (".999999.part.scores.csv", ".999999.part.other.csv", ".5.partscores.csv"):
        (tmp_path / name).write_text("leftover")
    write_text("new", tmp_path / "scores.csv")
    assert sorted(os.listdir(tmp_path)) == [
        ".5.partscores.csv",
        ".999999.part.other.csv",
        "scores.csv",
    ]


def test_a_full_disk_names_the_output_and_not_its_draft(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.with_name(f".{os.getpid()}.part.scores.csv").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as error:
        write_text("x" * 100_000, path)
    assert error.value.filename == str(path)


def test_a_writer_that_writes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole(tmp_path / "scores.csv"):
        pass
    assert os.listdir(tmp_path) == []


def test_drafts_of_two_processes_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with whole(tmp_path / "a.csv") as first:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with whole(tmp_path / "a.csv") as second:
            assert first != second
            first.write_text("1")
            second.write_text("2")


def test_tables_have_unix_line_ends_utf8_and_floats_that_read_back(tmp_path: Path) -> None:
    values = pd.DataFrame({"species": ["é", "a,b"], "score": [0.1 + 0.2, 1e-17]})
    write_table(values, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == 'species,score\né,0.30000000000000004\n"a,b",1e-17\n'.encode()


def test_text_is_utf8(tmp_path: Path) -> None:
    write_text("é\n", tmp_path / "t.txt")
    assert (tmp_path / "t.txt").read_bytes() == "é\n".encode()
