"""Names of files and folders stay what people wrote, and `~` is their own folder."""

import os
from pathlib import Path

import pytest
import yaml
from snakemake.cli import parse_config

from canopy.config.loading import load
from canopy.config.schema import Config
from canopy.config.written import _path_keys, as_written


@pytest.mark.parametrize(
    "name", ["20240501", "007", "1e5", "1.50", "True", "0x1F", "2024-05-01", "1_000", "yes", "a b"]
)
def test_a_folder_with_the_name_of_a_number_keeps_its_name(name: str, tmp_path: Path) -> None:
    entries = [f"recordings={name}", "shards=2"]
    assert load(as_written(parse_config(entries), [], entries)).recordings == name
    file = tmp_path / "a.yaml"
    file.write_text(f"recordings: {name}\ndataset: folder\ndata: other\ntables:\n  train_audio: {name}\nshards: 3\n")
    config = load(as_written(yaml.safe_load(file.read_text()), [file], []))
    assert (config.recordings, config.tables.train_audio, config.data) == (name, name, "other")
    assert config.tables.test_audio == "test"


def test_what_comes_last_counts(tmp_path: Path) -> None:
    for number, text in enumerate(["results: 007", "results: 008\npackage: 1", "", "package: null"]):
        (tmp_path / f"{number}.yaml").write_text(text)
    files = [tmp_path / f"{number}.yaml" for number in range(4)]
    assert as_written({"results": 8, "package": None}, files, [])["results"] == "008"
    assert as_written({"results": 9, "package": None}, files, ["results=009"]) == {"results": "009", "package": None}


def test_what_is_no_name_stays_as_it_is() -> None:
    given = {"recordings": 5, "shards": 4, "tables": "x", "splits": {"n_folds": 3}}
    assert as_written(given, [], ["shards=4"]) == given  # nobody knows how the first was written
    nested = parse_config(["tables={test_audio: 007}"])
    assert as_written(nested, [], ["tables={test_audio: 007}"]) == {"tables": {"test_audio": "007"}}


def test_every_key_of_a_file_or_folder_is_known() -> None:
    assert {("", "data"), ("", "results"), ("", "recordings"), ("", "package")} < set(_path_keys(Config))
    assert {("annotations", "path"), ("splits", "keep"), ("tables", "test_truth")} < set(_path_keys(Config))


@pytest.mark.parametrize("key", ["data", "results", "recordings", "package"])
def test_a_tilde_is_the_users_own_folder(key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = load({"dataset": "folder", key: "~/my data/", "splits": {"keep": "~/folds.csv"}})
    assert getattr(config, key) == os.path.join(tmp_path, "my data")
    assert config.splits.keep == os.path.join(tmp_path, "folds.csv")
