"""The design's list of bad input: audio, label tables, the sample submission, the machine and the configuration.

Each row is met through the rule's own script: its message is matched, and the other recordings come through.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

import forked
import list_recordings
import read_annotations
import write_submission
from canopy.data.annotations.table import read_annotations as read_back
from canopy.data.recordings.folder import scan
from canopy.data.recordings.table import read_recordings, usable
from canopy.runtime import command
from canopy.runtime.errors import CanopyError

RATE = 8000
HEADER = "recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max"


def tone(seconds: float = 1.0, channels: int = 1, rate: int = RATE) -> np.ndarray:
    audio = 0.3 * np.random.default_rng(4).standard_normal((int(seconds * rate), channels))
    return np.clip(audio, -1, 1).astype(np.float32)


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Return a folder with two good recordings of 2 s."""
    folder = tmp_path / "train"
    folder.mkdir()
    for name in ("good1.flac", "good2.wav"):
        sf.write(folder / name, tone(2.0), RATE)
    return folder


def listing(tmp_path: Path, audio: Path, **settings: Any) -> pd.DataFrame:
    out = tmp_path / "results/recordings.csv"
    list_recordings.main(["--settings", json.dumps({"folder": str(audio), **settings}), "--output", str(out)])
    return read_recordings(out)


# Audio: the bad recording is listed under `problem`, the others without.


def cut(path: Path, share: float = 0.5) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


