"""The benchmark of layouts: what it configures, how it scores, and that it goes on where it was."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from canopy.config.loading import load
from staleness.checkout import fresh

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks import layouts  # noqa: E402
from benchmarks.layout_scores import counts, event_figures, promises, scores, told, window_figures  # noqa: E402

TRUTH = pd.DataFrame(
    [
        ("a.flac", "owl", 1.0, 2.0, 10.0),
        ("a.flac", "owl", 6.0, 9.0, 10.0),
        ("a.flac", "owl", 12.0, 13.0, 1.0),  # too quiet to count
        ("b.flac", "owl", 3.0, 4.0, 10.0),
        ("b.flac", "wren", 0.0, 3.0, 10.0),
    ],
    columns=["filename", "species", "onset_s", "offset_s", "snr_db"],
)
FOUND = pd.DataFrame(
    [
        ("a.flac", "owl", 0.9, 2.1, 0.95),  # right, and within the collars
        ("a.flac", "owl", 6.0, 7.8, 0.80),  # right, and too short
        ("a.flac", "owl", 12.0, 13.0, 0.90),  # a quiet call explains it
        ("b.flac", "owl", 8.0, 9.0, 0.60),  # wrong
    ],
    columns=["path", "species", "onset_s", "offset_s", "probability"],
)


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_every_layout_has_a_valid_configuration_that_differs_little_from_what_is_to_be_copied(
    layout: str, tmp_path: Path
) -> None:
    made = layouts.project(layout, tmp_path / "data", tmp_path / "results")
    raw = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    assert load(raw | made).dataset == "folder"
    copied = yaml.safe_load((REPOSITORY / "configs" / "folder.yaml").read_text(encoding="utf-8"))
    assert made["training"] == copied["training"]
    assert made["features"]["mel"]["n_bands"] == copied["features"]["mel"]["n_bands"]


def test_events_are_scored_as_by_hand() -> None:
    found = event_figures(FOUND, TRUTH, ["owl", "wren"], hours=0.5)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(0.5)
    assert found["event_f1"] == pytest.approx(4 / 7)
    assert found["event_f1_mean_of_species"] == pytest.approx((2 * 2 / (2 * 2 + 1 + 1) + 0) / 2)
    assert found["collar_f1"] == pytest.approx(2 / 7)
    assert found["false_per_hour"] == 2.0
    assert (found["n_detections"], found["n_events"]) == (4, 4)


def test_detections_of_nothing_and_of_no_recording_are_counted() -> None:
    none = np.empty((0, 2))
    one = np.array([[1.0, 2.0]])
    assert counts(none, one, none).tolist() == [[0, 0, 1], [0, 0, 1]]
    assert counts(one, none, none).tolist() == [[0, 1, 0], [0, 1, 0]]
    assert counts(one, none, one).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert event_figures(FOUND[:0], TRUTH, ["owl", "wren"], hours=1.0)["event_f1"] == 0.0


def test_promises_are_compared_with_what_was_kept() -> None:
    judged = FOUND.assign(right=[True, True, False, False])
    judged = pd.concat([judged.assign(path=judged["path"] + str(number)) for number in range(6)], ignore_index=True)
    found = promises(judged)
    assert found["at_0.5"]["promised"] == pytest.approx(FOUND["probability"].mean())
    assert found["at_0.5"]["kept"][0] == 0.5
    assert found["at_0.9"]["n"] == 12
    low, high = found["at_0.9"]["kept"][1:]
    assert low < 0.5 < high
    assert promises(judged[:0])["at_0.7"] == {"promised": None, "kept": None, "n": 0}


def test_windows_of_five_seconds_are_ranked_as_by_hand() -> None:
    """Of owl's windows the third of `a` holds only a quiet call, and does not count; the first of `b` holds one."""
    rows = [("a_5", 0.9, 0.1), ("a_10", 0.2, 0.1), ("a_15", 0.8, 0.1), ("b_5", 0.7, 0.5), ("b_10", 0.3, 0.1)]
    found = window_figures(pd.DataFrame(rows, columns=["row_id", "owl", "wren"]), TRUTH, ["owl", "wren"])
    assert found["by_species"] == {"owl": pytest.approx((1 + 1 + 3 / 4) / 3), "wren": 1.0}
    assert found["chance"] == pytest.approx((3 / 4 + 1 / 5) / 2)


