"""docs/ablation.py: what an ingredient is worth, with an interval for other recordings and other seeds."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from canopy.config.loading import experiments, load
from canopy.evaluation.metrics.bootstrap import bayesian_weights
from canopy.evaluation.metrics.ranking import lwlrap
from canopy.inference.scores import score_table
from canopy.runtime import files

REPOSITORY = Path(__file__).resolve().parents[2]
SPECIES = ["s0", "s1"]
IDS = {"oof": [f"r{number}" for number in range(6)], "test": [f"t{number}" for number in range(4)]}
STUDENT = {1: 12.7062, 2: 4.30265, 9: 2.26216}
"""The 97.5 % quantile of Student's distribution by degrees of freedom, as textbooks have it."""


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(REPOSITORY / "docs" / "ablation.py"))


def bounds(found: Any) -> list[float]:
    return [found.value, found.low, found.high]


# The interval.


def test_without_a_spread_over_recordings_the_interval_is_students_over_seeds(tool: dict[str, Any]) -> None:
    found = tool["effect"](np.array([0.1, 0.2, 0.3]), np.full(50, 0.2), 10)
    half = STUDENT[2] * 0.1 / np.sqrt(3)
    assert bounds(found) == pytest.approx([0.2, 0.2 - half, 0.2 + half], rel=1e-5)
    assert found.n_seeds == 3


def test_without_a_spread_over_seeds_the_interval_is_that_of_recordings(tool: dict[str, Any]) -> None:
    replicates = np.array([0.1, 0.3])  # of variance 0.01, which 11 / 9 makes unbiased
    half = STUDENT[9] * np.sqrt(0.01 * 11 / 9)
    for seeds in ([0.2, 0.2, 0.2], [0.2]):
        found = tool["effect"](np.array(seeds), replicates, 10)
        assert bounds(found) == pytest.approx([0.2, 0.2 - half, 0.2 + half], rel=1e-5)


def test_both_spreads_add_up_and_share_their_degrees_of_freedom(tool: dict[str, Any]) -> None:
    # Equal parts of 0.01, one with 2 degrees of freedom and one with 2: together 4, whose quantile is 2.77645.
    seeds = np.array([0.0, 0.1, 0.2]) * np.sqrt(3)
    found = tool["effect"](seeds, np.array([-1, 1]) * np.sqrt(0.005), 3)
    assert found.high - found.value == pytest.approx(2.77645 * np.sqrt(0.02), rel=1e-5)