def truncated(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        sf.write(folder / name, tone(3.0), RATE)
        cut(folder / name)

    return make


def cut_to_header(folder: Path) -> None:
    sf.write(folder / "bad.flac", tone(), RATE)
    (folder / "bad.flac").write_bytes((folder / "bad.flac").read_bytes()[:20])


def damaged_inside(folder: Path) -> None:
    sf.write(folder / "bad.flac", tone(3.0), RATE)
    data = bytearray((folder / "bad.flac").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    (folder / "bad.flac").write_bytes(data)


def with_samples(value: float) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        samples = tone()
        samples[4000] = value
        sf.write(folder / "bad.wav", samples, RATE, subtype="FLOAT")

    return make


def twice(folder: Path) -> None:
    sf.write(folder / "bad.wav", tone(), RATE)
    sf.write(folder / "bad.flac", tone(), RATE)


BAD_AUDIO = {
    "truncated FLAC": (
        truncated("bad.flac"),
        r"bad\.flac is truncated or damaged: it decodes to .* s of the 3\.00 s .*; fetch it again",
    ),
    "truncated WAV": (
        truncated("bad.wav"),
        r"bad\.wav is truncated: \d+ bytes that its header promises are missing; fetch it again",
    ),
    "truncated AIFF": (truncated("bad.aiff"), r"bad\.aiff is truncated: \d+ bytes"),
    "truncated Ogg": (truncated("bad.ogg"), r"bad\.ogg is truncated"),
    "truncated MP3": (
        truncated("bad.mp3"),
        r"bad\.mp3 is truncated or damaged: it decodes to 1\.\d+ s of the 3\.\d+ s",
    ),
    "truncated header": (
        cut_to_header,
        r"bad\.flac is truncated or damaged: it begins as FLAC, but its header cannot be read",
    ),
    "damaged inside": (damaged_inside, r"bad\.flac is truncated or damaged"),
    "empty": (lambda folder: (folder / "bad.wav").touch(), r"bad\.wav is empty \(0 bytes\): fetch it again"),
    "text with an audio extension": (
        lambda folder: (folder / "bad.flac").write_text("<html>not found</html>"),
        r"bad\.flac is not audio in spite of its extension \(it begins with b'<html>no'\): put the recording",
    ),
    "a format that is not decoded": (
        lambda folder: (folder / "bad.m4a").write_bytes(b"\0\0\0\x20ftypM4A "),
        r"bad\.m4a is of a format that Canopy does not decode: convert it to FLAC",
    ),
    "zero length": (
        lambda folder: sf.write(folder / "bad.wav", tone(0.0), RATE),
        r"bad\.wav holds no samples \(zero length\)",
    ),
    "NaN": (with_samples(np.nan), r"bad\.wav holds NaN or infinite samples \(the first at 0\.50 s\): export it again"),
    "infinite": (with_samples(-np.inf), r"bad\.wav holds NaN or infinite samples"),
    "two files with one id": (
        twice,
        r"bad\.flac and bad\.wav have the same recording id: keep one, or rename the others",
    ),
    "a folder": (
        lambda folder: (folder / "bad.wav").mkdir(),
        r"bad\.wav is a folder, not an audio file: rename or move it",
    ),
    "a broken link": (
        lambda folder: (folder / "bad.wav").symlink_to(folder / "nowhere.wav"),
        r"there is no file bad\.wav: fetch it again, or fix the link",
    ),
}


@pytest.mark.parametrize("case", BAD_AUDIO)
def test_bad_recording_is_listed_and_the_others_come_through(
    case: str, tmp_path: Path, audio: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, found = BAD_AUDIO[case]
    make(audio)
    table = listing(tmp_path, audio).set_index("recording_id")
    assert list(table.index) == ["bad", "good1", "good2"]
    assert re.fullmatch(f"{found}.*", table["problem"]["bad"])
    assert list(table.loc[["good1", "good2"], "problem"]) == ["", ""]
    assert list(table.loc[["good1", "good2"], "duration_s"]) == [2.0, 2.0]
    assert "3 recordings, 1 with problems:\n  bad: " in capsys.readouterr().out


@pytest.mark.parametrize("case", ["truncated FLAC", "empty", "NaN"])
def test_on_bad_recording_stop_ends_the_run(case: str, tmp_path: Path, audio: Path) -> None:
    make, found = BAD_AUDIO[case]
    make(audio)
    with pytest.raises(
        CanopyError, match=rf"3 recordings, 1 with problems:\n  bad: {found}(.|\n)*on_bad_recording: skip"
    ):
        listing(tmp_path, audio, on_bad_recording="stop")


def other_extension(folder: Path) -> None:
    sf.write(folder / "odd.wav", tone(), RATE)
    (folder / "odd.wav").rename(folder / "odd.flac")


@pytest.mark.parametrize(
    ("make", "rate", "channels"),
    [
        (lambda folder: sf.write(folder / "odd.flac", tone(1.0, 2), RATE), RATE, 2),
        (lambda folder: sf.write(folder / "odd.wav", tone(1.0, 4), RATE), RATE, 4),
        (lambda folder: sf.write(folder / "odd.flac", tone(1.0, 1, 44100), 44100), 44100, 1),
        (lambda folder: sf.write(folder / "odd.wav", tone(1.0, 1, 192000), 192000), 192000, 1),
        (other_extension, RATE, 1),
    ],
    ids=["stereo", "four channels", "44.1 kHz", "192 kHz", "WAV named .flac"],
)
def test_unusual_but_sound_recordings_are_no_problem(
    make: Callable[[Path], None], rate: int, channels: int, tmp_path: Path, audio: Path
) -> None:
    make(audio)
    table = usable(listing(tmp_path, audio)).set_index("recording_id")
    assert list(table.index) == ["good1", "good2", "odd"]
    odd = table.loc[["odd"], ["duration_s", "sample_rate_hz", "channels"]]
    assert odd.to_numpy().tolist() == [[1.0, rate, channels]]


def test_a_named_recording_without_audio_is_listed(tmp_path: Path, audio: Path) -> None:
    (tmp_path / "train_tp.csv").write_text("recording_id\ngood1\nlost\n")
    table = listing(tmp_path, audio, expected_tables=[str(tmp_path / "train_tp.csv")]).set_index("recording_id")
    assert re.fullmatch(
        r"train_tp\.csv names this recording, but .*train holds no audio file of that name: fetch it, or remove .*",
        table["problem"]["lost"],
    )
    assert list(usable(table.reset_index())["recording_id"]) == ["good1", "good2"]


@pytest.mark.parametrize("what", ["missing", "a file", "without audio"])
def test_a_missing_dataset_comes_with_the_command_that_fetches_it(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "train"
    if what == "a file":
        folder.touch()
    elif what == "without audio":
        folder.mkdir()
        (folder / "notes.txt").touch()
    fetch = r"snakemake download --cores 1 --configfile configs/rfcx\.yaml.*--config data=FOLDER"
    with pytest.raises(CanopyError, match=rf"{re.escape(str(folder))}(.|\n)*{fetch}"):
        scan(folder)
    with pytest.raises(CanopyError, match=r"train.*: run `make demo`"):
        scan(folder, fix="run `make demo`")


# Label tables: the message names the file, the line and the fix; without the bad row, the rest is read.


def labels(tmp_path: Path, *, recordings: Path | None = None, **settings: Any) -> pd.DataFrame:
    out = tmp_path / "results"
    given = {
        "true_positives": str(tmp_path / "train_tp.csv"),
        "false_positives": str(tmp_path / "train_fp.csv"),
        "sample_submission": None,
        "species": None,
        "classes": "species",
        "unlisted": "unknown",
    }
    options = ["--annotations", "train.csv", "--train-recordings", "train_recordings.csv", "--classes", "classes.csv"]
    paths = [one if one.startswith("--") else str(out / one) for one in options]
    extra = ["--recordings", str(recordings)] if recordings else []
    read_annotations.main(["--settings", json.dumps({**given, **settings}), *extra, *paths])
    return read_back(out / "train.csv")


GOOD_TP = ["good1,3,1,0.5,100.0,1.0,900.0", "good2,4,1,0.25,100.0,1.5,900.0"]
GOOD_FP = ["good1,4,1,1.0,100.0,1.5,900.0"]


def write_labels(tmp_path: Path, tp: Sequence[str] = GOOD_TP, fp: Sequence[str] = GOOD_FP) -> None:
    (tmp_path / "train_tp.csv").write_text("\n".join([HEADER, *tp, ""]))
    (tmp_path / "train_fp.csv").write_text("\n".join([HEADER, *fp, ""]))


BAD_ROWS = {
    "end before start": ("good1,3,1,1.2,100,0.7,900", r"t_max \(0\.7\) must be greater than t_min \(1\.2\)"),
    "no length": ("good1,3,1,1.2,100,1.2,900", r"t_max \(1\.2\) must be greater than t_min \(1\.2\)"),
    "before the start": ("good1,3,1,-0.5,100,0.7,900", r"t_min is -0\.5, a box cannot start before its recording"),
    "box past the end": ("good1,3,1,1.0,100,2.6,900", r"the box ends at 2\.6 s, but recording good1 lasts 2 s"),
    "box outside": ("good1,3,1,2.1,100,2.4,900", r"the box begins at 2\.1 s, but recording good1 lasts 2 s"),
    "frequencies": ("good1,3,1,0.1,900,0.7,100", r"f_max \(100\) must be greater than f_min \(900\)"),
    "negative frequency": ("good1,3,1,0.1,-5,0.7,100", r"f_min is -5, it must be 0 Hz or more"),
    "unknown species": (
        "good1,9,1,0.1,100,0.7,900",
        r"species s9 is unknown, `species` in the config has s3, s4",
    ),
    "no species id": ("good1,dog,1,0.1,100,0.7,900", r"species_id is 'dog', not a whole number"),
    "half a species": ("good1,3.5,1,0.1,100,0.7,900", r"species_id is '3\.5', not a whole number"),
    "negative species": ("good1,-3,1,0.1,100,0.7,900", r"species_id is -3, it must be 0 or more"),
    "negative song type": ("good1,3,-1,0.1,100,0.7,900", r"songtype_id is -1, it must be 0 or more"),
    "no number": ("good1,3,1,start,100,0.7,900", r"t_min is 'start', not a number"),
    "an empty cell": ("good1,3,1,,100,0.7,900", r"t_min is empty, where a number is needed"),
    "not finite": ("good1,3,1,0.1,100,inf,900", r"t_max is 'inf', not a number"),
    "not a number": ("good1,3,1,0.1,100,nan,900", r"t_max is 'nan', not a number"),
    "decimal comma": (
        'good1,3,1,"0,1",100,0.7,900',
        r"t_min is '0,1', not a number",
    ),
    "too few cells": ("good1,3,1,0.1,100,0.7", r"6 cells where the header has 7"),
    "too many cells": ("good1,3,1,0,1,100,0.7,900", r"8 cells where the header has 7"),
    "id is empty": (",3,1,0.1,100,0.7,900", r"recording_id is empty"),
    "id with a path": (
        "../test/x,3,1,0.1,100,0.7,900",
        r"recording_id '\.\./test/x' is a path; it must be the file's name without",
    ),
    "id with a backslash": ("train\\x,3,1,0.1,100,0.7,900", r"recording_id 'train\\\\x' is a path"),
    "id is the folder above": ("..,3,1,0.1,100,0.7,900", r"recording_id '\.\.' is a path"),
    "id with control characters": (
        "a\x07b,3,1,0.1,100,0.7,900",
        r"recording_id 'a\\x07b' holds characters that cannot be printed",
    ),
}


@pytest.mark.parametrize("table", ["train_tp.csv", "train_fp.csv"])
@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_row_is_named_by_file_and_line_and_the_rest_is_read(
    case: str, table: str, tmp_path: Path, audio: Path
) -> None:
    row, found = BAD_ROWS[case]
    listing(tmp_path, audio)
    recordings = tmp_path / "results/recordings.csv"
    tp, fp = list(GOOD_TP), list(GOOD_FP)
    (tp if table == "train_tp.csv" else fp).insert(1, row)
    write_labels(tmp_path, tp, fp)
    with pytest.raises(
        CanopyError,
        match=rf"{table}, line 3: {found}.*; (fix|add it there,|write the decimal comma as a point: 0\.1).*$",
    ):
        labels(tmp_path, recordings=recordings, species=["s3", "s4"])
    assert not (tmp_path / "results/train.csv").exists()
    write_labels(tmp_path)
    assert set(labels(tmp_path, recordings=recordings, species=["s3", "s4"])["recording_id"]) == {"good1", "good2"}


def test_bad_rows_of_both_tables_are_shown_together(tmp_path: Path) -> None:
    write_labels(tmp_path, [*GOOD_TP, "a,3,1,2,100,1,900"], ["a,3,1,x,100,1,900"] * 12)
    with pytest.raises(CanopyError, match=r"13 rows cannot be used, fix or remove them:\n") as error:
        labels(tmp_path)
    lines = str(error.value).splitlines()
    assert re.search(r"train_tp\.csv, line 4: t_max", lines[1])
    assert re.search(r"train_fp\.csv, line 2: t_min", lines[2])
    assert lines[-1] == "  and 3 more like these"


def test_an_unknown_species_is_also_one_that_the_sample_submission_lacks(tmp_path: Path) -> None:
    write_labels(tmp_path)
    (tmp_path / "sample.csv").write_text("recording_id,s1,s3\nx,0,0\n")
    with pytest.raises(
        CanopyError, match=r"train_tp\.csv, line 3: species s4 is unknown, the sample submission has s1, s3"
    ):
        labels(tmp_path, sample_submission=str(tmp_path / "sample.csv"))


def test_duplicate_rows_count_once_and_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_labels(tmp_path, [*GOOD_TP, GOOD_TP[0], GOOD_TP[0].replace("0.5", "0.50")], GOOD_FP)
    assert len(labels(tmp_path)) == 3
    assert re.search(
        r"2 annotations stand more than once in the tables and count once \(such as recording good1, s3, 0\.5 to 1 s\)",
        capsys.readouterr().out,
    )


BAD_TABLES: dict[str, tuple[bytes, str]] = {
    "without its columns": (
        b"recording_id,species_id,t_min,t_max\na,1,0,1\n",
        r"has no column songtype_id, f_min, f_max: it has recording_id, species_id, t_min, t_max and needs ",
    ),
    "with bars": (
        HEADER.replace(",", "|").encode() + b"\na|1|1|0|0|1|1\n",
        r"has no column recording_id, .*: it has rec",
    ),
    "with a double column": (HEADER.encode() + b",t_min\n", r"has the column t_min more than once: keep one"),
    "not UTF-8": (
        "\n".join([HEADER, GOOD_TP[0], GOOD_TP[1].replace("good2", "caf\u00e9")]).encode("latin-1"),
        r", line 3, is not UTF-8 \(byte b'\\xe9'\): save the table as UTF-8",
    ),
    "UTF-16": ("\n".join([HEADER, *GOOD_TP]).encode("utf-16"), r", line 1, is not UTF-8 .*: save the table as UTF-8"),
    "UTF-16 without mark": (
        HEADER.encode("utf-16-le"),
        r"is not UTF-8 text \(it holds zero bytes\): save the table as UTF-8",
    ),
    "no bytes": (b"", r"is empty: fetch the dataset with `snakemake download"),
    "blank": (b"\n \n", r"is empty: fetch the dataset"),
    "an open quote": (
        f'{HEADER}\n"a,1,1,0,0,1,1\n'.encode(),
        r"is not a table of cells between commas: .*; fix the quotes",
    ),
}


@pytest.mark.parametrize("table", ["train_tp.csv", "train_fp.csv"])
@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_table_is_named_with_its_mend(case: str, table: str, tmp_path: Path) -> None:
    data, found = BAD_TABLES[case]
    write_labels(tmp_path)
    (tmp_path / table).write_bytes(data)
    with pytest.raises(CanopyError, match=rf"{table}{' ' if found[0] != ',' else ''}{found}"):
        labels(tmp_path)
    write_labels(tmp_path)
    assert set(labels(tmp_path)["recording_id"]) == {"good1", "good2"}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_tables_of_a_european_spreadsheet_are_read_as_with_commas_and_points(separator: str, tmp_path: Path) -> None:
    write_labels(tmp_path)
    expected = labels(tmp_path)
    for name in ("train_tp.csv", "train_fp.csv"):
        rows = (tmp_path / name).read_text(encoding="utf-8").replace(",", separator).replace(".", ",").splitlines()
        (tmp_path / name).write_text("\n".join([*rows, separator * 6, ""]), encoding="utf-8")
    pd.testing.assert_frame_equal(labels(tmp_path), expected)


def test_tables_without_any_row_leave_nothing_to_train_on(tmp_path: Path) -> None:
    write_labels(tmp_path, [], [])
    with pytest.raises(
        CanopyError, match=r"nothing to train on: .*train_tp\.csv and .*train_fp\.csv have a header and no"
    ):
        labels(tmp_path)


def test_a_missing_table_comes_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(
        CanopyError, match=r"there is no table .*train_tp\.csv: fetch the dataset with `snakemake download"
    ):
        labels(tmp_path)


# The sample submission: told before anything is computed, and once more before it is written.


BAD_SAMPLES = {
    "other ids": (
        "recording_id,s3\nx,0\ny,0\n",
        r"sample\.csv lists other recordings \(such as x, y\) than .*train holds \(such as good1, good2\): use the",
    ),
    "fewer ids": (
        "recording_id,s3\ngood1,0\n",
        r"train holds recordings that .*sample\.csv does not list \(good2\): remove them, or use the sample submission",
    ),
    "double ids": (
        "recording_id,s3\ngood1,0\ngood1,0\n",
        r"sample\.csv, line 3: recording_id good1 stands in line 2 already",
    ),
    "an id with a path": ("recording_id,s3\n../x,0\n", r"sample\.csv, line 2: recording_id '\.\./x' is a path"),
    "no ids": ("id,s3\ngood1,0\n", r"sample\.csv has no column recording_id: it has id, s3"),
    "no species": ("recording_id\ngood1\n", r"sample\.csv has no species columns"),
    "no rows": ("recording_id,s3\n", r"sample\.csv has a header and no rows"),
    "no bytes": ("", r"sample\.csv is empty"),
}


@pytest.mark.parametrize("case", BAD_SAMPLES)
def test_bad_sample_submission_is_told_before_anything_is_computed(case: str, tmp_path: Path, audio: Path) -> None:
    text, found = BAD_SAMPLES[case]
    sample = tmp_path / "sample.csv"
    sample.write_text(text)
    with pytest.raises(CanopyError, match=found):
        listing(tmp_path, audio, sample_submission=str(sample))
    sample.write_text("recording_id,s3\ngood2,0\nlost,0\ngood1,0\n")
    table = listing(tmp_path, audio, sample_submission=str(sample))
    assert list(usable(table)["recording_id"]) == ["good1", "good2"]
    assert table.loc[table["recording_id"] == "lost", "problem"].item().startswith("sample.csv names this recording")


BAD_SUBMISSIONS = {
    "an unknown id": (
        "recording_id,s3,s4\ngood1,0,0\ngood2,0,0\nx,0,0\n",
        r"lists recordings that are not among the test recordings \(x\): add their audio to the test folder, or use",
    ),
    "a lacking id": (
        "recording_id,s3,s4\ngood1,0,0\nlost,0,0\n",
        r"predictions for recordings that the sample submission does not list \(good2\): remove them from the test",
    ),
    "an id that was not predicted": (
        "recording_id,s3,s4\ngood1,0,0\ngood2,0,0\ngood3,0,0\n",
        r"no predictions for good3, whose audio can be used: make the predictions again",
    ),
    "another species": (
        "recording_id,s3,s5\ngood1,0,0\ngood2,0,0\n",
        r"the scores have s4, which it does not and it has s5, which the scores do not; set `species: null`",
    ),
}


@pytest.mark.parametrize("case", BAD_SUBMISSIONS)
def test_a_sample_that_does_not_fit_the_scores_is_told(case: str, tmp_path: Path) -> None:
    text, found = BAD_SUBMISSIONS[case]
    (tmp_path / "scores.csv").write_text("recording_id,s3,s4\ngood1,0.5,-1.0\ngood2,1.5,-2.0\n")
    (tmp_path / "test.csv").write_text(
        "recording_id,path,duration_s,sample_rate_hz,channels,problem\ngood1,a,2.0,8000,1,\ngood2,b,2.0,8000,1,\n"
        "good3,c,2.0,8000,1,\nlost,,,,,it is lost\n"
    )
    sample = tmp_path / "sample.csv"
    arguments = ["--settings", json.dumps({"sample_submission": str(sample)}), "--scores", str(tmp_path / "scores.csv")]
    arguments += ["--recordings", str(tmp_path / "test.csv"), "--output", str(tmp_path / "submission.csv")]
    sample.write_text(text)
    with pytest.raises(CanopyError, match=found):
        write_submission.main(arguments)
    assert not (tmp_path / "submission.csv").exists()
    sample.write_text("recording_id,s3,s4\nlost,0,0\ngood2,0,0\ngood1,0,0\n")
    write_submission.main(arguments)
    assert [line.split(",")[0] for line in (tmp_path / "submission.csv").read_text().split()] == [
        "recording_id",
        "lost",
        "good2",
        "good1",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("recording_id,s3\ngood1,0.5\ngood1,0.6\n", "good1 has more than one row"),
        ("recording_id,s3\ngood1,\n", "the score of s3 is not a finite number"),
        ("recording_id,s3\ngood1,inf\n", "the score of s3 is not a finite number"),
    ],
    ids=["double", "missing", "infinite"],
)
def test_bad_scores_do_not_become_a_submission(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(text)
    (tmp_path / "test.csv").write_text(
        "recording_id,path,duration_s,sample_rate_hz,channels,problem\ngood1,a,2.0,8000,1,\n"
    )
    with pytest.raises(CanopyError, match=found):
        write_submission.main(
            [
                *("--scores", str(tmp_path / "scores.csv"), "--recordings", str(tmp_path / "test.csv")),
                *("--output", str(tmp_path / "submission.csv")),
            ]
        )


# The machine: its disk, its processors.


def run_script(monkeypatch: pytest.MonkeyPatch, module: Any, *arguments: str) -> str:
    """Run a rule's script as its shell does; return what it ends with."""
    monkeypatch.setattr("sys.argv", [f"{module.__name__}.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.run(module.main)
    return str(ended.value)


def test_no_disk_space_is_told_with_the_output_and_the_mend(
    tmp_path: Path, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "full" / "recordings.csv"
    out.parent.mkdir()
    draft = out.with_name(f".{os.getpid()}.part.{out.name}")
    draft.symlink_to("/dev/full")
    arguments = ["--settings", json.dumps({"folder": str(audio)}), "--output", str(out)]
    assert re.fullmatch(
        r"error: no disk space left while writing .*/full/recordings\.csv: free some space, or set `results:` to .*",
        run_script(monkeypatch, list_recordings, *arguments),
    )
    assert os.listdir(out.parent) == []
    list_recordings.main(arguments)
    assert list(usable(read_recordings(out))["recording_id"]) == ["good1", "good2"]


def test_no_memory_is_told_with_the_mend(tmp_path: Path, audio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(*arguments: object) -> None:
        np.empty(1 << 60, np.uint8)

    monkeypatch.setattr("canopy.data.audio.part.Steady", starve)
    said = run_script(
        monkeypatch, list_recordings, "--settings", json.dumps({"folder": str(audio)}), "--output", str(tmp_path / "x")
    )
    assert re.match(
        r"error: there is no memory left \(Unable to allocate .*\): give smaller batches \(`batch_size`\) or", said
    )


def test_a_job_that_may_use_a_gpu_runs_on_the_cpu_where_there_is_none_and_says_so(tmp_path: Path) -> None:
    script = (
        "from canopy.config.compute import Compute; from canopy.runtime.devices import prepare; "
        "print(prepare(Compute(threads=1), gpu=True)); import tensorflow as tf; print(float(tf.constant(2.0) * 3))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
    environment |= {"PATH": str(tmp_path), "PYTHONPATH": str(Path(list_recordings.__file__).parent)}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["CPU, 1 threads (no GPU is used)", "6.0"]


# The configuration and the dataset, as Snakemake's user meets them.


def plain_words(repository: Path, tmp_path: Path, *arguments: str) -> str:
    """Plan a run that cannot be; return what Snakemake says, which must hold no traceback of Python."""
    ran = forked.snakemake(
        ["-n", "--cores", "1", *arguments], repository, os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    )
    assert ran.returncode == 1
    assert "Traceback (most recent call last)" not in ran.stdout
    return ran.stdout


@pytest.mark.workflow
def test_mistyped_config_keys_are_told_together_with_the_nearest_known_ones(repository: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "mine.yaml"
    overlay.write_text("shard: 8\ntraining: {optimiser: {epochs: 3}, seed: one}\n")
    said = plain_words(repository, tmp_path, "--configfile", str(overlay))
    assert "config: unknown key 'shard'; did you mean 'shards'?" in said
    assert "config: unknown key 'training.optimiser'; did you mean 'optimizer'?" in said
    assert "config: training.seed: Input should be a valid integer" in said


@pytest.mark.workflow
def test_a_missing_dataset_comes_with_its_fetching_command_before_anything_runs(
    repository: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "nowhere"
    said = plain_words(repository, tmp_path, "--configfile", "configs/rfcx.yaml", "--config", f"data={missing}")
    assert str(missing) in said
    assert "fetch the dataset with `snakemake download --cores 1 --configfile configs/rfcx.yaml`" in said
