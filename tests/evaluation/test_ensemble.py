"""Ensemble weights against finite differences, grid search and cases whose answer is known."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import combine_test
import fit_ensemble
from canopy.evaluation.ensemble import fit
from canopy.evaluation.ensemble.choose import Comparison, choose_weights, compare_nested, learned
from canopy.evaluation.ensemble.combine import coefficients, combine, scales, spreads
from canopy.evaluation.ensemble.fit import fit_weights, soft_lwlrap
from canopy.evaluation.ensemble.greedy import greedy_weights
from canopy.evaluation.metrics.bootstrap import Estimate
from canopy.evaluation.metrics.ranking import lwlrap
from canopy.inference.framewise import read_framewise, write_framewise
from canopy.inference.scores import read_scores, score_table
from canopy.runtime import files
from canopy.runtime.errors import CanopyError

SPECIES = [f"s{number}" for number in range(8)]
Weigh = Callable[[np.ndarray, np.ndarray], np.ndarray]


def members_of(noise: list[float], *, n: int = 150, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (n, 8) and members (n_members, n, 8), each the labels under noise of its own level, spread 1."""
    rng = np.random.default_rng(seed)
    truth = rng.random((n, len(SPECIES))) < 0.2
    members = np.stack([1.5 * truth + level * rng.normal(size=truth.shape) for level in noise])
    return truth, members / spreads(members)[:, None, None]


def pure_noise(members: np.ndarray, *, seed: int = 9) -> np.ndarray:
    return np.concatenate([members, np.random.default_rng(seed).normal(size=(1, *members.shape[1:]))])