def test_intervals_hold_the_truth_about_as_often_as_they_say(tool: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(300):
        by_recording = rng.normal(0.1, 0.3, 40) + rng.normal(0, 0.03, (3, 1))  # (seeds, recordings)
        drawn = bayesian_weights(range(40), n_replicates=200, seed=int(rng.integers(1 << 30)))
        found = tool["effect"](by_recording.mean(axis=1), by_recording.mean(axis=0) @ drawn / 40, 40)
        held.append(found.low <= 0.1 <= found.high)
    assert 0.91 <= np.mean(held) <= 0.99


# From scores to rows. A recording holds one of two species: LWLRAP is 1 if it scores higher, else 0.5.


def write(results: Path, name: str, right: bool, subsets: tuple[str, ...] = ("oof", "test")) -> None:
    for subset in subsets:
        ids = IDS[subset]
        held = np.arange(len(ids)) % 2
        logits = np.full((len(ids), 2), -1.0)
        logits[np.arange(len(ids)), held if right else 1 - held] = 1.0
        path = results / "experiments" / name / "fold0" / subset / "scores.csv"
        files.write_table(score_table(ids, logits, SPECIES), path)


def finished(tool: dict[str, Any], folder: Path, subset: str = "test") -> Any:
    ids = IDS[subset]
    events = {"recording_id": ids, "species_id": [number % 2 for number in range(len(ids))], "t_min": 0.0, "t_max": 1.0}
    truth = folder / "truth" / ("test_events.csv" if subset == "test" else "train_events.csv")
    files.write_table(pd.DataFrame(events), truth)
    return tool["Finished"](folder, truth, subset)


def test_a_change_is_the_mean_of_the_seeds_differences(tool: dict[str, Any], tmp_path: Path) -> None:
    for name, right in {"base-seed_1": True, "base-seed_2": True, "no_mask-seed_1": False}.items():
        write(tmp_path, name, right)
    found = finished(tool, tmp_path)
    assert bounds(found.effect(["base"])) == [1.0, 1.0, 1.0]
    assert bounds(found.effect(["no_mask"], ["base"])) == [-0.5, -0.5, -0.5]
    write(tmp_path, "no_mask-seed_2", True)
    change = finished(tool, tmp_path).effect(["no_mask"], ["base"])
    half = STUDENT[1] * np.sqrt(0.125 / 2)  # of -0.5 and 0
    assert bounds(change) == pytest.approx([-0.25, -0.25 - half, -0.25 + half], rel=1e-5)
    assert change.n_seeds == 2


def test_an_experiment_counts_once_both_its_subsets_are_scored(tool: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "base-seed_1", True)
    write(tmp_path, "no_mask-seed_1", False, subsets=("test",))
    write(tmp_path, "no_mixup-seed_2", False)
    found = finished(tool, tmp_path)
    assert found.seeds(["base"]) == [1]
    assert found.effect(["no_mask"], ["base"]) is None
    assert found.effect(["no_mixup"], ["base"]) is None  # no base of its seed


def test_members_are_combined_with_equal_weights_and_equal_spread(tool: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "base-seed_1", True)
    write(tmp_path, "member_cqt-seed_1", False)
    path = tmp_path / "experiments" / "base-seed_1" / "fold0"
    table = pd.read_csv(path / "test" / "scores.csv")
    for subset in IDS:  # louder, which must not count, and surer of the first two test recordings
        scores = pd.read_csv(path / subset / "scores.csv").set_index("recording_id") * 10
        if subset == "test":
            scores.iloc[:2] *= 1.5
            scores.iloc[2:] *= 0.5
        files.write_table(scores.reset_index(), path / subset / "scores.csv")
    effect = finished(tool, tmp_path).effect(["base", "member_cqt"])
    right, wrong = table[SPECIES].to_numpy(), -table[SPECIES].to_numpy()
    combined = right * np.array([[1.5], [1.5], [0.5], [0.5]]) + wrong
    assert effect.value == lwlrap(right > 0, combined) == 0.75


# The page.


def test_rows_are_written_between_the_markers_and_say_what_is_missing(tool: dict[str, Any], tmp_path: Path) -> None:
    for subset in IDS:
        finished(tool, tmp_path, subset)
    for seed in (1, 2):
        write(tmp_path, f"base-seed_{seed}", True)
        write(tmp_path, f"no_mask-seed_{seed}", False)
    page = tmp_path / "page.md"
    for name in ("ingredients", "members"):
        with page.open("a", encoding="utf-8") as out:
            out.write(f"before\n<!-- {name}: begin -->\nold\n<!-- {name}: end -->\nafter\n")
    for _ in range(2):
        tool["main"]([str(tmp_path), str(tmp_path), "--page", str(page)])
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[4] == "| nothing | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] | 2 |"
        lost = "**-0.500 [-0.500, -0.500]**"
        assert lines[5] == f"| masked loss: what no box marks is absent | {lost} | {lost} | 2 |"
        assert "| additive mixup | not yet run | not yet run | 0 |" in lines
        assert lines[-3:] == ["| waveform | not yet run | not yet run | 0 |", "<!-- members: end -->", "after"]
        assert (lines.count("before"), lines.count("after"), lines.count("old")) == (2, 2, 0)


def test_a_row_that_is_not_run_keeps_what_the_page_has_of_it(tool: dict[str, Any]) -> None:
    rows = "| a | +0.1 | 3 |\n| b | not yet run | 0 |\n"
    other = "<!-- u: begin -->\n| a | 5 | 3 |\n<!-- u: end -->\n"
    page = f"<!-- t: begin -->\n{rows}<!-- t: end -->\n{other}"
    found = tool["written"](page, {"t": "| a | not yet run | 0 |\n| b | +0.2 | 1 |\n"})
    assert found == "<!-- t: begin -->\n| a | +0.1 | 3 |\n| b | +0.2 | 1 |\n<!-- t: end -->\n" + other


def test_a_page_without_markers_is_refused(tool: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match="<!-- members: begin -->"):
        tool["written"]("nothing", {"members": "rows"})


def test_the_overlay_holds_the_experiments_of_the_tables(tool: dict[str, Any]) -> None:
    raw: dict[str, Any] = {}
    for name in ("rfcx", "members", "ablation"):
        one = yaml.safe_load((REPOSITORY / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))
        raw = merged(raw, one)
    found = experiments(load(raw))
    variants = list(dict.fromkeys([*tool["INGREDIENTS"], *tool["MEMBERS"]]))
    names = {f"{variant}-seed_{seed}" for variant in variants for seed in range(1, tool["SEEDS"] + 1)}
    assert set(found) == names
    told = {name: canonical_without_seed(experiment) for name, experiment in found.items()}
    assert len(set(told.values())) == len(variants)  # each changes something, and no two the same
    assert found["base-seed_2"].seed == 2
    page = (REPOSITORY / "docs" / "recipe.md").read_text(encoding="utf-8")
    texts = [*tool["INGREDIENTS"].values(), *tool["MEMBERS"].values()]
    assert [text for text in texts if f"| {text} |" not in page] == []


def canonical_without_seed(experiment: Any) -> str:
    told = str(experiment.model_dump(exclude={"seed"}))
    return told.replace(f"'base-seed_{experiment.seed}'", "'base'")  # a teacher of its own seed


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Merge overlays as Snakemake does."""
    both = {key: merged(base[key], value) for key, value in changes.items() if isinstance(value, dict) and key in base}
    return {**base, **changes, **both}
