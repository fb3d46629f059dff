"""Annotations in other programs' formats: their own files, every harmless form, and what is wrong by file and line."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canopy.data.annotations.files import annotation_files
from canopy.data.annotations.folder import Labelled, read_folder
from canopy.data.annotations.names import Names
from canopy.data.annotations.readers.registry import BY_NAME, check_format
from canopy.data.annotations.reviewed import train_recordings
from canopy.detections.writers.detections import COLUMNS as DETECTION_COLUMNS
from canopy.detections.writers.registry import WRITERS
from canopy.runtime.errors import CanopyError

OURS = Path(__file__).parents[1] / "annotation_files"
IDS = ["a", "b 2", "año", "plot 3__20240501_060000", "plot 4__20240501_060000", "plot 4__owl"]
COLUMNS = ["recording_id", "species", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"]
RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies"
ALL = (None, None)


def put(folder: Path, name: str, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + end for line in lines).encode(encoding))
    return path


def read(path: Path, ids: Sequence[str] = IDS, *, reviewed: Path | None = None, **given: Any) -> Labelled:
    """Read annotations with options of `annotations:` and keys of the settings, both by name."""
    tables = {name: given.pop(name) for name in ("recordings", "report") if name in given}
    own = ("species", "classes", "unlisted", "channel")
    settings: dict[str, Any] = {name: given.pop(name) for name in own if name in given}
    return read_folder(
        {"annotation_files": path, "reviewed_table": reviewed, "annotations": given, **settings}, ids, **tables
    )


def boxes(labelled: Labelled) -> list[tuple[Any, ...]]:
    """Return the marks as tuples, with None for a frequency that is not told."""
    return [bare(row) for row in labelled.annotations[COLUMNS].itertuples(index=False, name=None)]


def bare(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(None if cell != cell else cell for cell in row)


def empties(labelled: Labelled) -> dict[str, tuple[str, str]]:
    return {one: (kind, species) for one, kind, species in labelled.reviewed.itertuples(index=False, name=None)}


SMALL: dict[str, tuple[str, list[str]]] = {
    "raven": ("b 2.Table.1.selections.txt", [RAVEN, "1\tSpectrogram 1\t1\t1.5\t2.25\t300.0\t900.5\tÑandú común"]),
    "audacity": ("b 2.txt", ["1.500000\t2.250000\tÑandú común", "\\\t300.000000\t900.500000"]),
    "csv": (
        "marks.csv",
        ["recording_id,species,onset_s,offset_s,low_hz,high_hz", "b 2,Ñandú común,1.5,2.25,300,900.5"],
    ),
    "label_studio": (
        "export.json",
        [
            '[{"data": {"audio": "b 2.wav"}, "annotations": [{"result": [{"type": "labels", "value":',
            '{"start": 1.5, "end": 2.25, "labels": ["Ñandú común"]}}]}]}]',
        ],
    ),
    "aoef": (
        "project.json",
        [
            '{"version": "1.1.0", "data": {"collection_type": "annotation_set", "uuid": "0",',
            '"tags": [{"id": 0, "key": "species", "value": "Ñandú común"}],',
            '"recordings": [{"uuid": "r", "path": "b 2.wav", "duration": 10.0, "channels": 1, "samplerate": 48000}],',
            '"clips": [{"uuid": "c", "recording": "r", "start_time": 0, "end_time": 10}],',
            '"sound_events": [{"uuid": "e", "recording": "r",',
            '"geometry": {"type": "BoundingBox", "coordinates": [1.5, 300.0, 2.25, 900.5]}}],',
            '"sound_event_annotations": [{"uuid": "a", "sound_event": "e", "tags": [0]}],',
            '"clip_annotations": [{"uuid": "n", "clip": "c", "sound_events": ["a"]}]}}',
        ],
    ),
    "birdclef": ("train.csv", ["filename,primary_label,secondary_labels", "b 2.ogg,Ñandú común,[]"]),
    "esc50": ("meta.csv", ["filename,fold,target,category,take", "b 2.wav,1,0,Ñandú común,A"]),
    "birdclef_soundscapes": (
        "labels.csv",
        ["filename,start,end,primary_label", "b 2.ogg,0:00:05,00:00:10,Ñandú común"],
    ),
    "opensoundscape": ("labels.csv", ["file,start_time,end_time,Ñandú común", "b 2.wav,1.5,2.25,1"]),
    "kaleidoscope": (
        "cluster.csv",
        ["INDIR,FOLDER,IN FILE,OFFSET,DURATION,Fmin,Fmax,MANUAL ID", "/x,,b 2.wav,1.5,0.75,300.0,900.5,Ñandú común"],
    ),
    "review": (
        "review.csv",
        [
            "clip,species,verdict,recording_id,onset_s,offset_s,low_hz,high_hz",
            "x.flac,Ñandú común,Yes,b 2,1.5,2.25,300,900.5",
        ],
    ),
    "rfcx": (
        "train_tp.csv",
        ["recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max", "b 2,3,1,1.5,300.0,2.25,900.5"],
    ),
}
EXPECTED = {
    "raven": ("b 2", "Ñandú común", 1.5, 2.25, 300.0, 900.5, 1),
    "audacity": ("b 2", "Ñandú común", 1.5, 2.25, 300.0, 900.5, 1),
    "csv": ("b 2", "Ñandú común", 1.5, 2.25, 300.0, 900.5, 1),
    "label_studio": ("b 2", "Ñandú común", 1.5, 2.25, *ALL, 1),
    "aoef": ("b 2", "Ñandú común", 1.5, 2.25, 300.0, 900.5, 1),
    "birdclef": ("b 2", "Ñandú común", 0.0, math.inf, *ALL, 1),
    "esc50": ("b 2", "Ñandú común", 0.0, math.inf, *ALL, 1),
    "birdclef_soundscapes": ("b 2", "Ñandú común", 5.0, 10.0, *ALL, 1),
    "opensoundscape": ("b 2", "Ñandú común", 1.5, 2.25, *ALL, 1),
    "kaleidoscope": ("b 2", "Ñandú común", 1.5, 2.25, 300.0, 900.5, 1),
    "review": ("b 2", "Ñandú común", 1.5, 2.25, 300.0, 900.5, 1),
    "rfcx": ("b 2", "s3", 1.5, 2.25, 300.0, 900.5, 1),
}


def test_every_format_has_an_example() -> None:
    assert SMALL.keys() == EXPECTED.keys() == BY_NAME.keys()


def test_the_page_of_formats_lists_every_reader(repository: Path) -> None:
    page = (repository / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = page.split("| format | its files |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    assert {row.split("`")[1] for row in rows} == BY_NAME.keys()


def test_an_unknown_format_is_told_before_any_file_is_read() -> None:
    check_format("auto")
    with pytest.raises(CanopyError, match=r"there is no format of annotations 'ravn'; did you mean 'raven'\?"):
        check_format("ravn")
    with pytest.raises(CanopyError, match=r"there is no format of annotations 'xyz'; known: auto, raven, .*csv"):
        check_format("xyz")


@pytest.mark.parametrize("form", ["plain", "windows", "byte order mark", "blank lines", "no last line end"])
@pytest.mark.parametrize("kind", SMALL)
def test_a_format_is_told_by_its_content_in_every_harmless_form(kind: str, form: str, tmp_path: Path) -> None:
    name, lines = SMALL[kind]
    path = put(
        tmp_path,
        name,
        *(lines if form != "blank lines" else [lines[0], "", *lines[1:], ""]),
        end="\r\n" if form == "windows" else "\n",
        encoding="utf-8-sig" if form == "byte order mark" else "utf-8",
    )
    if form == "no last line end":
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert boxes(read(tmp_path)) == [EXPECTED[kind]]
    assert boxes(read(path, format=kind)) == [EXPECTED[kind]]


def test_accents_count_as_composed_in_names_and_labels(tmp_path: Path) -> None:
    apart = "an\u0303o"  # as macOS names the file of the recording `año`
    put(tmp_path, f"{apart}.txt", "1.0\t2.0\tN\u0303andu\u0301")
    assert boxes(read(tmp_path)) == [("año", "Ñandú", 1.0, 2.0, *ALL, 1)]


# Files of other programs.


def test_raven_table_of_raven_itself(tmp_path: Path) -> None:
    crowsetta = pytest.importorskip("crowsetta")
    path = Path(crowsetta.__file__).parent / "examples" / "Recording_1_Segment_02.Table.1.selections.txt"
    oracle = crowsetta.formats.bbox.Raven.from_file(path, annot_col="Species").to_bbox()
    found = boxes(read(path, ["Recording_1_Segment_02"]))
    assert len(found) == len(oracle) == 6
    for (recording, species, onset, offset, low, high, _), box in zip(found, oracle, strict=True):
        assert (recording, species, low, high) == ("Recording_1_Segment_02", box.label, box.low_freq, box.high_freq)
        assert (onset, offset) == pytest.approx((box.onset, box.offset), abs=1e-9)


def test_audacity_labels_of_audacity_itself_with_and_without_frequencies() -> None:
    crowsetta = pytest.importorskip("crowsetta")
    examples = Path(crowsetta.__file__).parent / "examples"
    oracle = crowsetta.formats.bbox.AudBBox.from_file(examples / "spinetail.txt").to_bbox()
    expected = sorted(("spinetail", b.label, b.onset, b.offset, b.low_freq, b.high_freq, 1) for b in oracle)
    assert sorted(boxes(read(examples / "spinetail.txt", ["spinetail"]))) == expected
    name = "405_marron1_June_14_2016_69640887.audacity.txt"
    sequence = crowsetta.formats.seq.AudSeq.from_file(examples / name).to_seq()
    found = boxes(read(examples / name, ["405_marron1_June_14_2016_69640887"], rename={"SIL": "silence"}))
    # crowsetta rounds the times of sequences to milliseconds.
    np.testing.assert_allclose([one[2] for one in found], sequence.onsets_s, atol=5.1e-4)
    np.testing.assert_allclose([one[3] for one in found], sequence.offsets_s, atol=5.1e-4)
    assert [one[1].replace("silence", "SIL") for one in found] == list(sequence.labels)
    assert {one[4:] for one in found} == {(*ALL, 1)}


def test_birdnet_tables_of_several_recordings() -> None:
    ids = ["SITE1_20240501_060000", "SITE2_20240501_060000"]
    expected = [
        (ids[0], "Eurasian Blackbird", 0.0, 3.0, 0.0, 15000.0, 1),
        (ids[0], "Eurasian Blackbird", 6.0, 9.0, 0.0, 15000.0, 1),
        (ids[0], "Tawny Owl", 6.0, 9.0, 0.0, 15000.0, 1),
        (ids[1], "Eurasian Wren", 3.0, 6.0, 0.0, 15000.0, 1),  # it begins at 12 s of the sequence
    ]
    assert boxes(read(OURS / "birdnet" / "BirdNET_SelectionTable.txt", ids)) == expected
    csv = boxes(read(OURS / "birdnet" / "SITE1_20240501_060000.BirdNET.results.csv", ids))
    assert csv == [(*one[:4], *ALL, 1) for one in expected[:3]]
    labels = boxes(read(OURS / "birdnet" / "SITE1_20240501_060000.BirdNET.results.txt", ids))
    assert [(one[0], one[2], one[3]) for one in labels] == [(one[0], one[2], one[3]) for one in expected[:3]]
    assert {one[1] for one in labels} == {"Turdus merula, Eurasian Blackbird", "Strix aluco, Tawny Owl"}


@pytest.mark.parametrize("name", ["export.json", "export-min.json"])
def test_label_studio_exports_name_uploaded_and_local_files(name: str) -> None:
    ids = ["plot 3 dawn", "plot 4__20240503_050000", "plot 5__20240503_050000"]
    found = read(OURS / "label_studio" / name, ids)
    assert boxes(found) == [
        ("plot 3 dawn", "Ñandú", 1.25, 2.75, *ALL, 1),
        ("plot 3 dawn", "Tawny Owl", 30.0, 41.5, *ALL, 1),
        ("plot 3 dawn", "Wren", 30.0, 41.5, *ALL, 1),
    ]
    assert empties(found) == {"plot 4__20240503_050000": ("all", "")}


# Round trips.

DETECTIONS = pd.DataFrame(
    [
        ("a", "x/a.wav", "Strix, aluco", 1.25, 2.5, 300.0, 900.5, 1.5, 0.8, 0.4),
        ("año", "x/año.wav", "Ñandú común", 7199.123456, 7200.25, np.nan, np.nan, 0.5, 0.6, 0.4),
        ("b 2", "x/b 2.wav", "Strix, aluco", 0.0, 0.5, 300.0, 900.5, 2.5, 0.9, 0.4),
    ],
    columns=list(DETECTION_COLUMNS),
)


def name_in_kaleidoscope(paths: list[Path]) -> None:
    table = pd.read_csv(paths[0])
    table.assign(**{"MANUAL ID": table["TOP1MATCH"]}).to_csv(paths[0], index=False)


def accept_in_label_studio(paths: list[Path]) -> None:
    tasks = json.loads(paths[0].read_text(encoding="utf-8"))
    exported = [{"data": task["data"], "annotations": task["predictions"]} for task in tasks]
    paths[0].write_text(json.dumps(exported), encoding="utf-8")


def complete_in_whombat(paths: list[Path]) -> None:
    """Complete the tasks; the recordings stay in Whombat's own database."""
    paths[0].unlink()
    text = paths[1].read_text(encoding="utf-8")
    paths[1].write_text(text.replace('"assigned"', '"completed"'), encoding="utf-8")


