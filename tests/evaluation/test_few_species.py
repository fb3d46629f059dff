"""With one species or few, figures lead that can tell a good detector from a bad one, and choose the members."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

import fit_ensemble
from canopy.evaluation.ensemble.combine import combine
from canopy.evaluation.ensemble.over_time import choose_over_time, compare_over_time, precision_over_time
from canopy.evaluation.metrics.bootstrap import bayesian_weights
from canopy.evaluation.metrics.measures.registry import are_few, leading
from canopy.evaluation.metrics.tables import oof_metrics
from canopy.evaluation.metrics.windows import Windows, box_windows, windows
from canopy.evaluation.teachers import effect
from canopy.inference.framewise import Framewise, write_framewise
from canopy.inference.scores import score_table

IDS = [f"r{number:02d}" for number in range(12)]
FRAME_S, N_FRAMES = 0.1, 201


def one_species(noise: float, seed: int, *, scale: float = 1.0) -> tuple[Framewise, pd.DataFrame]:
    """Return framewise logits of 12 reviewed recordings of 20 s, and their calls: one in every other recording."""
    rng = np.random.default_rng(7)
    clock_s, noises = np.arange(N_FRAMES) * FRAME_S, np.random.default_rng(seed)
    values, rows = [], []
    for number, recording in enumerate(IDS):
        onset_s = rng.uniform(0, 17)
        called = (number % 2 == 0) & (clock_s >= onset_s) & (clock_s <= onset_s + 2)
        values.append(scale * (4.0 * called + noises.normal(0, noise, N_FRAMES)))
        rows += [(recording, "s0", onset_s, onset_s + 2, 1)] if number % 2 == 0 else []
    index = {"recording_id": IDS, "first_frame": np.arange(12) * N_FRAMES, "n_frames": N_FRAMES, "frame_s": FRAME_S}
    columns = ["recording_id", "species", "onset_s", "offset_s", "polarity"]
    return Framewise(np.concatenate(values)[:, None].astype(np.float16), pd.DataFrame(index)), pd.DataFrame(
        rows, columns=columns
    )


def cut(noise: float, seed: int, *, scale: float = 1.0) -> Windows:
    framewise, calls = one_species(noise, seed, scale=scale)
    events = {(str(row.recording_id), "s0"): np.array([[row.onset_s, row.offset_s]]) for row in calls.itertuples()}
    return windows(framewise, IDS, events, np.ones((12, 1), dtype=bool), ["s0"])


def metrics_of(noise: float, seed: int) -> pd.DataFrame:
    framewise, calls = one_species(noise, seed)
    scores = score_table(IDS, np.array([framewise.of(one).max(axis=0) for one in IDS]), ["s0"])
    reviewed = pd.DataFrame({"recording_id": IDS, "reviewed": "all", "species": ""})
    return oof_metrics(scores, framewise, annotations=calls, train_recordings=reviewed, replicates=50)


def test_with_one_species_a_figure_leads_that_can_fail() -> None:
    good, bad = metrics_of(0.3, 1), metrics_of(50.0, 1)
    assert leading(good, ["s0"]).name == "window_average_precision"
    overall = {name: table[table.species == ""].set_index("metric").value for name, table in (("g", good), ("b", bad))}
    assert overall["g"]["lwlrap"] == overall["b"]["lwlrap"] == 1.0  # whatever the scores are
    assert overall["g"]["window_average_precision"] > 0.95
    assert overall["b"]["window_average_precision"] < 0.5


def test_what_leads_follows_the_labels_and_the_number_of_species() -> None:
    table = pd.DataFrame({"metric": ["lwlrap", "box_average_precision", "average_precision"], "species": ""})
    assert leading(table, ["a", "b", "c", "d"]).name == "lwlrap"
    assert leading(table, ["a"]).name == "box_average_precision"
    assert leading(table[:1], ["a", "b"]).name == "lwlrap"
    assert leading(table[:1], ["a"]).name == "window_average_precision"  # LWLRAP of one species says nothing
    assert are_few(["a", "b", "c"])


def test_windows_are_those_of_a_slow_count() -> None:
    framewise, calls = one_species(1.0, 3)
    found = cut(1.0, 3)
    expected = []
    for place, recording in enumerate(IDS):
        mine = calls[calls.recording_id == recording]
        for start_s in (0.0, 5.0, 10.0, 15.0):
            times = mine[["onset_s", "offset_s"]].to_numpy(float)
            shared = [min(start_s + 5, offset_s) - max(start_s, onset_s) for onset_s, offset_s in times.tolist()]
            at = np.arange(N_FRAMES) * FRAME_S
            inside = (at >= start_s - 1e-9) & ((at < start_s + 5 - 1e-9) | (start_s == 15.0))
            peak = framewise.of(recording)[inside, 0].max()
            known = not any(0 < one < 0.5 for one in shared)
            expected.append((place, peak, any(one >= 0.5 for one in shared), known))
    rows = zip(found.row, found.logits[:, 0], found.truth[:, 0], found.known[:, 0], strict=True)
    assert [(int(row), pytest.approx(peak), bool(is_), bool(known)) for row, peak, is_, known in rows] == expected
    statistic = precision_over_time(found, found.logits)
    assert statistic is not None
    kept = found.known[:, 0]
    by_hand = average_precision_score(found.truth[kept, 0], found.logits[kept, 0])
    assert statistic(np.ones((12, 1)))[0] == pytest.approx(by_hand)


def test_boxes_are_windows_of_their_own_species() -> None:
    framewise, calls = one_species(0.1, 1)
    both = pd.concat([calls, calls.assign(polarity=-1)], ignore_index=True)
    found = box_windows(both, framewise, IDS, ["s0"])
    assert (found.truth[:, 0] == (both.polarity > 0)).all()
    assert found.known.all()
    assert found.row.tolist() == [IDS.index(one) for one in both.recording_id]


def test_members_come_to_one_scale_and_the_better_one_is_chosen() -> None:
    good, loud = cut(0.5, 1), cut(6.0, 2, scale=100.0)
    members = np.stack([good.logits, loud.logits])
    mean = choose_over_time(good, members, ["good", "loud"], method="mean", comparison=None)
    scaled = mean.scale.to_numpy() * members.std(axis=(1, 2))
    assert scaled[0] == pytest.approx(scaled[1])  # of logits a hundred times larger, no more than its weight
    weights = choose_over_time(good, members, ["good", "loud"], method="greedy", comparison=None)
    assert weights.weight[0] > 0.6
    folds = np.asarray(good.row % 3)
    found = compare_over_time(good, members, folds, metric="window_average_precision", groups=IDS, replicates=100)
    assert found is not None
    names = found.rows().metric.tolist()
    assert names[0] == "window_average_precision_nested_mean"
    assert names[-1] == "window_average_precision_greedy_minus_mean"
    value = precision_over_time(good, combine(members, (weights.weight * weights.scale).to_numpy()))
    assert value is not None
    assert value(np.ones((12, 1)))[0] > 0.9


def test_without_both_kinds_weights_are_equal() -> None:
    none = Windows(np.zeros(0, dtype=np.int64), np.zeros((0, 1)), *(np.zeros((0, 1), dtype=bool),) * 2)
    chosen = choose_over_time(none, np.zeros((2, 0, 1)), ["a", "b"], method="greedy", comparison=None)
    assert chosen.weight.tolist() == [0.5, 0.5]
    assert compare_over_time(none, np.zeros((2, 0, 1)), np.zeros(0, dtype=int), metric="x", groups=IDS) is None


def test_the_script_weighs_members_of_one_species_by_what_they_find(tmp_path: Path) -> None:
    members = {"good": one_species(0.5, 1)[0], "loud": one_species(6.0, 2, scale=100.0)[0]}
    calls = one_species(0.5, 1)[1]
    tables = {
        "folds": pd.DataFrame({"recording_id": IDS, "fold": np.arange(12) // 2 % 3}),
        "annotations": calls,
        "train-recordings": pd.DataFrame({"recording_id": IDS, "reviewed": "all", "species": ""}),
    }
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    for name, framewise in members.items():
        frames = {one: framewise.of(one) for one in IDS}
        write_framewise(frames.items(), tmp_path / f"{name}.npy", n_species=1, frame_s=FRAME_S)
        scores = score_table(IDS, np.array([frames[one].max(axis=0) for one in IDS]), ["s0"])
        scores.to_csv(tmp_path / f"{name}-scores.csv", index=False)
    outputs = {"weights": "weights.csv", "scores": "scores.csv", "output-framewise": "ensemble.npy"}
    outputs |= {"metrics": "metrics.csv", "comparisons": "comparisons.csv"}
    settings = {"experiments": list(members), "method": "greedy", "bootstrap": {"replicates": 50, "seed": 1}}
    given = [text for name in tables for text in (f"--{name}", f"{tmp_path}/{name}.csv")]
    given += [text for option, name in outputs.items() for text in (f"--{option}", f"{tmp_path}/{name}")]
    given += ["--members", *(f"{tmp_path}/{name}-scores.csv" for name in members)]
    given += ["--framewise", *(f"{tmp_path}/{name}.npy" for name in members), "--settings", json.dumps(settings)]
    fit_ensemble.main(given)
    weights = pd.read_csv(tmp_path / "weights.csv").set_index("experiment")
    assert weights.weight["good"] > 0.6
    assert weights.scale["good"] > 20 * weights.scale["loud"]
    found = pd.read_csv(tmp_path / "metrics.csv").set_index("metric").value
    assert found["window_average_precision"].iloc[0] > 0.9
    assert "window_average_precision_greedy_minus_mean" in found
    assert "window_average_precision" in set(pd.read_csv(tmp_path / "comparisons.csv").metric)


def test_students_of_one_species_are_judged_by_reviewed_recordings() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random((30, 1)) < 0.5
    logits = {"student": truth + 0.1 * rng.normal(size=(30, 1)), "teacher": rng.normal(size=(30, 1))}
    weights = bayesian_weights(range(30), n_replicates=100)
    found = effect(logits, {"student": "teacher"}, truth, weights, subset="oof")
    assert found[["metric", "better"]].to_numpy().tolist() == [["average_precision", "student"]]
    nothing = effect(logits, {"student": "teacher"}, truth, weights, subset="oof", known=np.zeros_like(truth))
    assert nothing.empty
