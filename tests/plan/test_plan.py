"""What each job depends on, as the plan tells it: a change wakes the jobs that it can change, and no others."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

import list_unlabelled
from canopy.config.kinds import feature_set
from canopy.config.prediction import Prediction
from canopy.config.schema import Config
from canopy.package.manifest import TABLES, Manifest, Member
from canopy.plan.optional import EXPORTERS, of_export, of_features, of_files
from canopy.plan.plan import Plan
from canopy.plan.provenance.packages import OPTIONAL, version
from canopy.plan.teachers import TeacherScores
from canopy.runtime.errors import CanopyError
from tags import write_tag

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
IDS = [f"r{number}" for number in range(12)]
FEATURES = {"mel": {"sample_rate_hz": 16000, "n_fft": 512, "hop_samples": 640, "high_hz": 8000.0}}
ONE: dict[str, Any] = {"shards": 3, "features": FEATURES, "experiments": {"mel_sed": {}}, "run": None}


def write_audio(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-1000, 1000, 1600).astype(np.int16)
    soundfile.write(path, noise, 16000)


EMBEDDING = {"kind": "embedding", "sample_rate_hz": 16000, "window_samples": 16000, "hop_samples": 8000}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of RFCX's shape: 12 annotated recordings, one that is not, 5 test recordings."""
    folder = tmp_path_factory.mktemp("rfcx") / "a dataset"
    for subset, ids in {"train": [*IDS, "bare"], "test": [f"t{number}" for number in range(5)]}.items():
        (folder / subset).mkdir(parents=True)
        for seed, name in enumerate(ids):
            write_audio(folder / subset / f"{name}.flac", seed)
    boxes = [(name, place % 2, 1, 0.005 * place, 100.0, 0.1, 900.0) for place, name in enumerate(IDS)]
    columns = ["recording_id", "species_id", "songtype_id", "t_min", "f_min", "t_max", "f_max"]
    pd.DataFrame(boxes, columns=columns).to_csv(folder / "train_tp.csv", index=False)
    refuted = [(name, (place + 1) % 2, 1, 0.0, 100.0, 0.05, 900.0) for place, name in enumerate(IDS[:4])]
    pd.DataFrame(refuted, columns=columns).to_csv(folder / "train_fp.csv", index=False)
    sample = pd.DataFrame({"recording_id": [f"t{number}" for number in range(5)], "s0": 0.0, "s1": 0.0})
    sample.to_csv(folder / "sample_submission.csv", index=False)
    return folder


@pytest.fixture
def data(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(original, tmp_path / "a dataset"))


def plan(data: Path, **keys: Any) -> Plan:
    return Plan({**ONE, "dataset": "rfcx", "data": str(data), **keys}, SCRIPTS)


def told(plan: Plan) -> dict[str, str]:
    """Return the fingerprints that jobs carry, by the job they belong to."""
    of = plan.fingerprint
    found = {f"list {subset}": of.listing(subset) for subset in ("train", "test")}
    found |= {"annotations": of.labels(), "annotated audio": of.annotated_audio(), "sample": of.sample_submission()}
    for subset in ("train", "test"):
        found |= {f"{subset} shard {shard}": of.shard(subset, shard) for shard in plan.recordings.shards(subset)}
    for fold in plan.folds:
        found |= {f"rows {fold}": of.training_rows((fold,)), f"held out {fold}": of.held_out((fold,))}
        found |= {f"train {name} {fold}": of.training(name, (fold,)) for name in plan.experiments}
    return found