FILLED_IN = {
    "kaleidoscope": name_in_kaleidoscope,
    "label_studio": accept_in_label_studio,
    "whombat": complete_in_whombat,
}
"""What a person does with what was written, before it is read again."""
WITH_EMPTY = ("raven", "audacity", "label_studio", "whombat")


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("parquet", "opensoundscape", "aoef")])
def test_what_a_writer_wrote_its_reader_reads(name: str, tmp_path: Path) -> None:
    durations = {"a": 30.0, "año": 7300.0, "b 2": 10.0, "plot 4__owl": 5.0}
    recordings = pd.DataFrame(
        {
            "recording_id": list(durations),
            "path": [f"x/{one}.wav" for one in durations],
            "duration_s": list(durations.values()),
            "sample_rate_hz": 48000,
            "channels": 1,
            "problem": "",
        }
    )
    paths = WRITERS[name](DETECTIONS, tmp_path, recordings=recordings)
    if name in FILLED_IN:
        FILLED_IN[name](paths)
    found = read(tmp_path, recordings=recordings)
    expected = [(*row[:1], *row[2:5], *bare(row[5:7]), 1) for row in DETECTIONS.itertuples(index=False, name=None)]
    if name in ("birdnet", "label_studio"):  # they tell no frequencies
        expected = [(*row[:4], *ALL, 1) for row in expected]
    assert boxes(found) == [(*row[:2], *(pytest.approx(one, abs=2e-6) for one in row[2:])) for row in expected]
    assert empties(found) == ({"plot 4__owl": ("all", "")} if name in WITH_EMPTY else {})


