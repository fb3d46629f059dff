"""What recordings' names tell, and columns that folds may be grouped by."""

from pathlib import Path

import pytest

from canopy.data.recordings.columns import read_column, read_columns
from canopy.data.recordings.folder import scan
from canopy.data.recordings.ids import recording_id
from canopy.data.recordings.names import read_names
from canopy.runtime.errors import CanopyError


@pytest.mark.parametrize(
    ("name", "site", "time"),
    [
        ("20240501_060000", "", "2024-05-01T06:00:00"),  # AudioMoth
        ("plot 3__20240501_060000", "plot 3", "2024-05-01T06:00:00"),  # in a folder
        ("a__b__20240501_060000", "a__b", "2024-05-01T06:00:00"),
        ("24F319015E4A9AC5_20240501_060000", "24F319015E4A9AC5", "2024-05-01T06:00:00"),
        ("20240501_060000T", "", "2024-05-01T06:00:00"),  # triggered
        ("5EB27B80", "", "2020-05-06T08:55:28"),  # AudioMoth's first firmware
        ("plot__5EB27B80", "plot", "2020-05-06T08:55:28"),
        ("SMA00380_20200501_071720", "SMA00380", "2020-05-01T07:17:20"),  # Song Meter Mini
        ("SM3-NORTH_0+1_20200501_071720", "SM3-NORTH", "2020-05-01T07:17:20"),  # SM3 with its channels
        ("SITE_20200501$071720", "SITE", "2020-05-01T07:17:20"),  # SM2
        ("S4A01234_20240501_235959_0005", "S4A01234", "2024-05-01T23:59:59"),
        ("año_20240501-0600", "año", "2024-05-01T06:00:00"),
        ("SITE_20241399_060000", "SITE", ""),  # no such day: the clock was wrong, the site is not
        ("plot 3__20240501__20240501_060000", "plot 3", "2024-05-01T06:00:00"),  # AudioMoth's daily folders
        ("20240501__20240501_060000", "", "2024-05-01T06:00:00"),
        ("20240501__plot 3__20240501_060000", "plot 3", "2024-05-01T06:00:00"),
        ("plot 3__2024-05-01__24F319015E4A9AC5_20240501_060000", "plot 3__24F319015E4A9AC5", "2024-05-01T06:00:00"),
        ("A__2024__05__01__20240501_060000", "A", "2024-05-01T06:00:00"),
        ("A__2024__plot 05__20240501_060000", "A__plot 05", "2024-05-01T06:00:00"),
        ("A__01.05.2024__B__5EB27B80", "A__B", "2020-05-06T08:55:28"),
        ("A__20240501-20240507__20240501_060000", "A", "2024-05-01T06:00:00"),
        ("A__20241399__20240501_060000", "A__20241399", "2024-05-01T06:00:00"),  # no date
        ("1-100032-A", "", ""),
        ("r000123", "", ""),
    ],
)
def test_recorders_tell_site_and_time_in_the_name(name: str, site: str, time: str) -> None:
    assert read_names([name]).to_numpy().tolist() == [[site, time]]


def test_days_of_one_site_share_a_fold_when_folds_are_grouped_by_site() -> None:
    ids = [f"{site}__202405{day:02d}__202405{day:02d}_060000" for site in "AB" for day in range(1, 8)]
    sites = read_column("no table", "site", ids)
    assert {one: set(sites[sites == one].index.str[0]) for one in set(sites)} == {"A": {"A"}, "B": {"B"}}


def test_a_pattern_of_ones_own_names_columns() -> None:
    found = read_names(
        ["N3-owl-20240501.0600", "other"], r"(?P<site>\w)(?P<plot>\d)-.*-(?P<date>\d{8})\.(?P<clock>\d{4})"
    )
    assert found.T.to_dict()["N3-owl-20240501.0600"] == {"site": "N", "time": "2024-05-01T06:00:00", "plot": "3"}
    assert set(found.T.to_dict()["other"].values()) == {""}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(?P<site>", r"config: file_names: '\(\?P<site>' is no regular expression"),
        ("[a-z]+", r"names no group: write the site as \(\?P<site>"),
        (r"(?P<site>\d+)", r"matches none of the recordings \(a, b\): it must match a whole id"),
    ],
)
def test_a_pattern_that_tells_nothing_is_an_error(pattern: str, message: str) -> None:
    with pytest.raises(CanopyError, match=message):
        read_names(["a", "b"], pattern)


def test_a_column_comes_from_the_table_or_else_from_the_names(tmp_path: Path) -> None:
    table, ids = tmp_path / "recordings.csv", ["N_20240501_060000", "S_20240501_060000"]
    assert read_column(table, "site", ids).tolist() == ["N", "S"]
    table.write_text("filename,biome\nN_20240501_060000.wav,bog\nS_20240501_060000.wav,fen\n")
    assert read_column(table, "biome", ids).tolist() == ["bog", "fen"]
    assert read_column(table, "site", ids).tolist() == ["N", "S"]
    assert read_column(table, "half", ids, file_names="(?P<half>.).*").tolist() == ["N", "S"]
    table.write_text("recording_id,site\nN_20240501_060000,hill\nS_20240501_060000,\n")
    with pytest.raises(CanopyError, match=r"recordings\.csv gives 1 recordings no site: S_20240501_060000; fill"):
        read_column(table, "site", ids)


def test_a_column_that_nothing_tells_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        CanopyError, match=r"there is no table .*none\.csv, and the recordings' names tell no site: hand in"
    ):
        read_column(tmp_path / "none.csv", "site", ["a", "b"])
    table = tmp_path / "t.csv"
    table.write_text("recording_id,biome\na,bog\n")
    with pytest.raises(CanopyError, match=r"t\.csv has no column 'site': it has biome; name one of these"):
        read_column(table, "site", ["a"])
    table.write_text("name,biome\na,bog\n")
    with pytest.raises(CanopyError, match=r"t\.csv has no column recording_id or filename: it has name, biome"):
        read_columns(table)


def test_recordings_in_folders_are_named_with_their_folder(tmp_path: Path) -> None:
    for name in (
        "z.wav",
        "plot 3/20240501_060000.WAV",
        "plot 3/deep/a.flac",
        ".hidden/b.wav",
        "plot 3/._a.wav",
        "n.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "again").symlink_to(tmp_path / "plot 3")
    (tmp_path / "plot 3" / "loop").symlink_to(tmp_path)
    assert scan(tmp_path)["recording_id"].tolist() == ["z"]
    found = scan(tmp_path, below=True)
    assert found["recording_id"].tolist() == ["plot 3__20240501_060000", "plot 3__deep__a", "z"]
    assert found["path"].tolist() == [
        str(tmp_path / name) for name in ("plot 3/20240501_060000.WAV", "plot 3/deep/a.flac", "z.wav")
    ]
    assert recording_id("plot 3/deep/a.flac") == "plot 3__deep__a"