def test_the_surrogate_becomes_lwlrap_as_the_temperature_falls() -> None:
    truth, members = members_of([1.0, 2.0])
    rows = truth.any(axis=1)
    weights = np.array([0.3, 0.7])
    exact = lwlrap(truth, np.tensordot(weights, members, axes=1))
    errors = [
        abs(soft_lwlrap(truth[rows], members[:, rows], weights, temperature=temperature)[0] - exact)
        for temperature in (1.0, 0.1, 1e-5)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-3


@pytest.mark.parametrize("at_once", [2**21, 100, 1])
def test_the_gradient_equals_finite_differences_in_blocks_of_any_size(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    truth, members = members_of([1.0, 1.5, 3.0], n=40)
    rows = truth.any(axis=1)
    truth, members = truth[rows], members[:, rows]
    weights = np.array([0.2, 0.5, 0.3])
    whole, _ = soft_lwlrap(truth, members, weights, temperature=0.3)
    monkeypatch.setattr(fit, "PAIRS_AT_ONCE", at_once)
    value, gradient = soft_lwlrap(truth, members, weights, temperature=0.3)
    assert value == pytest.approx(whole, abs=1e-14)
    for member in range(3):
        step = 1e-5 * np.eye(3)[member]
        above, _ = soft_lwlrap(truth, members, weights + step, temperature=0.3)
        below, _ = soft_lwlrap(truth, members, weights - step, temperature=0.3)
        assert gradient[member] == pytest.approx((above - below) / 2e-5, rel=1e-5, abs=1e-8)


def test_a_member_of_pure_noise_gets_almost_no_weight() -> None:
    truth, members = members_of([1.0, 1.0])
    weights = fit_weights(truth, pure_noise(members))
    assert weights[2] < 0.02
    assert weights.sum() == pytest.approx(1)
    assert (weights[:2] > 0.3).all()


@pytest.mark.parametrize("noise", [[1.0, 1.0], [0.8, 1.6], [2.0, 1.0]])
def test_two_weights_equal_the_best_of_a_grid(noise: list[float]) -> None:
    truth, members = members_of(noise)
    rows = truth.any(axis=1)
    weights = fit_weights(truth, members)
    shares = np.linspace(0, 1, 201)

    def loss(share: float) -> float:
        both = np.array([share, 1 - share])
        return 1e-3 * ((both - 0.5) ** 2).sum() - soft_lwlrap(truth[rows], members[:, rows], both)[0]

    losses = [loss(share) for share in shares]
    assert loss(weights[0]) <= min(losses) + 1e-7
    assert weights[0] == pytest.approx(shares[int(np.argmin(losses))], abs=0.01)
    exact = [lwlrap(truth, share * members[0] + (1 - share) * members[1]) for share in shares]
    assert lwlrap(truth, np.tensordot(weights, members, axes=1)) > max(exact) - 0.01


def test_permuted_members_get_permuted_weights() -> None:
    truth, members = members_of([1.0, 1.3, 2.0])
    order = [2, 0, 1]
    np.testing.assert_allclose(fit_weights(truth, members[order]), fit_weights(truth, members)[order], atol=1e-4)


def test_equal_members_get_equal_weights() -> None:
    truth, members = members_of([1.0])
    np.testing.assert_allclose(fit_weights(truth, np.repeat(members, 3, axis=0)), 1 / 3, atol=1e-4)


def test_rows_without_labels_have_no_influence() -> None:
    truth, members = members_of([1.0, 1.5])
    more = np.concatenate([members, 100 * np.ones((2, 5, len(SPECIES)))], axis=1)
    labels = np.concatenate([truth, np.zeros((5, len(SPECIES)), dtype=bool)])
    np.testing.assert_array_equal(fit_weights(labels, more), fit_weights(truth, members))


def test_one_member_or_no_label_gives_equal_weights() -> None:
    truth, members = members_of([1.0, 1.5])
    np.testing.assert_array_equal(fit_weights(truth, members[:1]), [1])
    np.testing.assert_array_equal(fit_weights(np.zeros_like(truth), members), [0.5, 0.5])


def test_the_spread_is_the_deviation_within_recordings() -> None:
    members = np.array([[[1.0, 3.0], [11.0, 15.0]], [[2.0, 2.0], [5.0, 5.0]]])
    np.testing.assert_allclose(spreads(members), [np.sqrt((1 + 4) / 2), 1.0])


def test_members_weigh_the_same_whatever_the_size_of_their_logits() -> None:
    truth, members = members_of([1.0, 1.5])
    sized = members * np.array([1.0, 40.0])[:, None, None]
    table = choose_weights(truth, sized, ["a", "b"], method="fitted", comparison=None)
    np.testing.assert_allclose(table.weight, fit_weights(truth, members), atol=1e-6)
    combined = combine(sized, coefficients(table, ["a", "b"]))
    assert lwlrap(truth, combined) == pytest.approx(lwlrap(truth, np.tensordot(table.weight, members, axes=1)))
    # Each part has the weighted mean spread, so that the sum is still of the size of logits.
    np.testing.assert_allclose(
        spreads(sized * table.scale.to_numpy()[:, None, None]), table.weight @ spreads(sized), rtol=1e-9
    )


def test_one_experiment_alone_is_left_as_it_is() -> None:
    truth, members = members_of([1.0])
    table = choose_weights(truth, 7 * members, ["only"], method="auto", comparison=None)
    assert table.to_numpy().tolist() == [["only", 1.0, 1.0]]
    np.testing.assert_array_equal(combine(7 * members, coefficients(table, ["only"])), 7 * members[0])
    np.testing.assert_array_equal(scales(np.array([2.0, 8.0]), np.array([0.5, 0.5])), [2.5, 0.625])


def test_weights_are_looked_up_by_experiment() -> None:
    table = pd.DataFrame({"experiment": ["a", "b"], "weight": [0.25, 0.75], "scale": [2.0, 1.0]})
    np.testing.assert_array_equal(coefficients(table, ["b", "a"]), [0.75, 0.5])
    with pytest.raises(CanopyError, match="the weights are for the experiments a, b, the scores come from a, c"):
        coefficients(table, ["a", "c"])


def slow_nested(truth: np.ndarray, members: np.ndarray, folds: np.ndarray, weigh: Weigh) -> float:
    """Score each fold's recordings with weights of the others, then LWLRAP once over all."""
    combined = np.empty(truth.shape)
    for fold in set(folds):
        held = folds == fold
        unit = members / spreads(members[:, ~held])[:, None, None]
        combined[held] = np.tensordot(weigh(truth[~held], unit[:, ~held]), unit[:, held], axes=1)
    return lwlrap(truth, combined)


def test_nested_figures_come_from_weights_of_the_other_folds() -> None:
    truth, members = members_of([1.0, 1.4], n=90)
    folds = np.arange(90) % 3
    ids = [str(number) for number in range(90)]
    found = compare_nested(truth, members, folds, groups=ids, replicates=100, seed=1)
    assert found is not None
    assert found.values["fitted"].value == pytest.approx(slow_nested(truth, members, folds, fit_weights))
    assert found.values["greedy"].value == pytest.approx(slow_nested(truth, members, folds, greedy_weights))
    assert found.values["mean"].value == pytest.approx(lwlrap(truth, members.mean(axis=0)), abs=0.01)
    ranks = sum(pd.DataFrame(member).rank(axis=1).to_numpy() for member in members)
    assert found.values["rank_mean"].value == pytest.approx(lwlrap(truth, ranks))
    for way, gain in found.gains.items():
        assert gain.value == pytest.approx(found.values[way].value - found.values["mean"].value)
    assert found.n == truth.any(axis=1).sum()
    rows = found.rows()
    ways = ["nested_mean", "nested_fitted", "nested_greedy", "nested_rank_mean"]
    ways += ["fitted_minus_mean", "greedy_minus_mean", "rank_mean_minus_mean"]
    assert rows.metric.tolist() == [f"lwlrap_{way}" for way in ways]
    assert compare_nested(truth, members, np.zeros(90, dtype=int), groups=ids) is None


def test_a_label_that_no_network_could_learn_from_chooses_none() -> None:
    truth = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]], bool)
    folds = np.array([0, 1, 1, 0, 0])
    expected = [[1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(learned(truth, folds), np.array(expected, bool))
    single = np.eye(8, dtype=bool)  # a call of each species, which one of the members happens to find
    folds = np.arange(8) % 2
    members = np.stack([np.where(single, 3.0, 0.0), np.where(single, -3.0, 0.0)])
    members += np.random.default_rng(1).normal(0, 0.1, members.shape)
    groups = [f"r{row}" for row in range(8)]
    for truth, least, most in ((single, 0.6, 1.0), (learned(single, folds), 0.5, 0.5)):
        comparison = compare_nested(truth, members, folds, groups=groups, replicates=200)
        found = choose_weights(truth, members, ["lucky", "other"], method="auto", comparison=comparison)
        assert least <= found["weight"].iloc[0] <= most


def verdict(low: float) -> Comparison:
    some = Estimate(np.array(0.5), np.array(0.4), np.array(0.6))
    gain = Estimate(np.array(low + 0.1), np.array(low), np.array(low + 0.2))
    return Comparison({"mean": some, "fitted": some}, {"fitted": gain}, 10)


def test_auto_takes_fitted_weights_only_where_they_are_surely_better() -> None:
    truth, members = members_of([1.0, 1.5])
    better = choose_weights(truth, members, ["a", "b"], method="auto", comparison=verdict(0.01)).weight
    np.testing.assert_array_equal(better, fit_weights(truth, members))
    for comparison in (verdict(-0.01), verdict(0.0), None):
        weights = choose_weights(truth, members, ["a", "b"], method="auto", comparison=comparison).weight
        np.testing.assert_array_equal(weights, [0.5, 0.5])
    fitted = choose_weights(truth, members, ["a", "b"], method="fitted", comparison=verdict(-0.01)).weight
    np.testing.assert_array_equal(fitted, better)
    greedy = choose_weights(truth, members, ["a", "b"], method="greedy", comparison=verdict(-0.01)).weight
    np.testing.assert_array_equal(greedy, greedy_weights(truth, members / spreads(members)[:, None, None]))
    mean = choose_weights(truth, members, ["a", "b"], method="mean", comparison=verdict(0.01)).weight
    np.testing.assert_array_equal(mean, [0.5, 0.5])


def test_greedy_selection_is_the_best_of_all_ensembles_that_grow_by_the_best_member() -> None:
    truth, members = members_of([1.0, 1.2, 1.6], n=60)
    team: list[int] = []
    tried = []
    for _ in range(6):
        grown = [(lwlrap(truth, members[[*team, k]].sum(axis=0)), -k) for k in range(3)]
        team.append(-max(grown)[1])
        tried.append((max(grown)[0], [*team]))
    best = max(score for score, _ in tried)
    expected = next(np.bincount(team, minlength=3) / len(team) for score, team in tried if score == best)
    np.testing.assert_allclose(greedy_weights(truth, members, rounds=6), expected)


def test_greedy_selection_drops_noise() -> None:
    truth, members = members_of([1.0])
    weights = greedy_weights(truth, pure_noise(members))
    assert weights[0] > 0.85
    assert weights.sum() == pytest.approx(1)


def write_members(folder: Path, truth: np.ndarray, members: np.ndarray) -> list[str]:
    """Write an experiment per member, each with one frame per recording that holds its scores."""
    ids = [f"r{number:03}" for number in range(len(truth))]
    for number, logits in enumerate(members):
        files.write_table(score_table(ids, logits, SPECIES), folder / f"{number}" / "scores.csv")
        frames = zip(ids, logits[:, None], strict=True)
        write_framewise(frames, folder / f"{number}" / "framewise.npy", n_species=len(SPECIES), frame_s=0.5)
    row, column = np.nonzero(truth)
    boxes = pd.DataFrame({"recording_id": np.array(ids)[row], "species": np.array(SPECIES)[column]})
    boxes = boxes.assign(songtype=1, onset_s=0.0, offset_s=1.0, low_hz=10.0, high_hz=20.0, polarity=1)
    files.write_table(boxes, folder / "train.csv")
    recordings = pd.DataFrame({"recording_id": ids, "reviewed": "none", "species": ""})
    files.write_table(recordings, folder / "train_recordings.csv")
    files.write_table(pd.DataFrame({"recording_id": ids, "fold": np.arange(len(ids)) % 3}), folder / "folds.csv")
    return [f"experiment{number}" for number in range(len(members))]


def run_fit(folder: Path, experiments: list[str], method: str) -> pd.DataFrame:
    settings = {"experiments": experiments, "method": method, "bootstrap": {"replicates": 50, "seed": 1}}
    numbers = range(len(experiments))
    fit_ensemble.main(
        [
            *("--folds", f"{folder}/folds.csv", "--annotations", f"{folder}/train.csv"),
            *("--train-recordings", f"{folder}/train_recordings.csv"),
            *("--members", *(f"{folder}/{number}/scores.csv" for number in numbers)),
            *("--framewise", *(f"{folder}/{number}/framewise.npy" for number in numbers)),
            *("--weights", f"{folder}/weights.csv", "--scores", f"{folder}/oof/scores.csv"),
            *("--output-framewise", f"{folder}/oof/framewise.npy", "--metrics", f"{folder}/oof/metrics.csv"),
            *("--comparisons", f"{folder}/oof/comparisons.csv", "--settings", json.dumps(settings)),
        ]
    )
    return pd.read_csv(folder / "oof" / "metrics.csv", keep_default_na=False).set_index(["metric", "species"])


def test_the_scripts_drop_noise_from_the_ensemble_and_apply_its_weights_to_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, members = members_of([1.0])
    members = pure_noise(members) * np.array([1.0, 3.0])[:, None, None]
    experiments = write_members(tmp_path, truth, members)
    metrics = run_fit(tmp_path, experiments, "auto")
    out = capsys.readouterr().out
    assert "experiment1: weight 0.0" in out
    assert "ensemble, out of fold: lwlrap_fitted_minus_mean 0." in out
    assert metrics.low["lwlrap_fitted_minus_mean", ""] > 0
    assert metrics.value["lwlrap_nested_fitted", ""] > metrics.value["lwlrap_nested_mean", ""]
    assert metrics.value["lwlrap", ""] == pytest.approx(lwlrap(truth, members[0]), abs=0.02)
    combine_test.main(
        [
            *("--weights", f"{tmp_path}/weights.csv"),
            *("--members", f"{tmp_path}/1/scores.csv", f"{tmp_path}/0/scores.csv"),
            *("--framewise", f"{tmp_path}/1/framewise.npy", f"{tmp_path}/0/framewise.npy"),
            *("--scores", f"{tmp_path}/test/scores.csv", "--output-framewise", f"{tmp_path}/test/framewise.npy"),
            *("--settings", json.dumps({"experiments": experiments[::-1]})),
        ]
    )
    combined = [read_scores(tmp_path / subset / "scores.csv") for subset in ("oof", "test")]
    pd.testing.assert_frame_equal(combined[0], combined[1])
    frames = read_framewise(tmp_path / "test" / "framewise.npy").values
    np.testing.assert_allclose(frames, combined[1][SPECIES], atol=5e-3)


def test_the_script_keeps_equal_weights_where_fitting_does_not_help_and_repeats_its_bytes(tmp_path: Path) -> None:
    truth, members = members_of([1.0, 1.0])
    experiments = write_members(tmp_path, truth, members)
    run_fit(tmp_path, experiments, "auto")
    assert pd.read_csv(tmp_path / "weights.csv").weight.tolist() == [0.5, 0.5]
    names = ["weights.csv", "oof/scores.csv", "oof/framewise.npy", "oof/metrics.csv"]
    first = [(tmp_path / name).read_bytes() for name in names]
    run_fit(tmp_path, experiments, "auto")
    assert first == [(tmp_path / name).read_bytes() for name in names]


def test_the_script_takes_one_experiment_and_the_mean_without_a_comparison(tmp_path: Path) -> None:
    truth, members = members_of([1.0, 1.2])
    experiments = write_members(tmp_path, truth, members)
    assert "lwlrap_nested_mean" not in run_fit(tmp_path, experiments, "mean").index.get_level_values(0)
    run_fit(tmp_path, experiments[:1], "auto")
    assert (tmp_path / "weights.csv").read_text() == "experiment,weight,scale\nexperiment0,1.0,1.0\n"
    assert (tmp_path / "oof" / "scores.csv").read_bytes() == (tmp_path / "0" / "scores.csv").read_bytes()
