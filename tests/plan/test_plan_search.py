"""What Snakemake must know of a search: what hears, and what it looks for."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from canopy.config.loading import load
from canopy.package.manifest import Manifest, Member
from canopy.plan.application import Application
from canopy.plan.search import Search
from canopy.runtime.errors import CanopyError
from tiny_networks import told


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with a network, two examples and a recording."""
    monkeypatch.chdir(tmp_path)
    for name in ("bird.tflite", "frog.wav", "owl.wav", "new/night.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def search(**config: Any) -> Search:
    loaded = load({"recordings": "new", **config})
    return Search(loaded, Application(loaded, "code"))


def packed(found: Search, monkeypatch: pytest.MonkeyPatch) -> Search:
    """Give a search a package of two experiments, of which the second weighs more."""
    names = {"light": 0.2, "heavy": 0.8}
    members = tuple(Member(name, 1, weight, {"kind": "mel"}, {}) for name, weight in names.items())
    files = {path: f"{path} {n}" for n, one in enumerate(members) for path in one.networks()[0]}
    manifest = Manifest(("s0",), "species", members, {"threads": 1}, "0", files)
    monkeypatch.setitem(vars(found._application), "manifest", manifest)
    return found


EMBEDDING = {"features": {"mel": {}, "mel_fine": {}, "heard": told(model="./bird.tflite")}}


def test_an_embedding_hears_where_there_is_one_and_needs_no_package() -> None:
    found = search(**EMBEDDING, example="frog.wav")
    assert found.hearing == "features-heard"
    settings = found.settings()
    assert settings["features"]["model"] == "bird.tflite"
    assert settings["species"] == "frog"
    assert found.paths()["files"] == ["frog.wav"]
    assert found.paths()["located"] == {"model": "./bird.tflite"}
    found.check()


def test_settings_follow_what_is_in_files_and_not_where_they_lie(here: Path) -> None:
    before = search(**EMBEDDING, example="frog.wav:1-2").settings()
    shutil.copy(here / "frog.wav", here / "moved.wav")
    named = {"search": {"species": "frog"}}
    assert search(**EMBEDDING, **named, example="moved.wav:1-2").settings() == before
    for change in ("owl.wav:1-2", "frog.wav:1-3"):
        assert search(**EMBEDDING, **named, example=change).settings() != before
    several = search(**EMBEDDING, example=["frog.wav:1-2", "owl.wav"])
    assert [one["onset_s"] for one in several.settings()["examples"]] == [1.0, None]


def test_else_the_network_of_the_package_that_weighs_most_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    found = packed(search(example="frog.wav"), monkeypatch)
    assert (found.hearing, found.member.experiment) == ("experiment-first", "heavy")
    named = packed(search(**EMBEDDING, search={"by": "light"}, example="frog.wav"), monkeypatch)
    assert (named.hearing, named.member.experiment) == ("experiment-light", "light")
    assert named.hearing_settings()["member"] != found.hearing_settings()["member"]
    assert named.hearing_paths() == {"folder": "new", "package": "results/package"}


def test_a_recording_of_the_folder_may_be_the_example() -> None:
    assert search(**EMBEDDING, example="night:2-3").paths()["files"] == ["new/night.wav"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, r"there is nothing to search for: name the sound to look for by `--config example=FILE"),
        ({"example": "gone.wav"}, r"there is no example gone\.wav: name a file that holds the sound"),
        ({"example": "frog.wav", "search": {"by": "mel"}}, r"search\.by names the feature set mel, which is no embedd"),
        ({"example": "frog.wav", "search": {"species": "a;b"}}, r"search\.species: 'a;b' cannot name a species"),
        ({"example": "frog.wav", "recordings": "gone"}, r"there is no folder gone, where recordings should be"),
        ({"example": "frog.wav", "recordings": None}, r"there are no recordings to apply the model to: give a folder"),
    ],
)
def test_what_is_wrong_is_told_before_any_job_runs(config: dict[str, Any], message: str) -> None:
    with pytest.raises(CanopyError, match=message):
        search(**{**EMBEDDING, **config}).check()


def test_an_unknown_name_and_a_missing_package_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CanopyError, match=r"names x, which is neither .* \(light, heavy\)"):
        packed(search(search={"by": "x"}, example="frog.wav"), monkeypatch).check()
    with pytest.raises(CanopyError, match=r"no model package .* To search before anything is trained, add a feature"):
        search(example="frog.wav").check()


def test_a_review_takes_no_example() -> None:
    with pytest.raises(CanopyError, match=r"`review` asks about detections, and `example` is set"):
        search(example="frog.wav").check_unasked()
    search().check_unasked()