# What the files mean.


def test_a_header_alone_or_an_empty_label_track_is_a_reviewed_recording(tmp_path: Path) -> None:
    put(tmp_path, "a.Table.1.selections.txt", RAVEN.replace("\tSpecies", ""), end="\r\n")
    put(tmp_path, "b 2.txt")
    put(tmp_path, "año.txt", "1.0\t2.0\towl")
    found = read(tmp_path)
    listing = train_recordings(found.annotations, reviewed=found.reviewed)
    assert listing.to_numpy().tolist() == [["a", "all", ""], ["año", "none", ""], ["b 2", "all", ""]]
    assert set(found.named) == {"a", "b 2", "año"}


def test_a_second_table_with_marks_outweighs_an_empty_one(tmp_path: Path) -> None:
    put(tmp_path, "a.Table.1.selections.txt", RAVEN)
    put(tmp_path, "a.Table.2.selections.txt", RAVEN, "1\tSpectrogram 1\t1\t1\t2\t3\t4\towl")
    assert empties(read(tmp_path)) == {}


def test_a_table_of_reviews_overrules_the_files(tmp_path: Path) -> None:
    put(tmp_path / "in", "a.txt")
    put(tmp_path / "in", "b 2.txt", "1.0\t2.0\towl")
    rows = ["recording_id,reviewed,species", "b 2,some,owl; wren", "año,all,", "a,none,"]
    table = put(tmp_path, "in/reviewed.csv", *rows)
    found = read(tmp_path / "in", reviewed=table)
    assert empties(found) == {"a": ("none", ""), "año": ("all", ""), "b 2": ("some", "owl;wren")}
    assert found.named == {"a": "a.txt", "año": "reviewed.csv", "b 2": "b 2.txt"}
    put(tmp_path, "in/reviewed.csv", "recording_id,reviewed,species", "a,yes,", "b 2,all,owl", "b 2,none,")
    with pytest.raises(CanopyError) as caught:
        read(tmp_path / "in", reviewed=table)
    for part in (
        "line 2: reviewed is 'yes': it must be none, all or some",
        "line 3: species are listed",
        "line 4: reco",
    ):
        assert part in str(caught.value)


