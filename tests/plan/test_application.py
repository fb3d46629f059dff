"""Where the results of an application lie: folders of one name do not meet, and their names fit a file system."""

from pathlib import Path

import pytest

from canopy.config.loading import load
from canopy.plan.application import Application


def application(folder: str | Path) -> Application:
    return Application(load({"recordings": str(folder)}), "code")


def test_folders_of_one_name_do_not_meet_and_one_folder_has_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for card in ("cardA", "cardB"):
        (tmp_path / card / "DATA").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "cardA" / "DATA")
    monkeypatch.chdir(tmp_path)
    first, second = application("cardA/DATA"), application("cardB/DATA")
    assert first.name.startswith("DATA-")
    assert len({first.name, second.name}) == len({first.reviews, second.reviews}) == 2
    for spelling in ("./cardA/DATA/", tmp_path / "cardA" / "DATA", "link", "cardB/../cardA/DATA"):
        assert application(spelling).name == first.name


def test_a_moved_working_folder_keeps_the_names_of_what_lies_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for place in ("here", "there"):
        (tmp_path / place / "new").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / place)
        names.append((application("new").name, application(tmp_path / "elsewhere").name))
    assert names[0] == names[1]


@pytest.mark.parametrize("name", ["kept", "папка" * 25, "x" * 250, "recordings"])
def test_a_folders_name_never_meets_the_kept_scores_and_fits(name: str, tmp_path: Path) -> None:
    one = application(tmp_path / name)
    assert one.name != "kept"
    assert len(one.name.encode()) <= 225
    assert Path(one.kept).name == "kept"
