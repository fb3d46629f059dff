"""Detections cut out, judged by a person, and come back as annotations."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from canopy.data.annotations.folder import read_folder
from canopy.data.annotations.reviewed import train_recordings
from canopy.detections.review.clips import cut
from canopy.detections.review.names import clip_name
from canopy.detections.review.table import COLUMNS, ReviewTable
from canopy.detections.review.verdicts import Verdict, verdict_of
from canopy.runtime.arrays import write_frames
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow" / "scripts"))
import cut_review


def detections(n: int, species: str = "owl", folder: Path = Path("x")) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording_id": [f"r{number % 3}" for number in range(n)],
            "path": [str(folder / f"r{number % 3}.flac") for number in range(n)],
            "species": species,
            "onset_s": [1.0 + number for number in range(n)],
            "offset_s": [1.5 + number for number in range(n)],
            "low_hz": 500.0,
            "high_hz": 900.0,
            "score": 1.0,
            "probability": np.linspace(0.5, 0.99, n),
            "threshold": 0.5,
        }
    )


# How they are cut.


@pytest.mark.parametrize(("channels", "subtype"), [(1, "PCM_16"), (2, "PCM_16"), (1, "PCM_24")])
def test_a_clip_holds_the_recordings_own_samples(tmp_path: Path, channels: int, subtype: str) -> None:
    samples = np.random.default_rng(1).integers(-30000, 30000, (5 * 22050, channels), dtype=np.int16)
    sf.write(tmp_path / "é r.wav", samples, 22050, subtype=subtype)
    clip = tmp_path / clip_name(7, "Ö/wl", "é r", 2.0)
    assert clip.name == "0007_é r_2.0s.flac"
    assert cut(tmp_path / "é r.wav", clip, 2.0, 2.5, context_s=1.0) == (1.0, 1.5)
    found, rate = sf.read(clip, dtype="int16", always_2d=True)
    assert rate == 22050
    np.testing.assert_array_equal(found, samples[22050 : round(3.5 * 22050)])
    assert cut(tmp_path / "é r.wav", clip, 0.25, 5.0, context_s=1.0) == (0.25, 5.0)
    assert len(sf.read(clip)[0]) == 5 * 22050


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.wav", "FLOAT"),
        ("a.wav", "DOUBLE"),
        ("a.au", "FLOAT"),
        ("a.au", "PCM_24"),
        ("a.au", "ULAW"),
        ("a.caf", "DOUBLE"),
    ],
)
def test_a_clip_of_a_format_with_a_floating_point_is_heard(tmp_path: Path, name: str, subtype: str) -> None:
    samples = 0.3 * np.random.default_rng(1).standard_normal((3 * 8000, 2)).clip(-3, 3)
    sf.write(tmp_path / name, samples, 8000, subtype=subtype)
    cut(tmp_path / name, tmp_path / "clip.flac", 1.0, 1.5, context_s=0.5)
    found = sf.read(tmp_path / "clip.flac", always_2d=True)[0]
    np.testing.assert_allclose(found, sf.read(tmp_path / name, always_2d=True)[0][4000:16000], atol=2**-15)


def test_a_clip_beyond_full_scale_is_made_quieter_and_not_clipped(tmp_path: Path) -> None:
    loud = 20000 * np.sin(np.arange(8000) / 5)
    loud[10] = np.nan
    sf.write(tmp_path / "a.wav", loud, 8000, subtype="FLOAT")
    cut(tmp_path / "a.wav", tmp_path / "clip.flac", 0.0, 1.0, context_s=0.0)
    found = sf.read(tmp_path / "clip.flac")[0]
    loud[10] = 0
    np.testing.assert_allclose(found, loud / np.abs(loud).max(), atol=1e-5)


@pytest.mark.parametrize(
    ("channels", "rate_hz", "expected"), [(9, 8000, (1, 8000)), (1, 800_000, (1, 400_000)), (1, 250_003, (1, 250_000))]
)
def test_a_clip_has_what_flac_cannot_hold_mixed_or_divided(
    tmp_path: Path, channels: int, rate_hz: int, expected: tuple[int, int]
) -> None:
    one = 0.2 * np.sin(np.arange(rate_hz) * 2 * np.pi * 1000 / rate_hz)
    sf.write(tmp_path / "a.wav", np.tile(one[:, None], (1, channels)), rate_hz)
    assert cut(tmp_path / "a.wav", tmp_path / "clip.flac", 0.25, 0.5, context_s=0.25) == (0.25, 0.5)
    with sf.SoundFile(tmp_path / "clip.flac") as clip:
        assert (clip.channels, clip.samplerate) == expected
        found = clip.read()
    assert len(found) == pytest.approx(0.75 * expected[1], abs=2)
    assert np.abs(np.fft.rfft(found)).argmax() == pytest.approx(750, abs=1)


# The way back.


SETTINGS = {
    "top": 3,
    "uncertain": 3,
    "diverse": 0,
    "stratified": 0,
    "random": 3,
    "windows": 0,
    "budget": None,
    "seed": 1,
}


def offer(
    folder: Path,
    found: pd.DataFrame,
    *,
    audio: dict[str, str] | None = None,
    verdicts: Path | None = None,
    vectors: Sequence[Path] = (),
    **changes: float | None,
) -> Path:
    """Offer detections for review, and return the table to fill in; `audio` names each recording's samples."""
    write_table(found, folder / "detections.csv")
    ids = sorted(set(found["recording_id"]))
    prints = [(audio or {}).get(one, one) for one in ids]
    write_table(pd.DataFrame({"recording_id": ids, "path": ids, "audio": prints}), folder / "found.csv")
    paths = {"reviews": str(folder / "reviews" / "new-1"), "verdicts": str(verdicts) if verdicts else None}
    cut_review.main(
        [
            *("--settings", json.dumps({**SETTINGS, "context_s": 0.5, **changes})),
            *("--detections", str(folder / "detections.csv"), "--found", str(folder / "found.csv")),
            *("--paths", json.dumps(paths), "--vectors", *map(str, vectors)),
            *("--offered", str(folder / "offered.csv")),
        ]
    )
    return folder / "reviews" / "new-1" / "review-new-1.csv"


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """Return a folder of three recordings."""
    (tmp_path / "train").mkdir()
    for number in range(3):
        sf.write(tmp_path / "train" / f"r{number}.flac", np.zeros(16000 * 20), 16000)
    return tmp_path / "train"