def test_raven_rows_of_the_waveform_repeat_the_spectrogram(tmp_path: Path) -> None:
    both = [
        "1\tWaveform 1\t1\t1\t2\t\t\towl",
        "1\tSpectrogram 1\t1\t1\t2\t3\t4\towl",
        "2\tWaveform 1\t1\t5\t6\t\t\towl",
    ]
    put(tmp_path, "a.txt", RAVEN, *both)
    assert boxes(read(tmp_path)) == [("a", "owl", 1.0, 2.0, 3.0, 4.0, 1), ("a", "owl", 5.0, 6.0, *ALL, 1)]


def test_marks_on_a_channel_that_is_not_heard_count_and_are_told(tmp_path: Path) -> None:
    rows = [f"{number}\tSpectrogram 1\t{channel}\t1\t2\t3\t4\towl" for number, channel in ((1, 1), (1, 2), (2, 3))]
    put(tmp_path, "a.txt", RAVEN, *rows)
    told: list[str] = []
    for channel, unheard in ((None, []), (2, ["2 marks"])):
        told.clear()
        assert boxes(read(tmp_path, channel=channel, report=told.append)) == [("a", "owl", 1.0, 2.0, 3.0, 4.0, 1)]
        assert [line.split(" are on another channel")[0] for line in told if "channel" in line] == unheard
    assert "line 2, on channel 1" in told[0]


def test_raven_tables_of_several_recordings_need_the_offset_in_the_file(tmp_path: Path) -> None:
    header = "Begin Time (s)\tEnd Time (s)\tBegin Path\tAnnotation"
    rows = ["10\t11\tC:\\data\\plot 3\\20240501_060000.WAV\towl", "70\t71.5\t/x/plot 4/20240501_060000.WAV\towl"]
    path = put(tmp_path, "all.txt", header, *rows)
    with pytest.raises(
        CanopyError, match=r"all\.txt holds selections of 2 recordings, which needs a column File Offset"
    ):
        read(path)
    put(
        tmp_path,
        "all.txt",
        f"{header}\tFile Offset (s)",
        *(f"{row}\t{place}" for place, row in zip((10, 4), rows, strict=True)),
    )
    assert boxes(read(path)) == [
        ("plot 3__20240501_060000", "owl", 10.0, 11.0, *ALL, 1),
        ("plot 4__20240501_060000", "owl", 4.0, 5.5, *ALL, 1),
    ]


