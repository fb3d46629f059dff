"""What is kept of a job is found again, compared with what there is, and never believed where it cannot be read."""

import json
import os
import shutil
from pathlib import Path

import pytest

from canopy.plan.records import compare
from canopy.plan.records.compare import Change
from canopy.plan.records.contents import Contents, seen
from canopy.plan.records.record import Content, Record, from_text, to_text
from canopy.plan.records.store import Store

RECORD = Record(
    rule="make_splits",
    done=True,
    asked={"settings": "a", "code": "b", "keep": "c"},
    inputs={"annotations/train.csv": Content(12, 10**18 + 1, "d")},
    outputs={"splits/folds.csv": Content(5, 10**18 + 2, "e")},
    doubts=("train.csv was out of date",),
)


# Records on the disk.


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "results")
    store.write(f"{tmp_path}/results/splits/folds.csv", RECORD)
    assert store.read(f"{tmp_path}/results/splits/folds.csv") == RECORD
    assert [path.name for path in store.folder.rglob("*") if path.is_file()] == ["folds.csv.json"]


def test_a_record_moves_with_the_results(tmp_path: Path) -> None:
    Store(tmp_path / "here").write(f"{tmp_path}/here/splits/folds.csv", RECORD)
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert Store(tmp_path / "there/").read(f"{tmp_path}/there/splits/folds.csv") == RECORD
    assert Store(tmp_path / "here").read(f"{tmp_path}/here/splits/folds.csv") is None


@pytest.mark.parametrize(
    ("results", "path", "name"),
    [
        ("results", "results/splits/folds.csv", "splits/folds.csv"),
        ("./results/", "results/splits/folds.csv", "splits/folds.csv"),
        ("results", "./results//splits/folds.csv", "splits/folds.csv"),
        ("/data/results", "/data/results/a.csv", "a.csv"),
        ("results", "resources/demo/train_tp.csv", "./resources/demo/train_tp.csv"),
        ("results", "results-smoke/a.csv", "./results-smoke/a.csv"),
        ("results", "/data/a.csv", "/data/a.csv"),
    ],
)
def test_a_file_in_the_results_is_known_by_its_path_there(results: str, path: str, name: str) -> None:
    assert Store(results).name(path) == name


def test_files_elsewhere_have_records_of_their_own(tmp_path: Path) -> None:
    store = Store(tmp_path)
    places = [store.place(name) for name in ("a/x.csv", "b/x.csv", "/a/x.csv", f"{tmp_path}/x.csv")]
    assert len(set(places)) == 4
    assert all(place.is_relative_to(tmp_path / "provenance" / "jobs") for place in places)


def test_a_name_that_fills_a_file_system_has_a_record(tmp_path: Path) -> None:
    store, output = Store(tmp_path), f"{tmp_path}/{'x' * 224}"
    store.write(output, RECORD)
    assert store.read(output) == RECORD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        to_text(RECORD)[:-20],
        to_text(RECORD).replace('"format": 1', '"format": 99'),
        to_text(RECORD).replace('"done": true', '"done": "yes"'),
        to_text(RECORD).replace('"done": true,', ""),
        to_text(RECORD).replace("[\n12,", "[\n"),
        to_text(RECORD).replace("12,", '"twelve",'),
        json.dumps({**json.loads(to_text(RECORD)), "outputs": ["splits/folds.csv"]}),
    ],
)
def test_what_is_no_record_counts_as_none(text: str, tmp_path: Path) -> None:
    assert from_text(text) is None
    store = Store(tmp_path)
    place = store.place(f"{tmp_path}/a.csv")
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    assert store.read(f"{tmp_path}/a.csv") is None


def test_a_folder_or_bytes_in_the_place_of_a_record_count_as_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.place(f"{tmp_path}/a.csv").mkdir(parents=True)
    store.place(f"{tmp_path}/b.csv").write_bytes(b"\xff\xfe{")
    assert store.read(f"{tmp_path}/a.csv") is None
    assert store.read(f"{tmp_path}/b.csv") is None
    store.forget(f"{tmp_path}/b.csv")
    store.forget(f"{tmp_path}/none.csv")
    assert not store.place(f"{tmp_path}/b.csv").exists()


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.write(f"{tmp_path}/a.csv", RECORD)

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        store.write(f"{tmp_path}/a.csv", Record("other", done=False))
    assert store.read(f"{tmp_path}/a.csv") == RECORD
    assert len(list(store.folder.rglob("*"))) == 1


