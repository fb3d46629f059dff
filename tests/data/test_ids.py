"""Recordings of any name: each has an id of its own, Canopy's own sounds are none, and exports mirror their folders."""

import os
from pathlib import Path

import pandas as pd
import pytest

from canopy.data.recordings.folder import scan
from canopy.detections.writers.detections import COLUMNS, file_of, places
from canopy.detections.writers.registry import WRITERS
from canopy.inference.apply.folder import find_recordings
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import short_name
from canopy.runtime.owned import DEMO, RESULTS, REVIEWS, mark


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.mark.parametrize(
    "names", [("site1/a.wav", "site1__a.wav"), ("a/b__c.wav", "a__b/c.flac"), ("x/a.wav", "x/a.flac", "x__a.wav")]
)
def test_two_files_never_share_an_id(tmp_path: Path, names: tuple[str, ...]) -> None:
    fill(tmp_path, *names, "other.wav")
    with pytest.raises(CanopyError, match=r"would have the same recording id, \w+__\w+ .*: rename one of them"):
        scan(tmp_path, below=True)
    with pytest.raises(CanopyError, match=r"rename one of them"):
        find_recordings(tmp_path, tmp_path / "memory.json")


def test_files_that_differ_in_extension_alone_are_told_apart_by_it(tmp_path: Path) -> None:
    found = find_recordings(fill(tmp_path / "r", "a.wav", "a.flac", "b.wav"), tmp_path / "memory.json")
    assert dict(zip(found["recording_id"], places(found["path"]), strict=True)) == {
        "a.flac": "a.flac",
        "a.wav": "a.wav",
        "b": "b",
    }
    fill(tmp_path / "r", "a.wav.flac")
    with pytest.raises(CanopyError, match=r"a.wav and .*/a.wav.flac would have the same recording id, a.wav"):
        find_recordings(tmp_path / "r", tmp_path / "memory.json")


@pytest.mark.parametrize("name", ["a\nb.wav", "a\rb.wav", "a\tb.wav", "a\u2028b.wav", "x\ny/b.wav"])
def test_a_name_with_a_line_break_is_told_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(CanopyError, match=r"holds a line break or a control character: rename the file"):
        scan(fill(tmp_path, "a.wav", name), below=True)


def test_blanks_of_any_kind_are_no_control_characters(tmp_path: Path) -> None:
    fill(tmp_path, "a\u00a0b.wav", "c d.wav", "e\u202ff.wav")
    assert len(scan(tmp_path)) == 3


def test_results_and_clips_for_review_are_no_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, "card/a.wav", "results-b/applied/x/clip.wav", "reviews/new-1/clips/c.flac", "resources/demo/d.flac")
    fill(tmp_path, "old/logs/x.log", "old/benchmarks/x.tsv", "old/review/clips/c.flac", "logs/b.wav")
    for folder, kind in (("results-b", RESULTS), ("reviews/new-1", REVIEWS), ("resources/demo", DEMO)):
        mark(folder, kind)
    assert scan(".", below=True)["recording_id"].tolist() == ["card__a", "logs__b", "resources__demo__d"]
    assert scan("results-b", below=True)["recording_id"].tolist() == ["applied__x__clip"]  # a person asks for it


CYRILLIC = ["Заповедник Баргузинский, " * 5, "площадка наблюдений " * 6, "регистратор звука " * 6, "ночные записи " * 8]


@pytest.mark.parametrize("name", ["raven", "audacity"])
def test_exports_mirror_folders_whose_names_are_long(tmp_path: Path, name: str) -> None:
    paths = ["/".join(CYRILLIC) + "/20240501_060000.WAV", "site A/" + "ы" * 124 + ".wav", "site A/a.wav", "b.wav"]
    fill(tmp_path / "in", *paths)
    found = find_recordings(tmp_path / "in", tmp_path / "memory.json")
    assert max(len(one.encode()) for one in found["recording_id"]) > 800
    recordings = found.assign(
        place=places(found["path"]), path=[str(tmp_path / "in" / path) for path in found["path"]]
    ).assign(duration_s=10.0, sample_rate_hz=16000, channels=1, problem="")
    detections = pd.DataFrame(columns=list(COLUMNS))
    written = WRITERS[name](detections, tmp_path / "out", recordings=recordings)
    suffix = ".txt" if name == "audacity" else ".Table.1.selections.txt"
    files = {path.relative_to(tmp_path / "out" / name).as_posix() for path in written}
    assert {"/".join(CYRILLIC) + f"/20240501_060000{suffix}", f"site A/a{suffix}", f"b{suffix}"} < files
    (long,) = (Path(one).name for one in files if "ыы" in one)
    assert long.endswith(suffix)
    assert len(long.encode()) <= 225
    assert len(files) == 4 == len({os.path.realpath(path) for path in written})


@pytest.mark.parametrize("one", ["..", ".", "...", "a"])
def test_a_recordings_file_lies_in_its_folder_whatever_its_id(tmp_path: Path, one: str) -> None:
    path = file_of(pd.Series({"recording_id": one}), tmp_path, ".txt")
    assert os.path.dirname(os.path.realpath(path)) == os.path.realpath(tmp_path)


def test_long_names_stay_apart_and_short_ones_as_they_are() -> None:
    long = {short_name("ы" * 200 + end, ".txt") for end in "abc"}
    assert len(long) == 3
    assert all(len(one.encode()) <= 225 and one.endswith(".txt") for one in long)
    assert short_name("night 1", ".txt") == "night 1.txt"