def test_a_raven_column_of_another_name_is_named_in_the_configuration(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", RAVEN.replace("Species", "Call"), "1\tSpectrogram 1\t1\t1\t2\t3\t4\towl")
    with pytest.raises(CanopyError, match=r"a\.txt has no column that names the species .*species_column: NAME"):
        read(path)
    assert boxes(read(path, species_column="call")) == [("a", "owl", 1.0, 2.0, 3.0, 4.0, 1)]


def test_birdclef_labels_hold_for_clips_in_folders(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        "train_metadata.csv",
        "primary_label,secondary_labels,latitude,filename",
        "owl,\"['wren', 'owl']\",1.5,plot 4/owl.ogg",
        "wren,[],,plot 3/20240501_060000.ogg",
        "nocall,,,a.ogg",
        "robin,wren owl,,b 2.ogg",
    )
    whole = (0.0, math.inf, *ALL, 1)
    wren, nothing = ("plot 3__20240501_060000", "wren", *whole), {"a": ("all", "")}
    found = read(path)
    assert boxes(found) == [
        *(("b 2", name, *whole) for name in ("owl", "robin", "wren")),
        wren,
        *(("plot 4__owl", name, *whole) for name in ("owl", "wren")),
    ]
    assert empties(found) == nothing


@pytest.mark.parametrize(
    ("unlisted", "said"),
    [
        ("unknown", {"b 2": ("none", ""), "plot 4__owl": ("none", "")}),
        ("absent", {"b 2": ("some", "robin"), "plot 4__owl": ("some", "owl;robin")}),
    ],
)
def test_a_secondary_label_that_is_unknown_says_nothing_of_unlisted_species(
    tmp_path: Path, unlisted: str, said: dict[str, tuple[str, str]]
) -> None:
    rows = (
        "owl,['wren'],plot 4/owl.ogg",
        "wren,[],plot 3/20240501_060000.ogg",
        "nocall,,a.ogg",
        "robin,wren owl,b 2.ogg",
    )
    path = put(tmp_path, "train_metadata.csv", "primary_label,secondary_labels,filename", *rows)
    unsure = read(path, secondary="unknown", unlisted=unlisted)
    assert [one[:2] for one in boxes(unsure)] == [
        ("b 2", "robin"),
        ("plot 3__20240501_060000", "wren"),
        ("plot 4__owl", "owl"),
    ]
    assert empties(unsure) == {"a": ("all", "")} | said


def test_a_mark_of_a_whole_clip_ends_with_it_and_tells_no_frequencies(tmp_path: Path) -> None:
    path = put(tmp_path, "m.csv", "filename,label", "a.wav,owl", "b 2.wav,owl")
    recordings = pd.DataFrame(
        {
            "recording_id": ["a", "b 2"],
            "path": ["a.wav", "b 2.wav"],
            "duration_s": [4.5, math.nan],
            "sample_rate_hz": pd.array([22050, None], dtype="Int64"),
            "channels": pd.array([1, None], dtype="Int64"),
            "problem": ["", "b 2.wav is empty"],
        }
    )
    assert boxes(read(path, recordings=recordings)) == [
        ("a", "owl", 0.0, 4.5, *ALL, 1),
        ("b 2", "owl", 0.0, math.inf, *ALL, 1),
    ]


def test_a_plain_table_has_refuted_marks_and_reviewed_recordings(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        "m.csv",
        "recording_id,species,onset_s,offset_s,polarity,songtype",
        "a,owl,1,2,-1,",
        "a,owl,3,4,1,4",
        "b 2,,,,,",
    )
    found = read(path)
    assert boxes(found) == [("a", "owl", 1.0, 2.0, *ALL, -1), ("a", "owl", 3.0, 4.0, *ALL, 1)]
    assert found.annotations["songtype"].tolist() == [-1, 4]
    assert empties(found) == {"b 2": ("all", "")}
    assert [one[1] for one in boxes(read(path, classes="species_songtype"))] == ["owl", "owl_4"]


def test_a_plain_table_may_have_opensoundscapes_columns(tmp_path: Path) -> None:
    header = "audio_file,annotation_file,annotation,start_time,end_time,low_f,high_f"
    path = put(tmp_path, "boxes.csv", header, "x/a.wav,x/a.txt,owl,1.0,2.0,300.0,900.5")
    assert boxes(read(path)) == [("a", "owl", 1.0, 2.0, 300.0, 900.5, 1)]


def test_rfcx_tables_tell_refuted_boxes_by_the_name_of_the_file(tmp_path: Path) -> None:
    for name in ("train_tp.csv", "train_fp.csv"):
        put(tmp_path, name, *SMALL["rfcx"][1])
    assert [one[-1] for one in boxes(read(tmp_path))] == [-1, 1]


def test_labels_are_renamed_merged_and_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "1\t2\tEATO", "3\t4\ttowhee", "5\t6\t?", "7\t8\twren")
    said: list[str] = []
    found = read(tmp_path, rename={"EATO": "towhee", "?": None}, others="skip", species=["towhee"], report=said.append)
    assert [one[1:3] for one in boxes(found)] == [("towhee", 1.0), ("towhee", 3.0)]
    assert said == ["marks of 1 species that `species` does not name are left out: wren"]
    with pytest.raises(
        CanopyError, match=r"a\.txt, line 4: species wren is unknown, `species` in the config has towhee; .*"
    ):
        read(tmp_path, rename={"EATO": "towhee", "?": None}, species=["towhee"])


@pytest.mark.parametrize(("unlisted", "empty"), [("unknown", {}), ("absent", {"b 2": ("all", "")})])
def test_a_recording_of_other_species_alone_is_empty_where_annotation_is_complete(
    tmp_path: Path, unlisted: str, empty: dict[str, tuple[str, str]]
) -> None:
    """What is left out because nobody understands it (`?`) says nothing of its recording."""
    put(tmp_path, "a.txt", "1\t2\ttowhee", "7\t8\twren")
    put(tmp_path, "b 2.txt", "5\t6\twren", "5\t6\tcrow")
    put(tmp_path, "owl.txt", "5\t6\t?")
    found = read(tmp_path, species=["towhee"], others="skip", rename={"?": None}, unlisted=unlisted)
    assert [one[0] for one in boxes(found)] == ["a"]
    assert empties(found) == empty
    listing = train_recordings(found.annotations, unlisted=unlisted, reviewed=found.reviewed)  # type: ignore[arg-type]
    assert listing["recording_id"].tolist() == ["a", *empty]


