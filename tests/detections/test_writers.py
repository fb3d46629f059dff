"""Detections and scores in other programs' formats, against other programs' readers and hand-worked examples."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from canopy.config.detection import Format
from canopy.detections.writers.detections import COLUMNS
from canopy.detections.writers.registry import WRITERS, writer
from canopy.detections.writers.rows import birdclef_rows, stretch_maxima, write_birdclef_rows, write_rfcx_rows
from canopy.runtime.errors import CanopyError

MISSING = float("nan")


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Return detections of `(recording_id, species, onset_s, offset_s, low_hz, high_hz)`."""
    return pd.DataFrame(
        [(one, f"field/{one}.wav", *rest, 1.5, 0.8175744761936437, 0.4) for one, *rest in rows], columns=list(COLUMNS)
    )


def recordings(durations: Mapping[str, float], problem: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording_id": list(durations),
            "path": [f"field/{one}.wav" for one in durations],
            "duration_s": list(durations.values()),
            "sample_rate_hz": 48000,
            "channels": 1,
            "problem": problem,
        }
    )


HEARD = recordings({"b 2": 60.0, "año": 7200.25, "silent": 30.0})
DETECTIONS = table(
    ("b 2", "Strix, aluco", 1.25, 2.5, 300.0, 900.5),
    ("año", "Ñandú", 7199.123456, 7200.25, 100.0, 4000.0),
    ("b 2", "owl", 0.0, 0.5, 300.0, 900.5),
)
NONE = DETECTIONS.iloc[:0]


def write(name: str, folder: Path, detections: pd.DataFrame = DETECTIONS) -> list[Path]:
    pytest.importorskip("pyarrow") if name == "parquet" else None
    return WRITERS[name](detections, folder, recordings=HEARD)


@pytest.mark.parametrize("name", WRITERS)
def test_the_order_of_detections_changes_no_byte(name: str, tmp_path: Path) -> None:
    one, other = write(name, tmp_path / "one"), write(name, tmp_path / "other", DETECTIONS.iloc[::-1])
    assert [path.name for path in one] == [path.name for path in other]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "opensoundscape"])
def test_no_detections_are_written_as_such(name: str, tmp_path: Path) -> None:
    paths = write(name, tmp_path, NONE)
    assert len(paths) == {"raven": 3, "audacity": 3, "whombat": 2, "label_studio": 2}.get(name, 1)
    if name in ("parquet", "label_studio"):
        return
    lines = 0 if name == "audacity" else 1
    assert [len(path.read_text(encoding="utf-8").splitlines()) for path in paths] == [lines] * len(paths)


@pytest.mark.parametrize("name", ["raven", "raven_all"])
def test_no_selection_reaches_above_half_the_sampling_rate(name: str, tmp_path: Path) -> None:
    high = table(("b 2", "bat", 1.0, 2.0, 20000.0, 60000.0), ("b 2", "rat", 3.0, 4.0, 30000.0, MISSING))
    text = "".join(path.read_text() for path in WRITERS[name](high, tmp_path, recordings=HEARD))
    rows = [line.split("\t") for line in text.splitlines() if line[0].isdigit()]
    assert [row[5:7] for row in rows] == [["20000.000", "24000.000"], ["24000.000", "24000.000"]]


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "parquet"])
def test_text_is_utf8_with_unix_line_ends(name: str, tmp_path: Path) -> None:
    data = b"".join(path.read_bytes() for path in write(name, tmp_path))
    assert "Ñandú" in data.decode("utf-8")
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")


