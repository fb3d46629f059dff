"""Reading RFCX's tables into canonical annotations, and what is made of them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import read_annotations as script
from canopy.data.annotations import schema
from canopy.data.annotations.classes import classes_of, configured_species, natural_sorted, species_of_class
from canopy.data.annotations.reviewed import read_train_recordings, train_recordings, training_rows
from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.annotations.table import COLUMNS, read_annotations
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table
from canopy.training.targets import read_rows

HEADER = "recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max"
TP = ["b,17,4,1.5,100.0,2.25,4000.0", "a,2,1,10.0,93.75,11.0,5000.0", "b,17,1,0.0,100.0,0.5,4000.0"]
FP = ["c,10,1,3.3333,200.0,4.0,900.5", "b,17,4,7.0,100.0,8.0,4000.0"]


def write(path: Path, rows: Sequence[str], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "train_tp.csv", TP), write(tmp_path / "train_fp.csv", FP)


def test_rfcx_rows_become_canonical_ones(tables: tuple[Path, Path]) -> None:
    expected = pd.DataFrame(
        [
            ("a", "s2", 1, 10.0, 11.0, 93.75, 5000.0, 1),
            ("b", "s17", 1, 0.0, 0.5, 100.0, 4000.0, 1),
            ("b", "s17", 4, 1.5, 2.25, 100.0, 4000.0, 1),
            ("b", "s17", 4, 7.0, 8.0, 100.0, 4000.0, -1),
            ("c", "s10", 1, 3.3333, 4.0, 200.0, 900.5, -1),
        ],
        columns=list(COLUMNS),
    ).astype({"polarity": "int8"})
    pd.testing.assert_frame_equal(read_rfcx(*tables), expected)


def test_the_order_of_rows_and_columns_changes_nothing(tables: tuple[Path, Path], tmp_path: Path) -> None:
    columns = HEADER.split(",")
    order = [3, 0, 6, 5, 4, 2, 1]
    rows = [",".join(row.split(",")[place] for place in order) + ",note" for row in reversed(TP)]
    shuffled = write(tmp_path / "other.csv", rows, ",".join(columns[place] for place in order) + ",remark")
    pd.testing.assert_frame_equal(read_rfcx(*tables), read_rfcx(shuffled, tables[1]))


@pytest.mark.parametrize("form", ["windows", "bom", "blank lines", "padded", "no last line end"])
def test_harmless_forms_of_a_table_read_the_same(tables: tuple[Path, Path], form: str) -> None:
    expected = read_rfcx(*tables)
    text = tables[0].read_text()
    data = {
        "windows": text.replace("\n", "\r\n").encode(),
        "bom": text.encode("utf-8-sig"),
        "blank lines": text.replace("\n", "\n\n").encode(),
        "padded": text.replace(",", " , ").encode(),
        "no last line end": text.rstrip().encode(),
    }[form]
    tables[0].write_bytes(data)
    pd.testing.assert_frame_equal(read_rfcx(*tables), expected)


def test_without_false_positives_all_rows_are_positive(tables: tuple[Path, Path]) -> None:
    assert set(read_rfcx(tables[0])["polarity"]) == {1}


def test_an_empty_table_beside_a_full_one_is_fine(tables: tuple[Path, Path]) -> None:
    write(tables[1], [])
    assert len(read_rfcx(*tables)) == len(TP)


def test_song_types_become_classes(tables: tuple[Path, Path]) -> None:
    rows = read_rfcx(*tables, classes="species_songtype")
    assert natural_sorted(rows["species"]) == ["s2_1", "s10_1", "s17_1", "s17_4"]


def test_a_box_slightly_over_the_end_is_cut_and_told(tables: tuple[Path, Path]) -> None:
    recordings = pd.DataFrame(
        {"recording_id": ["a", "b", "c"], "duration_s": [10.6, 60.0, 1.0], "problem": ["", "", "c.wav is truncated"]}
    )
    lines: list[str] = []
    rows = read_rfcx(*tables, recordings=recordings, report=lines.append)
    assert rows.loc[rows["recording_id"] == "a", "offset_s"].item() == 10.6
    assert rows.loc[rows["recording_id"] == "c", "offset_s"].item() == 4.0, "a bad recording says nothing of boxes"
    assert lines == [f"{tables[0]}: 1 boxes end up to 0.4 s after their recording and were cut (the first in line 3)"]


def test_natural_order_takes_numbers_as_numbers() -> None:
    names = [f"s{number}" for number in range(24)]
    assert natural_sorted(sorted(names)) == names
    assert natural_sorted(["s17_4", "s2", "s17_1", "owl", "s17"]) == ["owl", "s2", "s17", "s17_1", "s17_4"]
    assert natural_sorted(["a1", "a01", "1a", "a", "1a"]) == ["1a", "a", "a01", "a1"]


@pytest.mark.parametrize(
    ("name", "species", "owner"),
    [
        ("s17", ["s17"], "s17"),
        ("s17_4", ["s17"], "s17"),
        ("s17_4", ["s17", "s17_4"], "s17_4"),
        ("s17_4", ["s1"], ""),
        ("owl_2", ["owl_2", "owl"], "owl_2"),
        ("s1", ["s17"], ""),
    ],
)
def test_a_class_belongs_to_itself_or_to_the_species_before_its_song_type(
    name: str, species: list[str], owner: str
) -> None:
    assert species_of_class(name, species, "species_songtype") == owner
    assert species_of_class(name, species, "species") == (name if name in species else "")


def test_classes_come_from_the_annotations_unless_something_fixes_them(tables: tuple[Path, Path]) -> None:
    plain, songs = read_rfcx(*tables), read_rfcx(*tables, classes="species_songtype")
    assert classes_of(plain, None, "species") == ["s2", "s10", "s17"]
    assert classes_of(plain, ["s17", "s10", "s5", "s2"], "species") == ["s2", "s5", "s10", "s17"]
    assert classes_of(songs, ["s2", "s5", "s10", "s17"], "species_songtype") == [
        "s2_1",
        "s5",
        "s10_1",
        "s17_1",
        "s17_4",
    ]


def test_a_label_that_ends_in_a_number_is_a_species_of_its_own() -> None:
    rows = pd.DataFrame({"species": ["unknown_7", "owl"]})
    assert classes_of(rows, ["unknown", "owl", "unknown_7"], "species") == ["owl", "unknown", "unknown_7"]
    assert classes_of(rows, ["unknown", "owl", "unknown_7"], "species_songtype") == ["owl", "unknown", "unknown_7"]
    assert classes_of(rows, ["unknown", "owl"], "species_songtype") == ["owl", "unknown_7"]


def test_the_configs_species_go_before_the_samples() -> None:
    assert configured_species(["s10", "s2"], ["s0"]) == (["s2", "s10"], "`species` in the config")
    assert configured_species(None, ["s10", "s2"]) == (["s2", "s10"], "the sample submission")
    assert configured_species(None, None) == (None, "")


@pytest.mark.parametrize(("species", "found"), [([], "is empty"), (["s1", "s2", "s1"], "names s1 more than once")])
def test_a_list_of_species_is_neither_empty_nor_double(species: list[str], found: str) -> None:
    with pytest.raises(CanopyError, match=f"`species` {found}: list each species once"):
        configured_species(species, None)


@pytest.mark.parametrize(("unlisted", "reviewed"), [("unknown", "none"), ("absent", "all")])
def test_unlisted_says_what_was_reviewed(tables: tuple[Path, Path], unlisted: str, reviewed: str) -> None:
    listing = train_recordings(read_rfcx(*tables), unlisted=unlisted)  # type: ignore[arg-type]
    assert list(listing["recording_id"]) == ["a", "b", "c"]
    assert set(listing["reviewed"]) == {reviewed}
    assert set(listing["species"]) == {""}


def test_training_rows_are_those_of_the_other_folds_with_bare_recordings(
    tables: tuple[Path, Path], tmp_path: Path
) -> None:
    annotations = read_rfcx(*tables)
    listing = pd.DataFrame(
        {
            "recording_id": ["a", "b", "c", "d"],
            "reviewed": ["none", "all", "none", "some"],
            "species": ["", "", "", "s2"],
        }
    )
    folds = pd.DataFrame({"recording_id": ["a", "b", "c", "d"], "fold": [0, 1, 0, 1]})
    rows = training_rows(annotations, listing, folds, 0)
    assert list(rows.columns) == [*COLUMNS, "reviewed", "reviewed_species"]
    assert list(rows["recording_id"]) == ["b", "b", "b", "d"]
    assert list(rows["polarity"]) == [1, 1, -1, 0]
    assert list(rows["reviewed"]) == ["all", "all", "all", "some"]
    assert rows.iloc[3][["species", "songtype", "reviewed_species"]].tolist() == ["", -1, "s2"]
    assert rows.iloc[3][["onset_s", "offset_s", "low_hz", "high_hz"]].isna().all()
    write_table(rows, tmp_path / "fold0.csv")
    pd.testing.assert_frame_equal(read_rows([tmp_path / "fold0.csv"]), rows, check_dtype=False)


def test_training_rows_of_recordings_without_any_box(tables: tuple[Path, Path]) -> None:
    listing = pd.DataFrame({"recording_id": ["d", "e"], "reviewed": "all", "species": ""})
    folds = pd.DataFrame({"recording_id": ["d", "e"], "fold": [0, 1]})
    rows = training_rows(read_rfcx(*tables).head(0), listing, folds, 1)
    assert list(zip(rows["recording_id"], rows["polarity"], strict=True)) == [("d", 0)]


def test_training_rows_need_a_fold_for_every_recording(tables: tuple[Path, Path]) -> None:
    annotations = read_rfcx(*tables)
    folds = pd.DataFrame({"recording_id": ["a", "b"], "fold": [0, 1]})
    with pytest.raises(CanopyError, match="the folds leave out c: make the splits again"):
        training_rows(annotations, train_recordings(annotations), folds, 0)


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("recording_id", "../a", "recording_id is a path or empty"),
        ("species", "", "str_length"),
        ("onset_s", -1.0, "greater_than_or_equal_to"),
        ("offset_s", 0.0, "offset_s must be greater than onset_s"),
        ("high_hz", 1.0, "high_hz must be greater than low_hz"),
        ("polarity", 0, "isin"),
    ],
)
def test_schema_stops_what_a_reader_lets_through(
    tables: tuple[Path, Path], column: str, value: str | float, found: str
) -> None:
    rows = read_rfcx(*tables)
    schema.check_table(rows, schema.ANNOTATIONS)
    rows.loc[2, column] = value
    with pytest.raises(CanopyError, match=rf"values of the table of annotations cannot be right(.|\n)*{found}"):
        schema.check_table(rows, schema.ANNOTATIONS)


def test_schema_wants_species_listed_only_where_some_were_reviewed() -> None:
    listing = pd.DataFrame({"recording_id": ["a"], "reviewed": ["none"], "species": ["s1"]})
    with pytest.raises(CanopyError, match="species are listed where, and only where, reviewed is `some`"):
        schema.check_table(listing, schema.TRAIN_RECORDINGS)


def test_script_writes_three_tables_and_the_same_bytes_for_any_row_order(
    tables: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = write(tmp_path / "sample.csv", ["t,0,0,0,0"], "recording_id,s17,s2,s10,s3")
    settings = {
        "true_positives": str(tables[0]),
        "false_positives": str(tables[1]),
        "sample_submission": str(sample),
        "species": None,
        "classes": "species",
        "unlisted": "unknown",
    }
    written = []
    for run, rows in enumerate([TP, TP[::-1] + TP[:1]]):
        write(tables[0], rows)
        out = tmp_path / str(run)
        names = ["train.csv", "train_recordings.csv", "classes.csv"]
        options = zip(["--annotations", "--train-recordings", "--classes"], names, strict=True)
        script.main(
            ["--settings", json.dumps(settings)]
            + [part for option, name in options for part in (option, str(out / name))]
        )
        written.append([(out / name).read_bytes() for name in names])
    assert written[0] == written[1]
    assert written[0][2] == b"species\ns2\ns3\ns10\ns17\n"
    assert written[0][1] == b"recording_id,reviewed,species\na,none,\nb,none,\nc,none,\n"
    assert written[0][0].splitlines()[1] == b"a,s2,1,10.0,11.0,93.75,5000.0,1"
    pd.testing.assert_frame_equal(read_annotations(tmp_path / "0/train.csv"), read_rfcx(*tables))
    assert list(read_train_recordings(tmp_path / "0/train_recordings.csv")["species"]) == ["", "", ""]
    printed = capsys.readouterr().out
    assert "3 recordings with 3 confirmed and 2 refuted boxes of 4 classes" in printed
    assert "1 annotations stand more than once" in printed


@pytest.mark.realdata
def test_real_tables_have_their_known_traps(shared_data: Path) -> None:
    folder = shared_data / "rfcx"
    rows = read_rfcx(folder / "train_tp.csv", folder / "train_fp.csv")
    present, refuted = (set(rows.loc[rows["polarity"] == sign, "recording_id"]) for sign in (1, -1))
    assert (len(rows), len(present | refuted), len(present & refuted)) == (1216 + 7781, 4727, 363)
    signs = rows.groupby(["recording_id", "species"])["polarity"].nunique()
    assert (signs == 2).sum() == 6
    assert classes_of(rows, None, "species") == [f"s{number}" for number in range(24)]
    songs = rows.groupby("species")["songtype"].unique()
    assert list(songs["s16"]) == [4]
    assert sorted(songs["s17"]) == sorted(songs["s23"]) == [1, 4]
    source = pd.read_csv(folder / "train_tp.csv")
    assert rows.loc[rows["polarity"] == 1, "onset_s"].sum() == pytest.approx(source["t_min"].sum())
    assert np.isclose(rows.loc[rows["polarity"] == 1, "high_hz"].sum(), source["f_max"].sum())