@pytest.fixture
def reviewed(train: Path, tmp_path: Path) -> pd.DataFrame:
    """Return the table to fill in, of three recordings in `train/`."""
    return pd.read_csv(offer(tmp_path, detections(9, folder=train)), keep_default_na=False)


def back(folder: Path, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    place = folder / "annotations"
    place.mkdir(exist_ok=True)
    table.to_csv(place / "review.csv", index=False)
    found = read_folder({"annotation_files": str(place)}, ["r0", "r1", "r2"])
    return found.annotations, train_recordings(found.annotations, unlisted="absent", reviewed=found.reviewed)


def test_the_table_has_a_row_and_a_clip_for_each_detection(reviewed: pd.DataFrame, tmp_path: Path) -> None:
    assert reviewed.columns.tolist() == list(COLUMNS)
    assert (reviewed["verdict"] == "").all()
    clips = tmp_path / "reviews" / "new-1" / "clips"
    assert all((clips / clip).is_file() for clip in reviewed["clip"])
    assert (reviewed["clip_onset_s"] == 0.5).all()
    assert len(list(clips.rglob("*.flac"))) == len(reviewed) == 9


# A person's table is added to, and nothing in it changes.


def fill_in(path: Path, verdicts: list[str], change: Callable[[str], str] = lambda text: text) -> bytes:
    """Fill in the first verdicts, let a program change the text, and return what the file holds then."""
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    table.loc[: len(verdicts) - 1, "verdict"] = verdicts
    path.write_bytes(change(table.to_csv(index=False)).encode("utf-8"))
    return path.read_bytes()


def test_new_detections_are_added_and_verdicts_stay(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    before = fill_in(path, ["yes", "no", "yes"])
    for context_s in (0.5, 0.7):  # another setting, another model's detections
        again = detections(9, folder=train).assign(onset_s=lambda rows: rows["onset_s"] + 0.1, probability=0.9)
        assert offer(tmp_path, again, context_s=context_s) == path
        assert path.read_bytes() == before
        assert len(pd.read_csv(tmp_path / "offered.csv")) == 0
    offer(tmp_path, detections(12, folder=train))
    assert path.read_bytes().startswith(before)
    rows = pd.read_csv(path, keep_default_na=False)
    assert len(rows) == 12
    assert rows["verdict"].tolist() == ["yes", "no", "yes", *[""] * 9]
    assert rows["clip"].is_unique
    assert [Path(clip).name[:4] for clip in rows["clip"]] == [f"{number:04d}" for number in range(1, 13)]


def test_a_corrected_row_is_not_offered_again(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    table.assign(verdict="yes", species="wren").to_csv(path, index=False)
    before = path.read_bytes()
    offer(tmp_path, detections(9, folder=train))
    assert path.read_bytes() == before


def test_what_a_spreadsheet_made_of_the_table_is_added_to_in_its_own_form(train: Path, tmp_path: Path) -> None:
    def european(text: str) -> str:
        lines = [line.replace(",", ";").replace("0.5", "0,5") for line in text.splitlines()]
        return "\ufeff" + "\r\n".join(line + ";mine" for line in lines)

    path = offer(tmp_path, detections(9, folder=train))
    before = fill_in(path, ["yes"] * 9, european)
    offer(tmp_path, detections(10, folder=train))
    assert path.read_bytes().startswith(before + b"\r\n")
    added = path.read_bytes()[len(before) :].decode().strip()
    assert added.startswith("owl/0010_r0_10.0s.flac;owl;;;top;0.99;")
    assert added.endswith(";10.0;10.5;500.0;900.0;owl;9.5;2;1.0;1;;;")


def test_a_table_that_cannot_be_added_to_is_left_alone(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    path.write_text("verdict,remark\nyes,mine\n")
    with pytest.raises(CanopyError, match=r"review-new-1.csv has no column clip, species, recording_id, .*: restore"):
        offer(tmp_path, detections(9, folder=train))
    assert path.read_text() == "verdict,remark\nyes,mine\n"


@pytest.mark.parametrize("species", ["..", ".", "a/../b", "x" * 300, "ы" * 200])
def test_a_clips_path_stays_in_its_folder_and_fits_a_file_system(species: str) -> None:
    folder, name = clip_name(1, species, "папка " * 60, 1.0).split("/")
    assert folder not in ("", ".", "..")
    assert max(len(folder.encode()), len(name.encode())) <= 225
    assert name.startswith("0001_папка")
    assert name.endswith("_1.0s.flac")


def test_verdicts_come_back_as_confirmed_and_refuted_boxes(reviewed: pd.DataFrame, tmp_path: Path) -> None:
    verdicts = ["yes", "No", "", "?", "Y", "absent", "1", "0", "unsure"]
    annotations, listing = back(tmp_path, reviewed.assign(verdict=verdicts))
    expected = reviewed.assign(polarity=[1, -1, 0, 0, 1, -1, 1, -1, 0]).query("polarity != 0")
    keys = ["recording_id", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"]
    found = annotations[keys].sort_values("onset_s", ignore_index=True)
    pd.testing.assert_frame_equal(found, expected[keys].sort_values("onset_s", ignore_index=True), check_dtype=False)
    assert set(annotations["species"]) == {"owl"}
    assert set(listing["reviewed"]) == {"none"}  # the rest of these recordings was not looked at


def test_a_completely_annotated_recording_stays_so_when_a_detection_in_it_is_judged(
    reviewed: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "more.csv").write_text("recording_id,species,onset_s,offset_s\nr1,wren,1,2\n")
    _, listing = back(tmp_path, reviewed.assign(verdict="yes"))
    assert dict(zip(listing["recording_id"], listing["reviewed"], strict=True)) == {
        "r0": "none",
        "r1": "all",
        "r2": "none",
    }


def test_a_verdict_that_is_none_is_told_with_its_line(reviewed: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"review.csv, line 2: verdict is 'perhaps': it must be yes or no"):
        back(tmp_path, reviewed.assign(verdict=["perhaps", *["yes"] * 8]))


def test_a_spreadsheets_line_ends_and_missing_frequencies_are_read(reviewed: pd.DataFrame, tmp_path: Path) -> None:
    table = reviewed.assign(verdict="yes", low_hz="", high_hz="").drop(columns=["clip", "remark", "why"])
    (tmp_path / "annotations").mkdir()
    text = "\ufeff" + table.to_csv(index=False, lineterminator="\r\n")
    (tmp_path / "annotations" / "review.csv").write_text(text, encoding="utf-8", newline="")
    found = read_folder({"annotation_files": str(tmp_path / "annotations")}, ["r0", "r1", "r2"]).annotations
    assert len(found) == 9
    assert found["low_hz"].isna().all()


# What is asked, and what is not asked again.


def test_a_copy_of_a_recording_is_not_asked_about(train: Path, tmp_path: Path) -> None:
    found = detections(9, folder=train)
    copied = found[found["recording_id"] == "r1"].assign(recording_id="r1 copy")
    path = offer(tmp_path, pd.concat([found, copied], ignore_index=True), audio={"r1 copy": "r1"}, top=30)
    assert set(pd.read_csv(path)["recording_id"]) == {"r0", "r1", "r2"}
    assert len(pd.read_csv(path)) == 9
    offer(tmp_path, copied.assign(recording_id="r0.5", path=str(train / "r1.flac")), audio={"r0.5": "r1", "r1": "r1"})
    assert len(pd.read_csv(path)) == 9 + 3  # r1 itself is gone, so that nobody knows what it was a copy of
    offer(tmp_path, pd.concat([found, copied], ignore_index=True), audio={"r1 copy": "r1"}, top=30)
    assert len(pd.read_csv(path)) == 9 + 3


def test_an_unsure_clip_is_not_asked_again_and_a_round_fills_up_what_was_judged(train: Path, tmp_path: Path) -> None:
    many = detections(18, folder=train)
    path = offer(tmp_path, many, top=4, uncertain=0, random=0)
    assert pd.read_csv(path)["onset_s"].tolist() == [18.0, 17.0, 16.0, 15.0]
    fill_in(path, ["yes", "unsure"])
    offer(tmp_path, many, top=4, uncertain=0, random=0)
    rows = pd.read_csv(path)
    assert rows["onset_s"].tolist() == [18.0, 17.0, 16.0, 15.0, 14.0, 13.0]
    assert rows["round"].tolist() == [1, 1, 1, 1, 2, 2]
    assert rows["of"].tolist() == [18, 18, 18, 18, 14, 14]


# The page's verdicts come back.


def said(clip: str, verdict: str, at: int = 1, **more: object) -> Verdict:
    return verdict_of(
        {"clip": clip, "verdict": verdict, "species": "owl", "decided": f"2026-01-02T03:04:{at:02d}.000Z", **more}
    )


def clips_of(path: Path) -> list[str]:
    return pd.read_csv(path)["clip"].tolist()


def test_a_verdict_of_the_page_is_written_into_its_row_and_all_else_stays(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    before = path.read_bytes().splitlines()
    clip = clips_of(path)[4]
    assert ReviewTable(path).decide([said(clip, "no", remark='a "cat", loud')]) == []
    after = path.read_bytes().splitlines()
    assert [number for number, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [5]
    row = pd.read_csv(path, keep_default_na=False).iloc[4]
    assert (row["clip"], row["verdict"], row["remark"]) == (clip, "no", 'a "cat", loud')


def test_the_newer_verdict_counts_whatever_the_order_they_come_in(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    clip = clips_of(path)[0]
    for batch in ([said(clip, "no", 5)], [said(clip, "yes", 3)], [said(clip, "unsure", 7), said(clip, "no", 6)]):
        ReviewTable(path).decide(batch)
    assert pd.read_csv(path, keep_default_na=False)["verdict"][0] == "unsure"
    ReviewTable(path).decide([said(clip, "", 8)])
    assert pd.read_csv(path, keep_default_na=False)["verdict"][0] == ""


def test_a_verdict_that_was_typed_stays_unless_the_page_had_shown_it(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    fill_in(path, ["Y"])
    clip = clips_of(path)[0]
    assert [one.verdict for one in ReviewTable(path).decide([said(clip, "no")])] == ["no"]
    assert pd.read_csv(path, keep_default_na=False)["verdict"][0] == "Y"
    assert ReviewTable(path).decide([said(clip, "no", before="Y")]) == []
    assert pd.read_csv(path, keep_default_na=False)["verdict"][0] == "no"


def test_a_moved_box_moves_the_row_and_where_to_listen(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    row = pd.read_csv(path).iloc[0]
    moved = {"onset_s": row["onset_s"] + 0.25, "offset_s": row["offset_s"], "low_hz": 600, "high_hz": 900}
    ReviewTable(path).decide([said(row["clip"], "yes", **moved)])
    found = pd.read_csv(path).iloc[0]
    assert (found["onset_s"], found["offset_s"]) == (row["onset_s"] + 0.25, row["offset_s"])
    assert (found["low_hz"], found["high_hz"]) == (600, 900)
    assert (found["clip_onset_s"], found["clip_offset_s"]) == (0.75, row["clip_offset_s"])
    assert found["clip_start_s"] == row["clip_start_s"]


def test_verdicts_go_into_a_table_of_semicolons_and_of_an_earlier_version(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(3, folder=train))
    old = pd.read_csv(path, dtype=str, keep_default_na=False)[list(COLUMNS[:14])]
    text = old.to_csv(index=False, sep=";").replace(".5", ",5")
    path.write_text("\ufeff" + text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    ReviewTable(path).decide([said(old["clip"][1], "yes", onset_s=1.75, offset_s=float(old["offset_s"][1]))])
    lines = path.read_bytes().decode("utf-8-sig").split("\r\n")
    assert lines[0].endswith(";high_hz;decided;asked")
    assert lines[1] == text.splitlines()[1] + ";;"
    assert ";1,75;" in lines[2]
    assert lines[2].endswith(";2026-01-02T03:04:01.000Z;owl")
    offer(tmp_path, detections(4, folder=train))
    rows = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
    assert rows["verdict"].tolist() == ["", "yes", "", ""]
    assert rows["chance"].tolist() == ["", "", "", "1.0"]


def test_a_workbook_in_the_tables_place_is_left_alone(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(3, folder=train))
    path.write_bytes(b"PK\x03\x04 a workbook")
    with pytest.raises(CanopyError, match=r"review-new-1.csv is a workbook: save it in its place as CSV"):
        offer(tmp_path, detections(4, folder=train))
    assert path.read_bytes() == b"PK\x03\x04 a workbook"


def test_verdicts_that_the_page_saved_are_taken_in_by_the_next_review(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    clips = clips_of(path)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    columns = "clip,verdict,species,remark,onset_s,offset_s,low_hz,high_hz,decided,before\n"
    first = f"{clips[0]},yes,owl,,,,,,2026-01-02T03:04:05.000Z,\n{clips[1]},no,owl,,,,,,2026-01-02T03:04:06.000Z,\n"
    (downloads / "verdicts-new-1-20260102T030405 (1).csv").write_text(columns + first)
    (downloads / "verdicts-other-20260102T030405.csv").write_text("of another review")
    (path.parent / "verdicts-new-1-20260102T030407.csv").write_text(
        f"{columns}{clips[1]},yes,wren,,,,,,2026-01-02T03:04:07.000Z,\n"
    )
    for _ in range(2):
        offer(tmp_path, detections(9, folder=train), verdicts=downloads)
        rows = pd.read_csv(path, keep_default_na=False)
        assert rows["verdict"].tolist() == ["yes", "yes", *[""] * 7]
        assert rows["species"].tolist()[:2] == ["owl", "wren"]
        assert rows["asked"].tolist() == ["owl"] * 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "perhaps"}, r"the verdict on c is 'perhaps': it must be yes, no, unsure or empty"),
        ({"clip": ""}, r"a verdict names no clip"),
        ({"decided": "yesterday"}, r"decided at 'yesterday', which is no moment"),
        ({"species": "a;b"}, r"'a;b' cannot name a species"),
        ({"onset_s": "nan"}, r"a verdict's onset_s is 'nan': it must be a number of 0 or more"),
        ({"onset_s": 3, "offset_s": 2}, r"a verdict's onset_s \(3\) must lie below its offset_s \(2\)"),
    ],
)
def test_what_is_no_verdict_is_refused(change: dict[str, object], message: str) -> None:
    told = {"clip": "c", "verdict": "yes", "species": "owl", "decided": "2026-01-02T03:04:05.000Z"}
    with pytest.raises(CanopyError, match=message):
        verdict_of({**told, **change})


def test_another_species_is_confirmed_and_the_one_asked_about_refuted(reviewed: pd.DataFrame, tmp_path: Path) -> None:
    table = reviewed.assign(verdict=["yes"] * 2 + [""] * 7, species=["wren", *["owl"] * 8])
    annotations, _ = back(tmp_path, table)
    found = {(row.species, row.polarity) for row in annotations[annotations["onset_s"] == 1.0 + 8].itertuples()}
    assert found == {("wren", 1), ("owl", -1)}
    assert len(annotations) == 3


def test_verdicts_count_where_they_lie_for_recordings_of_the_training_folder(train: Path, tmp_path: Path) -> None:
    path = offer(tmp_path, detections(9, folder=train))
    rows = pd.read_csv(path, dtype=str, keep_default_na=False).assign(verdict="yes")
    (tmp_path / "link").symlink_to(train)
    rows.loc[0, "path"] = str(tmp_path / "link" / Path(rows["path"][0]).name)
    rows.loc[1, "path"] = str(tmp_path / "elsewhere" / Path(rows["path"][1]).name)
    rows.loc[2, "path"] = f"{train}2/{Path(rows['path'][2]).name}"
    rows.loc[3, "remark"] = "of two\nlines"
    rows.loc[8, "verdict"] = "perhaps"
    rows.to_csv(path, index=False)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "own.csv").write_text("recording_id,species,onset_s,offset_s\nr0,wren,1,2\n")
    settings = {"annotation_files": str(tmp_path / "annotations"), "reviews": [str(path)], "audio": str(train)}
    with pytest.raises(CanopyError, match=r"review-new-1.csv, line 11: verdict is 'perhaps'"):
        read_folder(settings, ["r0", "r1", "r2"])
    path.write_text(path.read_text().replace("perhaps", "no"))
    found = read_folder(settings, ["r0", "r1", "r2"]).annotations
    assert found.groupby(["species", "polarity"]).size().to_dict() == {("owl", 1): 6, ("owl", -1): 1, ("wren", 1): 1}
    (tmp_path / "annotations" / "own.csv").unlink()
    for place in ("annotations", "nowhere"):  # a project may begin with verdicts alone
        settings["annotation_files"] = str(tmp_path / place)
        alone = read_folder(settings, ["r0", "r1", "r2"]).annotations
        assert alone.groupby(["species", "polarity"]).size().to_dict() == {("owl", 1): 6, ("owl", -1): 1}


# What clips sound like.


def test_diverse_clips_are_those_that_sound_least_alike(tmp_path: Path) -> None:
    sounds = np.eye(3, 4, dtype=np.float32)[[0, 0, 0, 0, 1, 0, 0, 2, 0, 0]]
    index = {"path": "r0.flac", "audio": "r0", "duration_s": 10.0, "copy_of": "", "problem": ""}
    times = {"first_s": 0.0, "hop_s": 1.0, "window_s": 1.0}
    write_frames([("r0", sounds)], tmp_path / "0.npy", n_bins=4, extra={**index, **times})
    sf.write(tmp_path / "r0.flac", np.zeros(16000 * 12), 16000)
    found = detections(10, folder=tmp_path).assign(recording_id="r0", path=str(tmp_path / "r0.flac"))
    found = found.assign(onset_s=np.arange(10) + 0.25, offset_s=np.arange(10) + 0.75)
    vectors = [tmp_path / "0.npy"]
    table = pd.read_csv(offer(tmp_path, found, vectors=vectors, top=0, uncertain=0, random=0, diverse=3))
    assert sorted(table["onset_s"]) == [0.25, 4.25, 7.25]