# Which recording is meant.


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a", ["a"]),
        ("a.WAV", ["a"]),
        ("/media/card/a.flac", ["a"]),
        ("owl.wav", ["plot 4__owl"]),
        ("card\\plot 4\\20240501_060000.wav", ["plot 4__20240501_060000"]),
        ("plot 3__20240501_060000", ["plot 3__20240501_060000"]),
        ("20240501_060000.WAV", ["plot 3__20240501_060000", "plot 4__20240501_060000"]),
        ("E:\\2024\\PLOT 4\\20240501_060000.wav", ["plot 4__20240501_060000"]),
        ("plot 3/owl.wav", ["plot 3__owl"]),  # that folder is known, and has no such recording
        ("/media/plot 3/owl.wav", ["plot 3__owl"]),
        ("plot 9/plot 4/owl.wav", ["plot 4__owl"]),
        ("0d93a737-b_2.wav", ["b 2"]),
        ("strange.name.wav", ["strange.name"]),
        ("plot 9/strange.wav", ["plot 9__strange"]),
        ("D:\\card\\strange.wav", ["strange"]),
    ],
)
def test_a_name_means_the_recording_whose_path_ends_like_it(name: str, found: list[str]) -> None:
    meant = Names(IDS).find(name)
    assert list(meant.candidates or [meant.recording_id]) == found
    assert meant.elsewhere == ""


@pytest.mark.parametrize("name", ["plot 9/owl.wav", "D:\\card\\owl.wav", "plot 4/raven/owl.Table.1", "/owls/owl.flac"])
def test_a_folder_that_contradicts_keeps_a_name_from_deciding(name: str) -> None:
    meant = Names(IDS).find(Names(IDS).of_table(f"{name}.selections.txt"))
    assert meant.candidates == ("plot 4__owl",)
    assert meant.elsewhere == {"p": name.rsplit("/", 1)[0], "D": "card", "/": "owls"}[name[0]]


def test_fewer_folders_than_there_are_contradict_nothing() -> None:
    names = Names(["plot 3__20240501__a", "plot 3__20240502__b", "plot 4__20240502__b", "c", "plot 4__c"])
    assert names.find("plot 3/a.wav").recording_id == "plot 3__20240501__a"
    assert names.find("20240502/b.wav").candidates == ("plot 3__20240502__b", "plot 4__20240502__b")
    assert names.find("plot 4/b.wav").recording_id == "plot 4__20240502__b"
    assert names.find("c.wav").recording_id == "c"
    assert names.find("c.wav", "plot 4").recording_id == "plot 4__c"
    assert names.find("c.wav", "anna").recording_id == "c"
    assert names.find("a.wav", "anna").elsewhere == "anna"