def woken(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the names of the fingerprints that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def fold_of(plan: Plan, recording_id: str) -> int:
    folds = plan.labels.folds
    return int(folds.loc[folds["recording_id"] == recording_id, "fold"].iloc[0])


def append(path: Path, line: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def test_the_same_data_elsewhere_gives_the_same_fingerprints(data: Path, tmp_path: Path) -> None:
    before = told(plan(data))
    assert told(plan(Path(shutil.move(data, tmp_path / "moved")))) == before


def test_a_new_annotation_wakes_only_the_folds_that_train_on_it(data: Path) -> None:
    first = plan(data)
    before, held_in = told(first), fold_of(first, "r3")
    kept = data.parent / "folds.csv"
    first.labels.folds.to_csv(kept, index=False)
    append(data / "train_fp.csv", "r3,0,1,0.02,100.0,0.06,900.0")
    after = plan(data, splits={"keep": str(kept)})
    assert fold_of(after, "r3") == held_in
    others = [fold for fold in first.folds if fold != held_in]
    assert woken(before, told(after)) == {
        "annotations",
        *(f"rows {fold}" for fold in others),
        *(f"train mel_sed {fold}" for fold in others),
    }


def test_the_form_of_the_tables_wakes_nothing(data: Path) -> None:
    before = told(plan(data))
    table = pd.read_csv(data / "train_tp.csv", dtype=str).iloc[::-1, ::-1]
    table.to_csv(data / "train_tp.csv", index=False, quoting=1, lineterminator="\r\n")
    assert woken(before, told(plan(data))) == set()


def test_another_order_of_the_submission_wakes_the_submission_alone(data: Path) -> None:
    before = told(plan(data))
    sample = pd.read_csv(data / "sample_submission.csv", dtype=str)[["recording_id", "s1", "s0"]]
    sample.to_csv(data / "sample_submission.csv", index=False)
    assert woken(before, told(plan(data))) == {"sample"}


def shard_name(plan: Plan, subset: str, recording_id: str) -> str:
    from canopy.features.sharding import shard_of

    return f"{subset} shard {shard_of(recording_id, plan.config.shards)}"


def test_replaced_audio_wakes_its_shard_and_the_folds_that_train_on_it(data: Path) -> None:
    first = plan(data)
    before, held_in = told(first), fold_of(first, "r3")
    write_audio(data / "train" / "r3.flac", 999)
    assert woken(before, told(plan(data))) == {
        "list train",
        "annotated audio",
        shard_name(first, "train", "r3"),
        *(f"train mel_sed {fold}" for fold in first.folds if fold != held_in),
    }


def test_another_case_of_a_suffix_wakes_the_listing_alone(data: Path) -> None:
    before = told(plan(data))
    (data / "train" / "r3.flac").rename(data / "train" / "r3.FLAC")
    assert woken(before, told(plan(data))) == {"list train"}


def test_a_tag_in_a_flac_file_wakes_nothing(data: Path) -> None:
    before = told(plan(data))
    path = data / "train" / "r3.flac"
    write_tag(path)
    assert soundfile.read(path)[1] == 16000
    assert woken(before, told(plan(data))) == set()


def test_files_that_may_be_sound_and_are_not_read_wake_the_listing_alone(data: Path) -> None:
    before = told(plan(data))
    (data / "train" / "CONFIG.TXT").touch()
    assert woken(before, told(plan(data))) == set()
    (data / "train" / "r9.xyz").touch()
    assert woken(before, told(plan(data))) == {"list train"}


def test_another_channel_wakes_all_that_hears(data: Path) -> None:
    first = plan(data)
    before, after = told(first), told(plan(data, channel=2))
    assert {f"train mel_sed {fold}" for fold in first.folds} <= woken(before, after)
    assert shard_name(first, "test", "t0") in woken(before, after)


def test_a_recording_without_annotations_wakes_the_listing_alone(data: Path) -> None:
    before = told(plan(data))
    write_audio(data / "train" / "new.flac", 999)
    assert woken(before, told(plan(data))) == {"list train"}


def test_a_new_test_recording_wakes_nothing_of_training(data: Path) -> None:
    first = plan(data)
    before = told(first)
    write_audio(data / "test" / "new.flac", 999)
    append(data / "sample_submission.csv", "new,0.0,0.0")
    assert woken(before, told(plan(data))) == {"list test", "sample", shard_name(first, "test", "new")}


def test_an_annotated_recording_that_vanishes_is_noticed(data: Path) -> None:
    first = plan(data)
    before = told(first)
    (data / "train" / "r3.flac").unlink()
    after = told(plan(data))
    assert {"list train", shard_name(first, "train", "r3")} <= woken(before, after)
    assert f"train mel_sed {fold_of(first, 'r3')}" not in woken(before, after)


def test_code_that_judges_recordings_or_cuts_boxes_wakes_what_rests_on_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = Path(shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")))

    def wakes(module: str) -> set[str]:
        before = told(Plan({**ONE, "dataset": "rfcx", "data": str(data)}, scripts))
        append(scripts / "canopy" / module, "LIMIT = 3")
        return woken(before, told(Plan({**ONE, "dataset": "rfcx", "data": str(data)}, scripts)))

    every_training = {f"train mel_sed {fold}" for fold in range(3)}
    judged = wakes("data/audio/probe.py")
    assert every_training | {"annotated audio"} <= judged
    assert not any(name.startswith(("rows", "held", "list")) for name in judged)
    cut = wakes("data/annotations/boxes.py")
    assert cut == every_training | {f"rows {fold}" for fold in range(3)}


def test_shards_hold_each_recording_once_and_only_those_with_any_exist(data: Path) -> None:
    found = plan(data, shards=64)
    shards = {shard_name(found, "train", name) for name in IDS}
    assert {f"train shard {shard}" for shard in found.recordings.shards("train")} == shards
    empty = next(shard for shard in range(64) if shard not in found.recordings.shards("train"))
    assert found.fingerprint.shard("train", empty) == ""


def test_without_a_sample_submission_every_test_recording_counts(data: Path) -> None:
    tables = {"sample_submission": None}
    assert plan(data, tables=tables).fingerprint.sample_submission() == ""
    every, named = plan(data, tables=tables, shards=1), plan(data, shards=1)
    assert every.fingerprint.shard("test", 0) == named.fingerprint.shard("test", 0) != ""


# The settings of one experiment.


@pytest.mark.parametrize(
    ("changes", "trains", "predicts"),
    [
        ({"optimizer": {"epochs": 3}}, True, False),
        ({"prediction": {"overlap": 0.25}}, False, True),
        ({"features": "other"}, True, True),
        ({}, False, False),
    ],
)
def test_a_script_is_told_the_keys_it_reads(data: Path, changes: dict[str, Any], trains: bool, predicts: bool) -> None:
    features = {**FEATURES, "other": {**FEATURES["mel"], "hop_samples": 320}}
    one = plan(data, experiments={"a": {}}, features=features)
    two = plan(data, experiments={"a": changes}, features=features)
    assert (one.settings.training("a", (0,)) != two.settings.training("a", (0,))) == trains
    assert (one.fingerprint.training("a", (0,)) != two.fingerprint.training("a", (0,))) == trains
    assert (one.settings.prediction("a", (0,), "oof") != two.settings.prediction("a", (0,), "oof")) == predicts


def test_no_settings_but_the_listings_hold_a_path(data: Path) -> None:
    found = plan(data)
    told = [found.settings.annotations(), found.settings.shard("mel", 0), found.settings.submission()]
    told += [found.settings.training("mel_sed", (0,)), found.settings.prediction("mel_sed", (0,), "oof")]
    assert str(data) not in str(told)
    paths = [found.paths.annotations(), found.paths.shard("mel", "train"), found.paths.submission()]
    assert all(str(data) in str(path) for path in paths)


# An experiment that learns from another one's scores.

TAUGHT: dict[str, Any] = {"splits": {"n_folds": 4}, "experiments": {"mel_sed": {}, "student": {"teacher": "mel_sed"}}}


def test_recordings_without_annotations_wake_students_alone(data: Path) -> None:
    before = told(plan(data, **TAUGHT))
    assert plan(data, **TAUGHT).teachers.scores_for("student", (1,)) == [
        *(TeacherScores("mel_sed", folds, "oof") for folds in ((0, 1), (1, 2), (1, 3))),
        TeacherScores("mel_sed", (1,), "unlabelled"),
    ]
    assert plan(data, **TAUGHT).teachers.scores_for("mel_sed", (1,)) == []
    write_audio(data / "train" / "new.flac", 999)
    assert woken(before, told(plan(data, **TAUGHT))) == {"list train", *(f"train student {fold}" for fold in range(4))}
    for name in ("new", "bare"):
        (data / "train" / f"{name}.flac").unlink()
    assert plan(data, **TAUGHT).recordings.shards("unlabelled") == []
    assert len(plan(data, **TAUGHT).teachers.scores_for("student", (1,))) == 3


def test_a_network_without_two_folds_depends_on_the_rows_of_the_others(data: Path) -> None:
    one = plan(data, **TAUGHT)
    folds = one.labels.folds
    mine = set(folds.loc[~folds["fold"].isin([0, 2]), "recording_id"])
    assert all(set(one.labels.rows_without(held_out)["recording_id"]) == mine for held_out in ((0, 2), (2, 0)))
    assert len({one.fingerprint.training("mel_sed", held_out) for held_out in ((0,), (2,), (0, 2), (0, 1))}) == 4
    assert one.settings.prediction("mel_sed", (0, 2), "oof")["folds"] == [0, 2]
    assert one.settings.prediction("mel_sed", (0, 2), "train")["folds"] == [1, 3]
    assert one.settings.prediction("mel_sed", (0, 2), "unlabelled")["folds"] is None


@pytest.mark.parametrize("dataset", ["rfcx", "folder"])
def test_what_no_annotation_names_is_listed(data: Path, dataset: str, tmp_path: Path) -> None:
    expected = ["bare"]
    if dataset == "folder":
        (data / "annotations").mkdir()
        marks = {"recording_id": IDS, "species": "s0", "onset_s": 0.0, "offset_s": 0.05}
        pd.DataFrame(marks).to_csv(data / "annotations" / "marks.csv", index=False)
        (data / "train" / "deep").mkdir()
        write_audio(data / "train" / "deep" / "b.wav", 7)
        expected = ["bare", "deep__b"]
    (data / "train" / "broken.flac").write_bytes(b"nothing")
    settings = plan(data, dataset=dataset).settings.listing("unlabelled")
    list_unlabelled.main(["--settings", json.dumps(settings), "--output", str(tmp_path / "listing.csv")])
    listing = pd.read_csv(tmp_path / "listing.csv").fillna("")
    assert listing["recording_id"].tolist() == sorted([*expected, "broken"])
    assert listing.loc[listing["problem"] == "", "recording_id"].tolist() == expected


# The demo, whose files need not exist.

DEMO = {"n_train": 12, "n_test": 4, "n_species": 3, "species_per_recording": [1, 3]}


def demo(**keys: Any) -> dict[str, str]:
    splits = keys.pop("splits", {})
    return told(Plan({**ONE, "demo": {**DEMO, "name": "nowhere", **keys}, "splits": splits}, SCRIPTS))


def test_the_demo_is_planned_from_its_settings_alone() -> None:
    assert demo() == demo()


def test_the_demos_name_wakes_nothing() -> None:
    assert demo(name="here") == demo(name="there")


def test_more_test_recordings_of_the_demo_wake_their_shards_alone() -> None:
    woke = woken(demo(), demo(n_test=5))
    assert {"list test", "sample"} < woke
    assert {name.split()[0] for name in woke} == {"list", "sample", "test"}
    assert len([name for name in woke if name.startswith("test shard")]) == 1


def test_other_labels_of_the_demo_leave_its_audio_alone() -> None:
    woke = woken(demo(), demo(listed_per_recording=[1, 1]))
    assert "train mel_sed 0" in woke
    assert not any("shard" in name or "list" in name for name in woke)


def test_another_seed_of_the_demo_wakes_everything() -> None:
    before, after = demo(), demo(seed=2)
    assert woken(before, after) == before.keys() | after.keys()


def test_folds_of_the_demo_follow_the_table_of_kept_folds(tmp_path: Path) -> None:
    kept = tmp_path / "folds.csv"
    kept.write_text("recording_id,fold\nx,0\n")
    before = demo(splits={"keep": str(kept)})
    append(kept, "y,1")
    assert "train mel_sed 0" in woken(before, demo(splits={"keep": str(kept)}))


# What is said where the data is wrong.


def test_a_missing_dataset_is_told_with_the_way_to_get_it(tmp_path: Path) -> None:
    found = plan(tmp_path / "nowhere")
    of = found.fingerprint
    asks = (lambda: of.listing("train"), lambda: found.recordings.shards("train"), of.labels, lambda: of.held_out((0,)))
    for ask in asks:
        with pytest.raises(CanopyError, match=r"nowhere.*snakemake download .*--config data=FOLDER"):
            ask()


def test_a_check_looks_at_one_half_of_the_dataset(data: Path) -> None:
    plan(data).check("train")
    plan(data).check("test")
    shutil.rmtree(data / "test")
    plan(data).check("train")
    with pytest.raises(CanopyError, match=r"there is no folder .*test"):
        plan(data).check("test")
    (data / "train_fp.csv").unlink()
    with pytest.raises(CanopyError, match=r"there is no table .*train_fp\.csv"):
        plan(data).check("train")


def test_a_wrong_table_is_told_before_any_job_runs(data: Path) -> None:
    append(data / "train_tp.csv", "r1,0,1,0.5,100.0,0.1,900.0")
    with pytest.raises(CanopyError, match=r"train_tp\.csv, line 14: t_max \(0\.1\) must be greater than t_min"):
        plan(data).fingerprint.training_rows((0,))


def with_sites(data: Path) -> Path:
    table = data / "recordings.csv"
    rows = [(name, f"site{number % 4}", "note") for number, name in enumerate(IDS)]
    pd.DataFrame(rows, columns=["recording_id", "site", "remark"]).to_csv(table, index=False)
    return table


def test_a_recording_that_moves_to_another_site_wakes_the_folds_and_another_column_nothing(data: Path) -> None:
    table = with_sites(data)
    splits = {"group": "site", "n_folds": 2}

    def asked() -> tuple[str, str]:
        of = plan(data, splits=splits).fingerprint
        return of.fold_columns(), of.training_rows((0,))

    before = asked()
    table.write_text(table.read_text().replace("note", "remarkable"))
    assert asked() == before
    table.write_text(table.read_text().replace("r0,site0", "r0,site3"))
    assert asked()[0] != before[0]


def test_groups_of_the_bootstrap_wake_scores_of_their_own_recordings_alone(data: Path) -> None:
    table = with_sites(data)
    evaluation = {"group": "site"}
    append(table, "t0,site9,x")
    before = {subset: plan(data, evaluation=evaluation).fingerprint.groups(subset) for subset in ("train", "test")}
    table.write_text(table.read_text().replace("t0,site9", "t0,site8"))
    after = {subset: plan(data, evaluation=evaluation).fingerprint.groups(subset) for subset in ("train", "test")}
    assert (before["train"] == after["train"], before["test"] == after["test"]) == (True, False)
    assert plan(data).fingerprint.groups("train") == ""


def test_the_checks_of_the_data_look_at_sites_where_there_are_some(data: Path) -> None:
    assert plan(data).fingerprint.checked_groups() == ""
    table = with_sites(data)
    before = plan(data).fingerprint.checked_groups()
    assert before != ""
    table.write_text(table.read_text().replace("r0,site0", "r0,site3"))
    assert plan(data).fingerprint.checked_groups() != before


def test_a_column_of_the_demo_is_told_to_be_missing() -> None:
    with pytest.raises(CanopyError, match=r"splits\.group names a column .*the demo has no table of recordings"):
        Plan({**ONE, "splits": {"group": "site"}}, SCRIPTS).fingerprint.fold_columns()


# Kinds of features, and first weights from a file.

PITCH = {"kind": "cqt", "low_hz": 200.0, "n_bins": 48, "bins_per_octave": 12}
KINDS: dict[str, Any] = {**FEATURES, "pitch": PITCH, "samples": {"kind": "waveform"}}


def test_each_kind_of_features_has_its_own_script(data: Path) -> None:
    found = plan(data, features=KINDS)
    assert found.scripts.extraction("mel") == "extract_spectrograms"
    assert found.scripts.extraction("pitch") == "extract_cqt"
    assert found.scripts.extraction("samples") == "extract_waveform"
    assert all((SCRIPTS / f"{found.scripts.extraction(name)}.py").exists() for name in KINDS)


def test_a_pretrained_network_counts_by_content_and_not_by_place(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    keys = {"kind": "embedding", "sample_rate_hz": 8000, "window_samples": 800, "hop_samples": 100}

    def with_network(path: str, **more: object) -> Plan:
        experiments = {"e": {"features": "x", "model": {"backbone": "none"}}}
        return plan(data, features={"x": {**keys, "model": path, **more}}, experiments=experiments)

    file = tmp_path / "a" / "bird.tflite"
    file.write_bytes(b"one")
    before = with_network(str(file))
    shard = before.settings.shard("x", 0)["features"]
    assert (shard["model"], shard["sha256"]) == ("bird.tflite", hashlib.sha256(b"one").hexdigest())
    assert before.paths.shard("x", "train")["located"] == {"model": str(file)}
    assert str(tmp_path / "a") not in str([shard, before.settings.training("e", (0,)), before.settings.package()])
    only_told = {"licence": "MIT", "source": "a shop", "travels": True}
    moved = with_network(str(shutil.copy(file, tmp_path / "bird.tflite")), **only_told)
    assert woken(told(before), told(moved)) == set()
    assert moved.settings.shard("x", 0)["features"] == shard
    assert moved.settings.package()["members"][0]["features"] == {**shard, **only_told}
    assert moved.paths.package(["e"]) == {"travelling": [str(tmp_path / "bird.tflite")]}
    assert before.paths.package(["e"]) == {}
    file.write_bytes(b"two, and longer")
    assert with_network(str(file)).settings.shard("x", 0)["features"]["sha256"] != shard["sha256"]
    assert woken(told(before), told(with_network(str(file)))) == {f"train e {fold}" for fold in before.folds}
    (tmp_path / "labels.txt").write_text("owl\nwren\n", encoding="utf-8")
    by_name = {"classes": ["wren"], "labels": str(tmp_path / "labels.txt")}
    named = with_network(str(file), **by_name)
    assert named.settings.shard("x", 0)["features"]["classes"] == (1,)
    assert told(named) == told(with_network(str(file), classes=[1])), "by whatever name, and wherever that is from"
    (tmp_path / "labels.txt").write_text("wren\nowl\n", encoding="utf-8")
    assert with_network(str(file), **by_name).settings.shard("x", 0)["features"]["classes"] == (0,)
    with pytest.raises(CanopyError, match=r"config: features\.x needs the network bird.tflite .* is another file"):
        with_network(str(file), sha256=shard["sha256"]).settings.shard("x", 0)
    with pytest.raises(CanopyError, match=r"config: features\.x needs the network gone.tflite, which is not here"):
        with_network("gone.tflite").check("train")


def test_training_is_told_the_unit_of_its_features(data: Path) -> None:
    experiments = {
        "a": {},
        "b": {"features": "pitch"},
        "c": {"features": "samples", "model": {"backbone": "waveform"}},
    }
    found = plan(data, features=KINDS, experiments=experiments)
    told_of = {name: found.settings.training(name, (0,))["features"] for name in experiments}
    assert {name: features["unit"] for name, features in told_of.items()} == {"a": "db", "b": "db", "c": "sample"}
    assert told_of["c"]["hop_s"] == 0.02


def test_first_weights_count_by_content_and_not_by_place(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "first.h5"
    file.write_bytes(b"one")

    def with_weights(path: str) -> Plan:
        return plan(data, experiments={"mel_sed": {"model": {"backbone": "vgg16", "weights": path}}})

    before = with_weights(str(file))
    first = told(before)
    assert before.paths.training("mel_sed") == {"first_weights": str(file)}
    assert str(file) not in str(before.settings.training("mel_sed", (0,)))
    moved = Path(shutil.copy(file, tmp_path / "moved.h5"))
    assert woken(first, told(with_weights(str(moved)))) == set()
    file.write_bytes(b"two, and longer")
    assert woken(first, told(with_weights(str(file)))) == {f"train mel_sed {fold}" for fold in before.folds}
    for name in ("none", "imagenet"):
        assert with_weights(name).paths.training("mel_sed") == {"first_weights": None}
        assert with_weights(name).settings.training("mel_sed", (0,))["training"]["model"]["weights"] == name


def test_missing_first_weights_are_told_before_anything_runs(data: Path) -> None:
    found = plan(data, experiments={"mel_sed": {"model": {"backbone": "vgg16", "weights": "missing.h5"}}})
    with pytest.raises(
        CanopyError, match=r"experiment 'mel_sed': model\.weights: missing\.h5 is no file; give the path"
    ):
        found.check("train")


def own_network(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("model.json", "model.weights.h5"):
        (folder / name).write_text(name, encoding="utf-8")
    return folder


def test_a_network_of_canopys_is_named_by_its_folder_and_counts_by_both_its_files(data: Path, tmp_path: Path) -> None:
    folder = own_network(tmp_path / "fold0")

    def with_weights(path: Path) -> Plan:
        return plan(data, experiments={"mel_sed": {"model": {"weights": str(path)}}})

    before = with_weights(folder)
    first = told(before)
    assert before.paths.training("mel_sed") == {"first_weights": str(folder / "model.weights.h5")}
    assert woken(first, told(with_weights(folder / "model.weights.h5"))) == set()
    for name in ("model.json", "model.weights.h5"):
        other = Path(shutil.copytree(folder, tmp_path / f"other {name}"))
        (other / name).write_text("another", encoding="utf-8")
        assert woken(first, told(with_weights(other))) == {f"train mel_sed {fold}" for fold in before.folds}


def test_first_weights_of_another_kind_are_told_before_anything_runs(data: Path, tmp_path: Path) -> None:
    lonely = own_network(tmp_path / "lonely")
    ours = own_network(tmp_path / "results" / "package" / "members" / "a" / "fold0")
    (lonely / "model.json").unlink()
    for weights, said in {
        "imagenet": r"there are no ImageNet weights of the backbone compact; give the folder of a network that Canopy",
        str(lonely): r"no model\.json lies beside .*model\.weights\.h5; give the folder",
        str(ours): r"is of this run, and has heard recordings that are held out here; give a network of another run",
        str(tmp_path / "nothing"): r"nothing is no file; give the path of a \.h5 file, the folder of a network",
    }.items():
        with pytest.raises(CanopyError, match=f"experiment 'mel_sed': model\\.weights: .*{said}"):
            plan(data, experiments={"mel_sed": {"model": {"weights": weights}}}).check("train")


def test_a_package_whose_network_heard_something_else_says_what(data: Path, tmp_path: Path) -> None:
    folder = own_network(tmp_path / "package" / "members" / "theirs" / "fold0")
    ours = plan(data).settings.features("mel")
    member = Member("theirs", 1, 1.0, {**ours, "n_bands": 32}, Prediction().model_dump())
    networks = [path for pair in member.networks() for path in pair]
    manifest = Manifest(("s0",), "species", (member,), {}, "1", dict.fromkeys((*TABLES, *networks), ""))
    (tmp_path / "package" / "manifest.json").write_text(manifest.text(), encoding="utf-8")
    for name in TABLES:
        (tmp_path / "package" / name).touch()
    given = {"mel_sed": {"model": {"weights": str(folder)}}}
    with pytest.raises(CanopyError, match=r"learned from other features: n_bands 32 \(here \d+\); give the same"):
        plan(data, experiments=given).check("train")
    same = replace(manifest, members=(replace(member, features=ours),))
    (tmp_path / "package" / "manifest.json").write_text(same.text(), encoding="utf-8")
    plan(data, experiments=given).check("train")


# Packages that only some settings need.


@pytest.mark.parametrize(("backbone", "woken_up"), [("compact", set()), ("resnet18", {"train mel_sed 0"})])
def test_an_optional_package_wakes_only_what_needs_it(
    data: Path, backbone: str, woken_up: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"training": {"model": {"backbone": backbone}}}
    versions = {"keras_hub": ""}
    monkeypatch.setattr("canopy.plan.optional.version", lambda name: versions[name])
    before = told(plan(data, **keys))
    versions["keras_hub"] = "0.29.1"
    monkeypatch.setattr("canopy.plan.provenance.code.version", lambda name: versions.get(name) or version(name))
    assert {name for name in woken(before, told(plan(data, **keys))) if name[-1] not in "12"} == woken_up


def test_the_runtime_of_an_embedding_counts_by_the_kind_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = {}
    for ending in (".onnx", ".tflite", ".keras"):
        path = tmp_path / f"network{ending}"
        path.write_bytes(b"any")
        features = feature_set({**EMBEDDING, "model": str(path)}, "features")
        for installed in ("1.0", "2.0"):
            monkeypatch.setattr("canopy.plan.optional.version", lambda name, installed=installed: name + installed)
            found[ending, installed] = of_features(features)
    assert found[".keras", "1.0"] == found[".keras", "2.0"] == ""
    assert len(set(found.values())) == 5


def test_only_an_export_in_onnx_counts_what_writes_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Config().export.formats == ("tflite",)
    found = set()
    for installed in ("1.0", "2.0"):
        monkeypatch.setattr("canopy.plan.optional.version", lambda name, installed=installed: name + installed)
        assert of_export("tflite") == ""
        found.add(of_export("onnx"))
    assert len(found) == 2
    assert {"tf2onnx", "onnxruntime"} <= set(EXPORTERS["onnx"]) <= OPTIONAL


def test_saved_networks_name_the_packages_of_their_layers(tmp_path: Path) -> None:
    texts = {"plain": '{"module": "keras.layers"}', "hub": '{"module": "keras_hub.src.models.resnet"}'}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [bool(of_files([tmp_path / name])) for name in texts] == [False, True]
