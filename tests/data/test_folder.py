"""The dataset `folder`: which annotations wake which jobs, and its rules up to the folds."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

import forked
import list_annotated
import read_folder as script
from canopy.data.annotations.reviewed import read_train_recordings
from canopy.data.annotations.table import read_annotations
from canopy.data.recordings.table import read_recordings
from canopy.plan.plan import Plan
from canopy.runtime.errors import CanopyError

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
RAVEN = "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies"
IDS = [f"{site}__{site}_2024050{day}_060000" for site in ("hill", "lake") for day in range(1, 7)]
FEATURES = {"mel": {"sample_rate_hz": 8000, "n_fft": 256, "hop_samples": 160, "n_bands": 16, "high_hz": 4000.0}}
SMALL: dict[str, Any] = {"dataset": "folder", "shards": 2, "features": FEATURES, "experiments": {"mel_sed": {}}}


def sound(path: Path, *, rate_hz: int = 8000, seconds: float = 0.5, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).integers(-1000, 1000, int(seconds * rate_hz)).astype(np.int16)
    soundfile.write(path, samples, rate_hz)
    return path


def mark(data: Path, recording_id: str, *rows: str) -> Path:
    site, name = recording_id.split("__")
    path = data / "annotations" / site / f"{name}.Table.1.selections.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([RAVEN, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 12 annotated recordings of two sites, formats, rates and lengths, and one that is not."""
    data = tmp_path_factory.mktemp("folder") / "my data"
    for place, name in enumerate(IDS):
        site, file = name.split("__")
        suffix, rate_hz = (".wav", 8000) if place % 2 else (".flac", 11025)
        sound(data / "train" / site / f"{file}{suffix}", rate_hz=rate_hz, seconds=0.5 + 0.1 * place, seed=place)
        species = ("owl", "Ñandú común")[place % 3 % 2]
        mark(data, name, *([] if place == 5 else [f"1\t0.1\t0.3\t100\t900\t{species}"]))
    sound(data / "train" / "hill" / "bare.wav", seed=99)
    return data


@pytest.fixture
def data(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(original, tmp_path / "my data"))


def plan(data: Path, **keys: Any) -> Plan:
    return Plan({**SMALL, "data": str(data), **keys}, SCRIPTS)


def told(plan: Plan) -> dict[str, str]:
    """Return the fingerprints that jobs carry, by the job they belong to."""
    of = plan.fingerprint
    found = {"list": of.listing("train"), "annotations": of.labels(), "annotated audio": of.annotated_audio()}
    found |= {f"shard {shard}": of.shard("train", shard) for shard in plan.recordings.shards("train")}
    for fold in plan.folds:
        found |= {f"held out {fold}": of.held_out((fold,)), f"train {fold}": of.training("mel_sed", (fold,))}
    return found