def test_a_raven_table_has_the_times_in_its_recording(tmp_path: Path) -> None:
    paths = write("raven", tmp_path)
    assert [path.name for path in paths] == [f"{one}.Table.1.selections.txt" for one in ("año", "b 2", "silent")]
    with open(paths[1], encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert [row["Selection"] for row in rows] == ["1", "2"]
    assert [float(row["Begin Time (s)"]) for row in rows] == [0.0, 1.25]
    assert [float(row["End Time (s)"]) for row in rows] == [0.5, 2.5]
    assert [float(row["File Offset (s)"]) for row in rows] == [0.0, 1.25]
    assert rows[1]["Species"] == "Strix, aluco"
    assert Path(rows[1]["Begin Path"]).is_absolute()
    assert rows[1]["Begin File"] == Path(rows[1]["Begin Path"]).name == "b 2.wav"


def test_a_raven_table_names_the_channel_that_was_heard(tmp_path: Path) -> None:
    heard = HEARD.assign(channel=[2, 1, 1])
    paths = WRITERS["raven"](DETECTIONS, tmp_path, recordings=heard)
    assert [set(pd.read_csv(path, sep="\t")["Channel"]) for path in paths] == [{1}, {2}, set()]
    assert set(pd.read_csv(write("raven", tmp_path)[1], sep="\t")["Channel"]) == {1}


def test_a_raven_table_of_several_recordings_counts_on_from_one_to_the_next(tmp_path: Path) -> None:
    frame = pd.read_csv(write("raven_all", tmp_path)[0], sep="\t")
    # `año` comes first and lasts 7200.25 s; `silent` has no detections, so that Raven does not open it.
    np.testing.assert_allclose(frame["Begin Time (s)"], [7199.123456, 7200.25, 7201.5], atol=1e-9)
    np.testing.assert_allclose(frame["End Time (s)"], [7200.25, 7200.75, 7202.75], atol=1e-9)
    np.testing.assert_allclose(frame["File Offset (s)"], [7199.123456, 0.0, 1.25], atol=1e-9)
    assert list(frame["Begin File"]) == ["año.wav", "b 2.wav", "b 2.wav"]


def test_unknown_frequencies_are_the_whole_band_in_raven_and_undefined_in_audacity(tmp_path: Path) -> None:
    detections = table(("b 2", "owl", 1.0, 2.0, MISSING, MISSING))
    frame = pd.read_csv(write("raven", tmp_path, detections)[1], sep="\t")
    assert (frame["Low Freq (Hz)"][0], frame["High Freq (Hz)"][0]) == (0.0, 24000.0)
    text = write("audacity", tmp_path, detections)[1].read_text(encoding="utf-8")
    assert text == "1.000000\t2.000000\towl\n\\\t-1.000000\t-1.000000\n"


def test_crowsetta_reads_the_raven_tables(tmp_path: Path) -> None:
    crowsetta = pytest.importorskip("crowsetta")
    read = crowsetta.formats.bbox.Raven.from_file(write("raven", tmp_path)[1], annot_col="Species")
    boxes = [(box.onset, box.offset, box.low_freq, box.high_freq, box.label) for box in read.to_bbox()]
    assert boxes == [(0.0, 0.5, 300.0, 900.5, "owl"), (1.25, 2.5, 300.0, 900.5, "Strix, aluco")]


def test_crowsetta_reads_the_audacity_labels(tmp_path: Path) -> None:
    crowsetta = pytest.importorskip("crowsetta")
    read = crowsetta.formats.bbox.AudBBox.from_file(write("audacity", tmp_path)[0])
    boxes = [(box.onset, box.offset, box.low_freq, box.high_freq, box.label) for box in read.to_bbox()]
    assert boxes == [(7199.123456, 7200.25, 100.0, 4000.0, "Ñandú")]


def test_birdnet_csv_has_its_header_and_the_probability(tmp_path: Path) -> None:
    with open(write("birdnet", tmp_path)[0], encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    assert header == ["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"]
    assert rows[2][:5] == ["1.25", "2.5", "Strix, aluco", "Strix, aluco", "0.817574"]
    assert rows[0][:2] == ["7199.123456", "7200.25"]


def test_opensoundscape_gets_a_row_per_clip_and_a_column_per_class(tmp_path: Path) -> None:
    heard = recordings({"b 2": 12.3, "silent": 4.0, "two": 10.0})
    detections = table(
        ("b 2", "owl", 4.9, 7.0, 300.0, 900.5),  # 0.1 s in the first clip
        ("b 2", "wren", 9.99, 10.01, 300.0, 900.5),  # half of it in either clip
        ("b 2", "owl", 12.05, 12.3, 300.0, 900.5),
        ("two", "owl", 4.5, 5.5, 300.0, 900.5),
    )
    (path,) = WRITERS["opensoundscape"](detections, tmp_path, recordings=heard, species=["wren", "never", "owl"])
    found = pd.read_csv(path, index_col=[0, 1, 2])
    assert found.index.names == ["file", "start_time", "end_time"]
    assert list(found.columns) == ["wren", "never", "owl"]
    clips = {(Path(file).stem, start, end): tuple(row) for (file, start, end), *row in found.itertuples()}
    assert clips == {
        ("b 2", 0.0, 5.0): (0, 0, 0),
        ("b 2", 5.0, 10.0): (1, 0, 1),
        ("b 2", 10.0, 12.3): (1, 0, 1),
        ("silent", 0.0, 4.0): (0, 0, 0),
        ("two", 0.0, 5.0): (0, 0, 1),
        ("two", 5.0, 10.0): (0, 0, 1),
    }
    (empty,) = WRITERS["opensoundscape"](NONE, tmp_path, recordings=heard.iloc[:0], species=["owl"])
    assert empty.read_text(encoding="utf-8") == "file,start_time,end_time,owl\n"
    with pytest.raises(CanopyError, match=r"b 2 has no duration_s, which clips need"):
        WRITERS["opensoundscape"](detections, tmp_path, recordings=heard.assign(duration_s=MISSING))


def test_label_studio_gets_a_task_a_recording_and_labels_that_its_configuration_has(tmp_path: Path) -> None:
    tasks, config = WRITERS["label_studio"](DETECTIONS, tmp_path, recordings=HEARD, species=["a&b", "owl"])
    root = ElementTree.fromstring(config.read_text(encoding="utf-8"))
    (sound,), (labels,) = root.findall("Audio"), root.findall("Labels")
    held = json.loads(tasks.read_text(encoding="utf-8"))
    assert [unquote(task["data"][sound.attrib["value"][1:]]).split("/")[-1] for task in held] == [
        *("año.wav", "b 2.wav", "silent.wav")
    ]
    results = [one for task in held for prediction in task["predictions"] for one in prediction["result"]]
    assert {one["from_name"] for one in results} == {labels.attrib["name"]}
    assert {one["to_name"] for one in results} == {sound.attrib["name"]} == {labels.attrib["toName"]}
    assert [label.attrib["value"] for label in labels] == ["a&b", "owl", "Strix, aluco", "Ñandú"]
    assert results[1]["value"] == {"start": 0.0, "end": 0.5, "labels": ["owl"]}
    assert {round(one["score"], 6) for one in results} == {0.817574}


def test_aoef_holds_each_detection_with_its_probability_and_all_that_is_referred_to(tmp_path: Path) -> None:
    rows = pd.concat([DETECTIONS, table(("silent", "owl", 1.0, 2.0, MISSING, MISSING)).assign(probability=MISSING)])
    (path,) = WRITERS["aoef"](rows, tmp_path, recordings=HEARD, species=["owl"])
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    tags = {tag["id"]: tag["value"] for tag in data["tags"]}
    sounds = {one["uuid"]: one for one in data["sound_events"]}
    recordings = {one["uuid"]: one["path"] for one in data["recordings"]}
    clips = {one["uuid"]: one for one in data["clips"]}
    found = {}
    for one in data["sound_event_predictions"]:
        event, ((tag, score),) = sounds[one["sound_event"]], one["tags"]
        place = Path(recordings[event["recording"]]).stem, tags[tag]
        found[place] = (*event["geometry"].values(), round(score, 6), round(one["score"], 6))
    assert found == {
        ("b 2", "owl"): ("BoundingBox", [0.0, 300.0, 0.5, 900.5], 0.817574, 0.817574),
        ("b 2", "Strix, aluco"): ("BoundingBox", [1.25, 300.0, 2.5, 900.5], 0.817574, 0.817574),
        ("año", "Ñandú"): ("BoundingBox", [7199.123456, 100.0, 7200.25, 4000.0], 0.817574, 0.817574),
        ("silent", "owl"): ("TimeInterval", [1.0, 2.0], 0.817574, 0.817574),
    }
    listed = [one for clip in data["clip_predictions"] for one in clip["sound_events"]]
    assert sorted(listed) == sorted(one["uuid"] for one in data["sound_event_predictions"])
    assert [clips[one["clip"]]["end_time"] for one in data["clip_predictions"]] == [7200.25, 60.0, 30.0]
    with pytest.raises(CanopyError, match=r"b 2 has no duration_s, which AOEF needs"):
        WRITERS["aoef"](DETECTIONS, tmp_path, recordings=HEARD.assign(duration_s=[MISSING, 1.0, 1.0]))


def test_a_project_of_whombat_finds_its_recordings_in_the_dataset(tmp_path: Path) -> None:
    dataset, project = (
        json.loads(path.read_text(encoding="utf-8"))["data"]
        for path in WRITERS["whombat"](DETECTIONS, tmp_path, recordings=HEARD)
    )
    assert dataset["collection_type"] == "dataset"
    known = {one["uuid"] for one in dataset["recordings"]}
    assert {one["recording"] for one in project["clips"]} == known
    assert {one["recording"] for one in project["sound_events"]} < known
    assert [task["status_badges"] for task in project["tasks"]] == [[{"state": "assigned"}]] * 3


def test_formats_of_the_configuration_are_those_that_are_written() -> None:
    assert set(get_args(Format)) == {*WRITERS, "rfcx", "birdclef"}


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_all_columns_come_back_exactly(name: str, tmp_path: Path) -> None:
    path = write(name, tmp_path, pd.concat([DETECTIONS, table(("silent", "owl", 1 / 3, 2 / 3, MISSING, MISSING))]))[0]
    read = pd.read_csv(path, float_precision="round_trip") if name == "csv" else pd.read_parquet(path)
    expected = pd.concat([DETECTIONS, table(("silent", "owl", 1 / 3, 2 / 3, MISSING, MISSING))])
    expected = expected.sort_values(["recording_id", "onset_s"], ignore_index=True)
    pd.testing.assert_frame_equal(read, expected, check_exact=True)


def test_errors_say_what_is_wrong_with_detections(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match="detections lack the column species, low_hz"):
        WRITERS["csv"](DETECTIONS.drop(columns=["species", "low_hz"]), tmp_path, recordings=HEARD)
    with pytest.raises(CanopyError, match=r"the species 'tab\\there', which no table can hold"):
        write("raven", tmp_path, DETECTIONS.assign(species="tab\there"))
    with pytest.raises(CanopyError, match="no onset_s or offset_s"):
        write("csv", tmp_path, DETECTIONS.assign(onset_s=MISSING))
    with pytest.raises(CanopyError, match=r"detections in b 2, which are not among the usable recordings"):
        WRITERS["raven"](DETECTIONS, tmp_path, recordings=HEARD[HEARD["recording_id"] != "b 2"])
    with pytest.raises(CanopyError, match=r"año has no duration_s"):
        WRITERS["raven_all"](DETECTIONS, tmp_path, recordings=HEARD.assign(duration_s=MISSING))
    with pytest.raises(CanopyError, match=r"no format of detections 'ravn'.*did you mean raven\?"):
        writer("ravn")
    assert not list(tmp_path.iterdir())


def test_a_stretch_has_the_highest_score_of_its_frames() -> None:
    rng = np.random.default_rng(3)
    for duration_s, n_stretches in ((12.0, 3), (10.0, 2), (10.0001, 3), (3.0, 1)):
        centres = np.arange(0, duration_s + 1e-9, 0.02)
        frames = rng.normal(size=(len(centres), 4))
        slow = [
            frames[(centres >= 5 * k - 1e-9) & (centres < 5 * k + 5 - 1e-9)].max(axis=0, initial=-np.inf)
            for k in range(n_stretches + 1)
        ]
        # What lies at the very end of the recording belongs to the last stretch.
        last = np.maximum(slow[n_stretches - 1], slow[n_stretches])
        found = stretch_maxima(frames, frame_s=0.02, duration_s=duration_s)
        if duration_s == 10.0001:  # no frame lies in its last 0.1 ms but the one at 10 s
            last = frames[-1]
        np.testing.assert_array_equal(found, np.array([*slow[: n_stretches - 1], last]))


def test_birdclef_rows_are_named_by_their_end(tmp_path: Path) -> None:
    rows = birdclef_rows("XC 12_7", np.array([[0.25, 1.0], [0.5, 0.0]]), ["b", "a"])
    write_birdclef_rows(rows, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text() == "row_id,b,a\nXC 12_7_5,0.25,1.0\nXC 12_7_10,0.5,0.0\n"


def test_rfcx_rows_are_probabilities_of_distinct_recordings(tmp_path: Path) -> None:
    rows = pd.DataFrame({"recording_id": ["r1", "r2"], "s0": [0.5, 1.0]})
    write_rfcx_rows(rows, tmp_path / "submission.csv")
    assert (tmp_path / "submission.csv").read_text() == "recording_id,s0\nr1,0.5\nr2,1.0\n"
    with pytest.raises(CanopyError, match="must be probabilities from 0 to 1"):
        write_rfcx_rows(rows.assign(s0=[-2.0, 0.5]), tmp_path / "no.csv")
    with pytest.raises(CanopyError, match="recording_id r1 more than once"):
        write_rfcx_rows(pd.concat([rows, rows]), tmp_path / "no.csv")
    with pytest.raises(CanopyError, match="must begin with the column row_id"):
        write_birdclef_rows(rows, tmp_path / "no.csv")