PATHS = st.lists(st.sampled_from(["a", "b", "A", "c d"]), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(ids=st.lists(PATHS, min_size=1, max_size=6), name=PATHS)
def test_a_clear_name_shares_its_last_folder_with_its_recording(ids: list[list[str]], name: list[str]) -> None:
    names = Names("__".join(path) for path in ids)
    found = names.find("/".join(name) + ".wav")
    if found.candidates or found.recording_id not in names.ids:
        return
    *folders, stem = found.recording_id.casefold().split("__")
    *named, file = "/".join(name).casefold().split("/")
    assert stem == file
    if named and folders:
        assert named[-1] in folders
        assert named[-len(folders) :] == folders or len(folders) > len(named)


def test_an_ambiguous_name_is_an_error_with_the_candidates(tmp_path: Path) -> None:
    put(tmp_path, "20240501_060000.txt", "1\t2\towl")
    with pytest.raises(
        CanopyError, match="may be the recording plot 3__20240501_060000 or plot 4__20240501_060000; name its folder"
    ):
        read(tmp_path)
    put(tmp_path / "in", "plot 4/20240501_060000.txt", "1\t2\towl")
    assert boxes(read(tmp_path / "in"))[0][0] == "plot 4__20240501_060000"


def test_marks_never_go_to_the_recording_of_another_site(tmp_path: Path) -> None:
    ids = ["site1__20240501_060000", "site3__20240501_070000"]
    for lines in ([RAVEN], [RAVEN, "1\tSpectrogram 1\t1\t1\t2\t3\t4\towl"]):
        put(tmp_path / "in", "site2/20240501_060000.Table.1.selections.txt", *lines)
        with pytest.raises(
            CanopyError,
            match=r"site2/20240501_060000\.Table\.1\.selections\.txt, line \d: 'site2/20240501_060000' is in the folder"
            r" 'site2', but no recordings are; the recording site1__20240501_060000 has the same name; add the",
        ):
            read(tmp_path / "in", ids)
    put(tmp_path / "in", "site3/20240501_060000.Table.1.selections.txt", RAVEN)  # that card has no such recording
    found = read(tmp_path / "in", [*ids, "site2__20240501_060000"])
    assert set(found.named) == {"site2__20240501_060000", "site3__20240501_060000"}


def test_a_table_named_after_its_recording_tells_what_paths_of_another_computer_do_not(tmp_path: Path) -> None:
    header, row = "Begin Time (s)\tEnd Time (s)\tBegin Path\tSpecies", "1\t2\tD:\\work\\20240501_060000.WAV\towl"
    put(tmp_path / "a", "plot 4/20240501_060000.Table.1.selections.txt", header, row)
    assert boxes(read(tmp_path / "a"))[0][0] == "plot 4__20240501_060000"
    put(tmp_path / "b", "plot 4/all.txt", f"{header}\tFile Offset (s)", f"{row}\t1")
    with pytest.raises(CanopyError, match=r"is in the folder 'work', but no recordings are"):
        read(tmp_path / "b")
    put(tmp_path / "c", "plot 4/20240501_060000.txt", header, row.replace("work", "plot 3"))
    with pytest.raises(
        CanopyError, match="may be the recording plot 4__20240501_060000 or plot 3__20240501_060000; name its folder"
    ):
        read(tmp_path / "c")
    put(tmp_path / "d", "plot 4/all.csv", "filename,label", "20240501_060000.WAV,owl")
    assert boxes(read(tmp_path / "d"))[0][0] == "plot 4__20240501_060000"


# What is wrong.

BAD: list[tuple[str, str, list[str], str]] = [
    (
        "raven",
        "a.txt",
        [RAVEN, "1\tSpectrogram 1\t1\t1,5\t2.5\t3\t4\towl"],
        r"a\.txt, line 2: Begin Time \(s\) is '1,5', not a number; write the decimal comma as a point: 1\.5\Z",
    ),
    (
        "raven",
        "a.txt",
        [RAVEN, "1\tSpectrogram 1\t1\t1\t2\t300\t1,500\towl"],
        r"High Freq \(Hz\) is '1,500', not a number; write 1\.500 or 1500: the comma may mean either\Z",
    ),
    (
        "raven",
        "a.txt",
        [RAVEN, "1\tSpectrogram 1\t1\t2\t2\t3\t4\towl"],
        r"line 2: it begins and ends at 2 s: a sound needs",
    ),
    (
        "raven",
        "a.txt",
        [RAVEN, "1\tSpectrogram 1\t1\t2\t1\t3\t4\towl"],
        r"its end \(1 s\) must lie after its beginning",
    ),
    ("raven", "a.txt", [RAVEN, "1\tSpectrogram 1\t1\t1\t2\t3\t3\towl"], r"upper frequency \(3 Hz\) must lie above"),
    ("raven", "a.txt", [RAVEN, "1\tSpectrogram 1\t1\t1\t2\t-3\t3\towl"], r"its lower frequency is -3 Hz"),
    ("raven", "a.txt", [RAVEN, "1\tSpectrogram 1\t1\t1\t2\t3\t4\t"], r"line 2: it names no species"),
    ("raven", "a.txt", [RAVEN, "1\tSpectrogram 1\t1\t1\t2\t3\t4\ta;b"], r"'a;b' cannot name a species"),
    ("raven", "a.txt", [RAVEN, "1\tSpectrogram 1\t1\t1\t2"], r"line 2: 5 cells where the header has 8"),
    (
        "raven",
        "a.txt",
        ["Selection\tView"],
        r"has no column that tells the beginning .* and none that tells the end .*: it has Selection, View",
    ),
    ("audacity", "a.txt", ["1,5\t2.5\towl"], r"a\.txt, line 1: the beginning is '1,5', not a number; .*a point: 1\.5"),
    ("audacity", "a.txt", ["1.5\t1.5\towl"], r"line 1: it begins and ends at 1\.5 s: a sound needs a length"),
    ("audacity", "a.txt", ["1.5\t2.5"], r"line 1: it names no species"),
    (
        "audacity",
        "a.txt",
        ["1.5\t2.5\towl", "\\\t1", "\\\t1\t2"],
        r"line 2: a line of frequencies must follow its label",
    ),
    ("audacity", "a.txt", ["1.5 2.5 owl"], r"line 1: a label needs its beginning, its end and its name, between tabs"),
    (
        "csv",
        "m.csv",
        ["recordin;notes", "a;owl"],
        r"m\.csv: the column 'recordin' looks like a file, and Canopy does not know that name; did you mean 'recording'"
        r"\? Say what it tells with `annotations: {columns: {recordin: recording_id}}` .*aside with `{recordin: null}`",
    ),
    (
        "csv",
        "m.csv",
        ["where,notes", "a,owl"],
        r"has no column that names the recording \(such as recording_id or filename\) and none that names the species "
        r"\(such as species or label\): it has where, notes; say which one does with",
    ),
    ("csv", "m.csv", ["file,label,start,end", 'a,owl,"1,5",2'], r"m\.csv, line 2: start is '1,5', .* point: 1\.5"),
    (
        "csv",
        "m.csv",
        ["file,label,start,end", "a,owl,1,"],
        r"line 2: it has a beginning or an end alone; give both, or neither",
    ),
    (
        "csv",
        "m.csv",
        ["file,label,start,end,polarity", "a,owl,1,2,maybe"],
        r"polarity is 'maybe': it must be 1 \(present\)",
    ),
    ("csv", "m.csv", ["file,label,start,end", "a,owl,1"], r"line 2: 3 cells where the header has 4"),
    (
        "birdclef",
        "t.csv",
        ["filename,primary_label,secondary_labels", "a,owl,\"['b', 3]\""],
        r"not a list such as \['a', ",
    ),
    (
        "birdclef",
        "t.csv",
        ["filename,notes", "a,owl"],
        r"has no column that names the species \(such as species or label",
    ),
    ("esc50", "t.csv", ["filename,fold", "a,1"], r"has no column that names the species"),
    ("label_studio", "t.json", ["[{]"], r"t\.json is not JSON .*: export it from Label Studio again"),
    ("label_studio", "t.json", ['{"a": 1}'], r"is no list of tasks"),
    (
        "label_studio",
        "t.json",
        ['[{"data": {"text": "b"}, "annotations": [{"result": []}]}]'],
        r"t\.json, task 1: names no au",
    ),
    (
        "rfcx",
        "tp.csv",
        ["recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max", "a,1,1,2,3,1,4"],
        r"line 2: t_max",
    ),
]


@pytest.mark.parametrize(("kind", "name", "lines", "message"), BAD)
def test_what_is_wrong_is_named_by_file_and_line(
    kind: str, name: str, lines: list[str], message: str, tmp_path: Path
) -> None:
    path = put(tmp_path, name, *lines)
    with pytest.raises(CanopyError, match=message):
        read(path, format=kind)


def test_all_files_are_read_before_what_is_wrong_is_told(tmp_path: Path) -> None:
    for name in ("a", "b 2"):
        put(tmp_path, f"{name}.txt", "3.0\t2.0\towl")
    with pytest.raises(CanopyError, match=r"2 rows cannot be used(.|\n)*a\.txt, line 1(.|\n)*b 2\.txt, line 1"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", "1.0\t2.0\tb\xfbho".encode("latin-1"), r"a\.txt, line 1, is not UTF-8 .*save the table as UTF-8"),
        ("a.txt", "1.0\t2.0\towl".encode("utf-16"), r"a\.txt, line 1, is not UTF-8"),
        (
            "notes.txt",
            b"heard many owls\n",
            r"notes\.txt is of no format that is known: it begins with 'heard many owls'",
        ),
        ("a.txt", b"", r"the files at .* mark no species"),
    ],
)
def test_a_file_that_is_no_table_is_named(name: str, data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CanopyError, match=message):
        read(tmp_path)