# What files hold.


def write(path: Path, text: str, stamp_ns: int = 10**18) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(stamp_ns, stamp_ns))


def content(path: Path) -> Content:
    found = Contents().of(path)
    assert found is not None
    return found


def test_a_file_is_told_by_what_it_holds_and_not_by_its_time_or_place(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "abc", 1)
    write(tmp_path / "b.csv", "abc", 2)
    write(tmp_path / "c.csv", "abd", 1)
    a, b, c = (content(tmp_path / name) for name in ("a.csv", "b.csv", "c.csv"))
    assert (a.size, a.stamp) == (3, 1)
    assert a.digest == b.digest != c.digest


def test_a_file_is_read_only_where_size_or_time_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    write(path, "abc")
    known = content(path)
    read: list[str] = []

    def digest(name: str) -> str:
        read.append(name)
        return "new"

    monkeypatch.setattr("canopy.plan.records.contents._digest", digest)
    contents = Contents()
    assert contents.of(path, known) == known
    assert contents.of(path) == known
    assert read == []
    write(path, "abc", 10**18 + 1)
    assert contents.of(path, known) == Content(3, 10**18 + 1, "new")
    assert contents.of(path) == Content(3, 10**18 + 1, "new")
    write(path, "abcd", 10**18 + 1)
    contents.of(path, known)
    assert len(read) == 2


def test_a_missing_file_holds_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "abc")
    assert Contents().of(tmp_path / "none.csv", content(tmp_path / "a.csv")) is None
    assert Contents().of(tmp_path / "a.csv" / "below") is None
    assert seen(tmp_path / "none.csv") is None


def test_a_folder_holds_its_files_by_name_and_content(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "x.txt", "x", 5)
        write(tmp_path / name / "below" / "y.txt", "y", 6)
    write(tmp_path / "two" / ".snakemake_timestamp", "")
    write(tmp_path / "two" / ".12.part.x.txt", "")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    write(tmp_path / "two" / "x.txt", "z", 5 + 1)
    assert content(tmp_path / "one").digest != content(tmp_path / "two").digest
    shutil.move(tmp_path / "one" / "x.txt", tmp_path / "one" / "z.txt")
    assert content(tmp_path / "one").digest not in (content(tmp_path / "two").digest, "")
    assert content(tmp_path / "one").size == 2


# Comparing.


def compared(tmp_path: Path, text: str | None, record: Record | None = None) -> list[Change]:
    """Return what is wrong with an output that held `abc` when it was recorded."""
    path = tmp_path / "scores.csv"
    write(path, "abc")
    made = record or Record("merge_oof", done=True, outputs={"scores.csv": content(path)})
    if text is None:
        path.unlink()
    else:
        write(path, text, 10**18 + 7)
    paths = {"scores.csv": str(path)}
    return compare.in_outputs(paths, made, {"scores.csv": Contents().of(path, made.outputs.get("scores.csv"))})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("abc", []),
        ("ab", [Change(compare.ALWAYS, "scores.csv is shorter than it was written")]),
        ("", [Change(compare.ALWAYS, "scores.csv is shorter than it was written")]),
        ("abcd", [Change(compare.ALWAYS, "scores.csv is longer than it was written")]),
        ("abd", [Change(compare.ALWAYS, "scores.csv is not as it was written")]),
    ],
)
def test_an_output_is_told_that_is_not_as_it_was_written(text: str, wanted: list[Change], tmp_path: Path) -> None:
    assert compared(tmp_path, text) == wanted


def test_a_missing_output_is_told_by_its_path(tmp_path: Path) -> None:
    assert compared(tmp_path, None) == [Change(compare.MISSING, str(tmp_path / "scores.csv"))]