def woken(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def folds_of(plan: Plan) -> dict[str, int]:
    folds = plan.labels.folds
    return dict(zip(folds["recording_id"], folds["fold"], strict=True))


def keep(plan: Plan, path: Path) -> dict[str, Any]:
    plan.labels.folds.to_csv(path, index=False)
    return {"splits": {"keep": str(path)}}


def test_only_annotated_recordings_take_part(data: Path) -> None:
    first = plan(data)
    assert sorted(folds_of(first)) == sorted(IDS)
    assert first.labels.recordings.set_index("recording_id")["reviewed"].to_dict() == {
        name: "all" if name == IDS[5] else "none" for name in IDS
    }
    before = told(first)
    sound(data / "train" / "lake" / "other.wav")
    assert woken(before, told(plan(data))) == set()


def test_a_new_mark_wakes_only_the_folds_that_train_on_it(data: Path, tmp_path: Path) -> None:
    first = plan(data)
    before, kept = told(first), keep(first, tmp_path / "folds.csv")
    mark(data, IDS[0], "1\t0.1\t0.3\t100\t900\towl", "2\t0.2\t0.4\t100\t900\towl")
    after = plan(data, **kept)
    others = {f"train {fold}" for fold in first.folds if fold != folds_of(first)[IDS[0]]}
    assert woken(before, told(after)) == {"annotations", *others}


def test_a_new_annotation_file_wakes_its_own_shard_and_folds(data: Path, tmp_path: Path) -> None:
    first = plan(data)
    before, kept = told(first), keep(first, tmp_path / "folds.csv")
    mark(data, "hill__bare", "1\t0.1\t0.3\t100\t900\towl")
    after = plan(data, **kept)
    fold, shards = folds_of(after)["hill__bare"], {name for name in told(after) if name.startswith("shard")}
    changed = woken(before, told(after))
    assert {name for name in changed if name.startswith(("train", "held out"))} == {
        f"held out {fold}",
        *(f"train {one}" for one in first.folds if one != fold),
    }
    assert len(changed & shards) == 1
    assert changed - shards - {name for name in changed if name.startswith(("train", "held"))} == {
        *("list", "annotations", "annotated audio")
    }


def test_what_no_reader_reads_wakes_nothing(data: Path) -> None:
    before = told(plan(data))
    path = data / "annotations" / "hill" / f"{IDS[0].split('__')[1]}.Table.1.selections.txt"
    head, row = path.read_text(encoding="utf-8").splitlines()
    path.write_bytes(f"\ufeff{head}\tNotes\r\n{row}\tloud\r\n\r\n".encode())
    path.rename(path.with_name(path.name.replace(".Table.1.selections", "")))
    assert woken(before, told(plan(data))) == set()


def test_a_moved_folder_wakes_nothing(data: Path, tmp_path: Path) -> None:
    before = told(plan(data))
    assert woken(before, told(plan(Path(shutil.move(data, tmp_path / "elsewhere"))))) == set()


def test_a_mistyped_format_is_told_when_the_plan_is_made(data: Path) -> None:
    with pytest.raises(
        CanopyError, match=r"config: annotations\.format: .* 'labelstudio'; did you mean 'label_studio'"
    ):
        plan(data, annotations={"format": "labelstudio"})


def test_recordings_of_a_site_share_a_fold(data: Path) -> None:
    for keys in ({}, {"file_names": r"(?P<site>hill|lake)__.*"}):
        folds = folds_of(plan(data, splits={"group": "site", "n_folds": 2}, **keys))
        sites = {name: name.split("_")[0] for name in folds}
        assert len({(site, folds[name]) for name, site in sites.items()}) == 2


def test_without_a_test_folder_there_is_no_test(data: Path) -> None:
    assert not plan(data).dataset.has_test
    sound(data / "test" / "x.wav")
    assert plan(data).dataset.has_test
    assert not plan(data, tables={"test_audio": None}).dataset.has_test
    with pytest.raises(CanopyError, match=r"tables\.test_audio is null, which the dataset `folder` alone allows"):
        plan(data, tables={"test_audio": None}, dataset="rfcx")


def test_a_folder_that_is_not_there_is_told_in_its_own_terms(data: Path) -> None:
    shutil.rmtree(data / "train")
    with pytest.raises(
        CanopyError, match=r"there is no folder .*train.*put the recordings there, or name their folder"
    ):
        plan(data).fingerprint.listing("train")


def settings(data: Path, **keys: Any) -> list[str]:
    from canopy.config.settings import canonical

    found = plan(data, **keys)
    return ["--settings", canonical({**found.settings.listing("train"), **found.settings.annotations()})]


def test_the_scripts_list_and_read_what_is_annotated(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark(data, "hill__gone", "1\t0.1\t0.3\t100\t900\towl")
    (data / "train" / "lake" / "lake_20240502_060000.wav").write_bytes(b"")
    out = {name: tmp_path / f"{name}.csv" for name in ("recordings", "annotations", "train-recordings", "classes")}
    list_annotated.main([*settings(data), "--output", str(out["recordings"])])
    said = capsys.readouterr().out
    assert "13 recordings, 2 with problems:" in said
    assert "gone.Table.1.selections.txt names this recording, but" in said
    assert f"1 recordings in {data}/train are not annotated and are left aside" in said
    assert sorted(read_recordings(out["recordings"])["recording_id"]) == sorted([*IDS, "hill__gone"])
    places = [argument for name, path in out.items() for argument in (f"--{name}", str(path))]
    script.main([*settings(data), *places])
    assert "13 recordings with 12 confirmed and 0 refuted boxes of 2 classes; 1 recordings without any" in (
        capsys.readouterr().out
    )
    found = read_annotations(out["annotations"])
    assert set(found["species"]) == {"owl", "Ñandú común"}
    listing = read_train_recordings(out["train-recordings"]).set_index("recording_id")
    assert listing.loc[IDS[5], "reviewed"] == "all"


def test_marks_of_whole_clips_are_ended_by_the_job(data: Path, tmp_path: Path) -> None:
    shutil.rmtree(data / "annotations")
    rows = [f"{name.split('__')[1]},{'owl' if place % 2 else 'wren'}" for place, name in enumerate(IDS)]
    (data / "annotations.csv").write_text("filename,category\n" + "\n".join(rows) + "\n", encoding="utf-8")
    out = {name: tmp_path / f"{name}.csv" for name in ("recordings", "annotations", "train-recordings", "classes")}
    told_so = settings(data, annotations={"path": "annotations.csv"}, unlisted="absent")
    list_annotated.main([*told_so, "--output", str(out["recordings"])])
    script.main([*told_so, *[argument for name, path in out.items() for argument in (f"--{name}", str(path))]])
    found = read_annotations(out["annotations"]).set_index("recording_id")
    lengths = read_recordings(out["recordings"]).set_index("recording_id")["duration_s"]
    pd.testing.assert_series_equal(found["offset_s"], lengths, check_names=False)
    assert found[["low_hz", "high_hz"]].isna().all(axis=None)
    assert set(read_train_recordings(out["train-recordings"])["reviewed"]) == {"all"}


@pytest.mark.workflow
def test_a_folder_runs_to_its_folds_and_is_planned_to_its_report(data: Path, repository: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("splits: {group: site, n_folds: 2}\n", encoding="utf-8")
    command = ["--cores", "2", "-s", str(repository / "Snakefile")]
    command += ["--configfile", str(repository / "configs" / "folder.yaml"), str(overlay)]
    command += ["--config", f"data={data}", f"results={tmp_path}/out", "--"]
    made = forked.snakemake([*command, f"{tmp_path}/out/splits/folds.csv"], tmp_path, os.environ)
    assert made.returncode == 0, made.stdout
    folds = pd.read_csv(tmp_path / "out" / "splits" / "folds.csv")
    assert folds.groupby(folds["recording_id"].str[:4])["fold"].nunique().tolist() == [1, 1]
    planned = forked.snakemake([*command[:-1], "-n"], tmp_path, os.environ)
    assert planned.returncode == 0, planned.stdout
    assert "rule report:" in planned.stdout
    assert "write_submission" not in planned.stdout


@pytest.mark.realdata
def test_esc10_has_its_clips_classes_and_official_folds(
    shared_data: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    overlay = yaml.safe_load((repository / "configs" / "esc10.yaml").read_text(encoding="utf-8"))
    esc10 = Plan({**overlay, "data": str(shared_data / "esc10")}, SCRIPTS)
    annotations, listing = esc10.labels.annotations, esc10.labels.recordings
    official = pd.read_csv(shared_data / "esc10" / "esc10.csv")
    assert len(annotations) == len(listing) == 400
    assert set(listing["reviewed"]) == {"all"}
    assert set(annotations["species"]) == set(official["category"])
    folds = folds_of(esc10)
    assert [folds[name.removesuffix(".ogg")] + 1 for name in official["filename"]] == official["fold"].tolist()
    assert not esc10.dataset.has_test
