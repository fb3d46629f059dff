"""Outputs appear whole or not at all."""

import errno
import os
from pathlib import Path

import pandas as pd
import pytest

from canopy.runtime.files import to_disk, whole, write_table, write_text


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


def order_of_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let calls that reach the disk be noted, in their order."""
    calls: list[str] = []
    replace = os.replace

    def noted_replace(first: Path, second: Path) -> None:
        calls.append("rename")
        replace(first, second)

    monkeypatch.setattr(os, "fsync", lambda handle: calls.append(os.readlink(f"/proc/self/fd/{handle}")))
    monkeypatch.setattr(os, "sync", lambda: calls.append("all"))
    monkeypatch.setattr(os, "replace", noted_replace)
    return calls


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = order_of_calls(monkeypatch)
    write_text("text", tmp_path / "a.csv")
    assert calls == [str(tmp_path / f".{os.getpid()}.part.a.csv"), "rename", str(tmp_path)]


def test_of_many_files_all_are_on_the_disk_before_the_last_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = order_of_calls(monkeypatch)
    for name in "ab":
        write_text("text", tmp_path / name, at_once=False)
    to_disk()
    assert calls == ["rename", "rename", "all"]


def test_a_folder_whose_names_cannot_be_flushed_is_no_error_and_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}") or failing:
            raise OSError(errno.EINVAL if not failing else errno.EIO, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    failing = False
    write_text("text", tmp_path / "a.csv")
    failing = True
    with pytest.raises(OSError, match="refused"):
        write_text("new", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "text"


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


def test_drafts_of_a_shared_file_are_left_to_their_writers(tmp_path: Path) -> None:
    final = tmp_path / "chunk.npz"
    with whole(final, shared=True) as first, whole(final, shared=True) as second:
        assert first != second
        first.write_text("one")
        second.write_text("two")
    assert final.read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["chunk.npz"]