def test_a_job_that_was_broken_off_is_told_whatever_it_left(tmp_path: Path) -> None:
    broken = Record("merge_oof", done=False)
    assert compared(tmp_path, "abc", broken) == [Change(compare.ALWAYS, "its last run was broken off")]
    assert [change.kind for change in compared(tmp_path, None, broken)] == [compare.ALWAYS, compare.MISSING]


def test_an_output_that_the_last_run_did_not_make_is_told(tmp_path: Path) -> None:
    other = Record("merge_oof", done=True, outputs={"metrics.csv": Content(1, 1, "x")})
    assert compared(tmp_path, "abc", other) == [Change(compare.ALWAYS, "scores.csv was not made by its last run")]


def test_a_folder_may_be_changed_by_hand_and_not_lose_files(tmp_path: Path) -> None:
    folder = tmp_path / "detections"
    write(folder / "a.txt", "a")
    write(folder / "b.txt", "b")
    record, paths = Record("r", done=True, outputs={"detections": content(folder)}), {"detections": str(folder)}
    write(folder / "a.txt", "corrected")
    assert compare.in_outputs(paths, record, {"detections": content(folder)}) == []
    (folder / "a.txt").unlink()
    told = compare.in_outputs(paths, record, {"detections": content(folder)})
    assert told == [Change(compare.ALWAYS, "files of detections are missing")]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, []),
        ({"settings": "x"}, [(compare.PARAMS, "its settings have changed")]),
        ({"code": "x"}, [(compare.PARAMS, "its code has changed")]),
        ({"code": "x", "keep": "x"}, [(compare.PARAMS, "its code has changed")]),
        ({"keep": "x"}, [(compare.PARAMS, "the data that it rests on have changed")]),
        ({"new": "x", "other": "y"}, [(compare.PARAMS, "the data that it rests on have changed")]),
        ({compare.COMMAND: "x"}, [(compare.CODE, "its command has changed")]),
        (
            {"settings": "x", compare.ENVIRONMENT: "x"},
            [(compare.PARAMS, "its settings have changed"), (compare.SOFTWARE, "its software environment has changed")],
        ),
    ],
)
def test_what_is_asked_differently_is_told_in_words(changes: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    assert compare.in_asked(RECORD, {**RECORD.asked, **changes}) == wanted


def test_values_that_change_places_are_noticed() -> None:
    """Snakemake compares parameters as a set, without their names."""
    asked = {**RECORD.asked, "settings": RECORD.asked["code"], "code": RECORD.asked["settings"]}
    assert len(compare.in_asked(RECORD, asked)) == 2


def test_a_parameter_that_is_gone_is_noticed() -> None:
    assert compare.in_asked(RECORD, {"settings": "a", "code": "b"}) == [(compare.PARAMS, compare.OTHER_DATA)]


@pytest.mark.parametrize(
    ("inputs", "found", "wanted"),
    [
        (["annotations/train.csv"], {"annotations/train.csv": Content(9, 9, "d")}, []),
        (["annotations/train.csv"], {}, []),
        (["annotations/train.csv"], {"annotations/train.csv": None}, []),
        (
            ["annotations/train.csv"],
            {"annotations/train.csv": Content(12, 10**18 + 1, "x")},
            [(compare.CONTENT, "its input train.csv has changed")],
        ),
        (["annotations/train.csv", "more.csv"], {}, [(compare.INPUT, compare.OTHER_FILES)]),
        ([], {}, [(compare.INPUT, compare.OTHER_FILES)]),
    ],
)
def test_input_counts_by_its_names_and_its_content(
    inputs: list[str], found: dict[str, Content | None], wanted: list[tuple[str, str]]
) -> None:
    assert compare.in_inputs(RECORD, inputs, found) == wanted


def test_input_that_is_only_waited_for_counts_by_its_name_alone() -> None:
    record = Record("train_fold", done=True, inputs={"splits/fold0.csv": Content(0, 0, "")})
    assert compare.in_inputs(record, ["splits/fold0.csv"], {"splits/fold0.csv": Content(5, 5, "x")}) == []


def test_doubts_are_told() -> None:
    assert compare.in_doubt(RECORD) == [(compare.PARAMS, "train.csv was out of date when it ran last")]
