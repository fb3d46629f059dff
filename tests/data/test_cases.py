"""Inputs as people have them are read right or refused in words: one folder of `cases/` each (its README says how)."""

import importlib.util
import re
import shutil
from collections.abc import Hashable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from canopy.data.annotations.folder import Labelled, read_folder
from canopy.data.recordings.folder import scan
from canopy.data.recordings.quality import list_recordings
from canopy.runtime.errors import CanopyError

CASES = Path(__file__).parents[1] / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/origin.txt"))
DEFAULTS = {"low_hz": np.nan, "high_hz": np.nan, "polarity": 1}
COLUMNS = ["recording_id", "species", "onset_s", "offset_s", *DEFAULTS]
TEXT = ("recording_id", "species", "reviewed", "problem")


def test_every_folder_is_a_case() -> None:
    assert [path.name for path in CASES.iterdir() if path.is_dir() and path not in FOLDERS] == []
    for folder in FOLDERS:
        assert (folder / "expected.csv").exists() != (folder / "refused.txt").exists(), folder
        assert (folder / "annotations").exists() != (folder / "make.py").exists(), folder


@pytest.mark.parametrize("case", FOLDERS, ids=lambda folder: folder.name)
def test_an_input_of_a_known_kind_is_read_right_or_refused_in_words(case: Path, tmp_path: Path) -> None:
    lay_out(case, tmp_path)
    said: list[str] = []
    if (case / "refused.txt").exists():
        with pytest.raises(CanopyError) as caught:
            label(case, tmp_path, said)
        for wanted in lines(case / "refused.txt"):
            assert re.search(wanted, str(caught.value)), f"{caught.value}\nlacks {wanted}"
        return
    labelled = label(case, tmp_path, said)
    pd.testing.assert_frame_equal(
        labelled.annotations[COLUMNS].astype({"polarity": "int64"}), table(case / "expected.csv", COLUMNS)
    )
    reviewed = ["recording_id", "reviewed", "species"]
    found = labelled.reviewed[reviewed].to_numpy().tolist()
    assert found == (table(case / "reviewed.csv", reviewed).to_numpy().tolist() if has(case, "reviewed.csv") else [])
    for wanted in lines(case / "said.txt") if has(case, "said.txt") else ():
        assert any(re.search(wanted, line) for line in said), f"{said}\nlack {wanted}"


EIGHT = [(f"rec{n}", ("wreabc", "owlxyz")[n % 2], 1 + n / 2, 1.6 + n / 2) for n in range(8)]
WITH_BANDS = frozenset(["band-batdetect2", "semicolons-review", "times-raven-as-csv", "times-zenodo"])
WITHOUT_BANDS = frozenset(["blank-columns", "blank-rows", "semicolons", "times-begin-end"])


@pytest.mark.realdata
def test_the_inputs_that_were_reported_are_read_right_or_refused_by_the_name_of_their_file(shared_data: Path) -> None:
    folders = sorted(path for path in (shared_data / "cases").iterdir() if path.is_dir())
    assert {folder.name for folder in folders} >= WITH_BANDS | WITHOUT_BANDS
    for folder in folders:
        settings: dict[str, Any] = {"annotation_files": str(folder), "reviewed_table": None, "annotations": {}}
        recordings = listing({f"rec{n}": 10.0 for n in range(8)})
        message = ""
        try:
            found = read_folder(settings, recordings["recording_id"], recordings=recordings).annotations
        except CanopyError as error:
            message = str(error)
        if message:
            assert folder.name not in WITH_BANDS | WITHOUT_BANDS
            assert any(path.name in message for path in folder.rglob("*"))
            continue
        marks = list(found[COLUMNS[:4]].itertuples(index=False, name=None))
        bands = {
            tuple(None if edge != edge else edge for edge in row) for row in found[["low_hz", "high_hz"]].to_numpy()
        }
        if folder.name in WITH_BANDS | WITHOUT_BANDS:
            assert marks == EIGHT, folder.name
            assert bands == {(1500.0, 5000.0) if folder.name in WITH_BANDS else (None, None)}, folder.name
        elif folder.name == "birdnet-last-segment":
            assert ("rec3", "owlxyz", 9.0, 10.0) in marks


def label(case: Path, folder: Path, said: list[str]) -> Labelled:
    """Read a case's annotations as the rules do: once to know the recordings, and again once these are listed."""
    given = yaml.safe_load((case / "settings.yaml").read_text(encoding="utf-8")) if has(case, "settings.yaml") else {}
    durations = given.pop("recordings", {f"rec{n}": 10.0 for n in range(8)})
    reviewed = given.pop("reviewed", None)
    settings: dict[str, Any] = {name: given.pop(name) for name in ("species", "classes") if name in given}
    settings |= {
        "annotation_files": str(folder / "annotations"),
        "reviewed_table": reviewed and str(folder / "annotations" / reviewed),
        "annotations": given,
    }
    if (folder / "train").is_dir():
        found = scan(folder / "train", below=True)
        named = read_folder(settings, found["recording_id"]).named
        recordings = list_recordings(
            found[found["recording_id"].isin(named)], named, folder=folder / "train", report=said.append
        )
        check_listing(recordings, case / "listed.csv")
    else:
        recordings = listing(durations)
        read_folder(settings, durations)
    audible = recordings.loc[recordings["path"] != "", "recording_id"]
    return read_folder(settings, audible, recordings=recordings, report=said.append)


def lay_out(case: Path, folder: Path) -> None:
    if (case / "make.py").exists():
        module(case / "make.py").make(folder)
    else:
        shutil.copytree(case / "annotations", folder / "annotations")


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"case_{path.parent.name.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def listing(durations: dict[str, float]) -> pd.DataFrame:
    table = pd.DataFrame({"recording_id": list(durations), "duration_s": [float(one) for one in durations.values()]})
    table = table.assign(path=table["recording_id"] + ".wav", channels=1, sample_rate_hz=16000, problem="")
    return table.astype({"channels": "Int64", "sample_rate_hz": "Int64"})


def check_listing(recordings: pd.DataFrame, path: Path) -> None:
    wanted = table(path, ["recording_id", "duration_s", "problem"])
    assert recordings["recording_id"].tolist() == wanted["recording_id"].tolist()
    np.testing.assert_allclose(
        recordings["duration_s"].to_numpy(float), wanted["duration_s"].to_numpy(float), atol=0.01
    )
    for found, problem in zip(recordings["problem"], wanted["problem"], strict=True):
        assert re.search(problem, found) if problem else found == ""


def table(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read an expected table; columns that it leaves out have their defaults."""
    texts: dict[Hashable, type[str]] = {name: str for name in TEXT if name in columns}
    found = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values={"low_hz": [""], "high_hz": [""]})
    found = found.assign(**{name: value for name, value in DEFAULTS.items() if name not in found})
    numbers = dict.fromkeys(["onset_s", "offset_s", "low_hz", "high_hz"], "float64")
    return found[columns].astype({name: kind for name, kind in numbers.items() if name in columns})


def has(case: Path, name: str) -> bool:
    return (case / name).exists()


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