def test_a_layout_is_scored_from_the_files_of_a_project_and_of_apply(tmp_path: Path) -> None:
    data, applied = tmp_path / "data", tmp_path / "applied" / "detections"
    for folder in (data / "test", data / "truth", applied):
        folder.mkdir(parents=True)
    for name in ("a", "b"):
        soundfile.write(data / "test" / f"{name}.flac", np.zeros(8000 * 15), 8000)
    TRUTH.to_csv(data / "truth" / "test_events.csv", index=False)
    (data / "truth" / "species.csv").write_text("species,target\nowl,1\nwren,0\n", encoding="utf-8")
    ids = FOUND["path"].str.removesuffix(".flac")
    FOUND.assign(recording_id=ids, path="/elsewhere/" + FOUND["path"]).to_csv(applied / "detections.csv", index=False)
    (tmp_path / "applied" / "recordings.csv").write_text("recording_id,path\na,a.flac\nb,b.flac\n", encoding="utf-8")
    (applied / "scores.birdclef.csv").write_text("row_id,owl\na_5,0.9\na_10,0.2\na_15,0\nb_5,0.1\n", encoding="utf-8")
    found = scores(data, tmp_path / "applied")
    assert found["event_f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1)), "wren is not what the project is about"
    assert found["false_per_hour"] == pytest.approx(1 / (30 / 3600))
    line = told([{"layout": "owl", "training_s": 90.0, **found}]).splitlines()[2]
    assert line.startswith("| owl | 0.667 | 0.667 | 0.667 | 0.333 | 120 |")
    assert line.endswith("| 1.5 min |")


def test_data_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import pathlib, sys\np = pathlib.Path(sys.argv[2])\np.mkdir()\n(p / 'a').write_text(sys.argv[4])\n"
    )
    for seed in ("1", "2"):
        layouts.make_data("owl", tmp_path / "data", tool, ["--seed", seed])
    assert (tmp_path / "data" / "a").read_text() == "1"
    tool.write_text("raise SystemExit(3)\n")
    with pytest.raises(Exception, match="returned non-zero exit status 3"):
        layouts.make_data("owl", tmp_path / "other", tool, [])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data", "tool.py"]


TOOL = """
import sys
from pathlib import Path
import numpy as np, pandas as pd, soundfile

out, rng, marks, truth = Path(sys.argv[2]), np.random.default_rng(1), [], []
for folder, n in (("train", 9), ("test", 4)):
    (out / folder).mkdir(parents=True)
    for number in range(n):
        name, samples = f"{folder}{number}.flac", rng.normal(0, 0.01, 10 * 22050)
        for onset, (species, hz) in zip(rng.uniform([0, 5], [3, 8]), (("owl", 600), ("wren", 5000)), strict=True):
            first = int(onset * 22050)
            samples[first : first + 22050] += 0.2 * np.sin(2 * np.pi * hz * np.arange(22050) / 22050)
            marks.append((name, species, onset, onset + 1, hz - 200, hz + 200, 1))
            truth.append((name, species, onset, onset + 1, 20.0))
        soundfile.write(out / folder / name, samples, 22050)
for folder in ("annotations", "truth"):
    (out / folder).mkdir()
table = pd.DataFrame(marks, columns=["filename", "species", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"])
table[table["filename"].str.startswith("train")].to_csv(out / "annotations" / "calls.csv", index=False)
table = pd.DataFrame(truth, columns=["filename", "species", "onset_s", "offset_s", "snr_db"])
table[table["filename"].str.startswith("test")].to_csv(out / "truth" / "test_events.csv", index=False)
(out / "truth" / "species.csv").write_text("species,target\\nowl,1\\nwren,1\\n")
"""
SMALL = (
    "shards=1",
    "training={model: {filters: [4, 8], head_units: 8}, crops: {window_s: 3}}",
    "experiments={mel_sed: {optimizer: {epochs: 8, least_steps: 60, batch_size: 8, learning_rate: 0.01}}}",
    "evaluation={group: null, replicates: 50}",
    "splits={n_folds: 2, group: null}",
    "compute={threads: 1}",
)


@pytest.mark.workflow
@pytest.mark.timeout(600)
def test_a_small_layout_is_made_trained_on_applied_to_and_scored(
    tmp_path: Path, warm: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = fresh(tmp_path / "checkout").code
    monkeypatch.setattr(layouts, "REPOSITORY", checkout)
    for name, value in warm.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "tool.py").write_text(TOOL, encoding="utf-8")
    given = ["sites", "--out", str(tmp_path / "out"), "--tool", str(tmp_path / "tool.py"), "--config", *SMALL]
    layouts.main(given)
    found = json.loads((tmp_path / "out" / "sites" / "scores.json").read_text(encoding="utf-8"))
    assert found["n_events"] == 8
    assert found["average_precision"] > found["chance"] + 0.1
    assert (tmp_path / "out" / "layouts.md").read_text(encoding="utf-8").count("\n") == 3