def test_a_mark_beyond_the_end_of_its_recording_is_named_by_its_line(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "1.0\t2.0\towl", "3.0\t4.25\towl", "9.0\t9.5\towl")
    recordings = pd.DataFrame(
        {
            "recording_id": ["a"],
            "path": "a.wav",
            "duration_s": 4.0,
            "sample_rate_hz": 8000,
            "channels": 1,
            "problem": "",
        }
    )
    with pytest.raises(CanopyError, match=r"a\.txt, line 3: the box begins at 9 s, but recording a lasts 4 s"):
        read(tmp_path, recordings=recordings)


def test_a_mark_above_the_band_of_its_recording_is_named_by_its_line(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "1.0\t2.0\towl", "\\\t5000.0\t-1.0")
    recordings = pd.DataFrame(
        {
            "recording_id": ["a"],
            "path": "a.wav",
            "duration_s": 4.0,
            "sample_rate_hz": 8000,
            "channels": 1,
            "problem": "",
        }
    )
    with pytest.raises(
        CanopyError, match=r"a\.txt, line 1: its lower frequency is 5000 Hz, but the recording's band ends"
    ):
        read(tmp_path, recordings=recordings)


def test_annotations_that_are_not_there_say_where_they_should_be(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"there are no annotations at .*none: put annotation files there"):
        annotation_files(tmp_path / "none")
    (tmp_path / ".hidden").mkdir()
    put(tmp_path, ".hidden/a.txt", "1\t2\towl")
    with pytest.raises(CanopyError, match=r"holds no annotation files \(.txt, .csv, .tsv, .json, .xlsx, "):
        annotation_files(tmp_path)


# Whatever a file holds, a user reads a message.

CELLS = st.sampled_from(
    [
        "",
        "a",
        "b 2",
        "owl",
        "1",
        "2.5",
        "-1",
        "1e999",
        "nan",
        "1,5",
        "\\",
        "[",
        "['a'",
        "Begin Time (s)",
        "\u2028",
        '"',
        "0x1",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["a.wav", "owl", "2024", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "audio", "annotations", "result", "value", "labels", "choices", "start", "end", "updated_at"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def survives(path: Path, kind: str) -> None:
    try:
        found = read(path, format=kind)
    except CanopyError:
        return
    assert (found.annotations["offset_s"] > found.annotations["onset_s"]).all()
    assert not (found.annotations["high_hz"] <= found.annotations["low_hz"]).any()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([*BY_NAME, "auto"]),
    of=st.sampled_from(list(SMALL)),
    rows=st.lists(st.lists(CELLS, max_size=9)),
)
def test_no_table_ends_in_a_traceback(kind: str, of: str, rows: list[list[str]], tmp_path: Path) -> None:
    name, lines = SMALL[of]
    mark = "\t" if of in ("raven", "audacity") else ","
    survives(put(tmp_path, name, *lines, *(mark.join(row) for row in rows)), kind)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tasks=st.lists(
        st.dictionaries(st.sampled_from(["data", "annotations", "audio", "annotator", "label"]), JSON), max_size=3
    )
)
def test_no_json_ends_in_a_traceback(tasks: list[dict[str, Any]], tmp_path: Path) -> None:
    survives(put(tmp_path, "export.json", json.dumps(tasks)), "label_studio")
