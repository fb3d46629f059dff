"""Calibration gives probabilities that keep their word, thresholds that keep the precision wanted, or says that not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from scipy.special import expit
from sklearn.calibration import _sigmoid_calibration

import calibrate
from canopy.evaluation.calibration.examples import examples
from canopy.evaluation.calibration.fit import BACKWARDS, NOTHING, POOLED, crossfit, fit_calibration, probabilities
from canopy.evaluation.calibration.platt import fit_platt
from canopy.evaluation.calibration.priors import class_priors, correct_scores, estimate_priors, prior_shift
from canopy.evaluation.calibration.reliability import bins_of, calibration_error, reliability
from canopy.evaluation.calibration.thresholds import FEW, NOT_REACHED, fit_thresholds, lowest_threshold
from canopy.evaluation.metrics.bootstrap import bayesian_weights
from canopy.evaluation.metrics.proportions import proportion
from canopy.evaluation.metrics.ranking import lwlrap
from canopy.inference.framewise import Framewise
from canopy.inference.scores import score_table
from canopy.runtime.errors import CanopyError


def drawn(n: int = 400, *, scale: float = 2.0, offset: float = -1.0, seed: int = 1, name: str = "s0") -> pd.DataFrame:
    """Return examples whose true probability is expit(scale x logit + offset)."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(size=n)
    positive = rng.random(n) < expit(scale * logit + offset)
    ids = [f"r{number % 50:02d}" for number in range(n)]
    return pd.DataFrame(
        {"recording_id": ids, "species": name, "logit": logit, "positive": positive, "source": "reviewed"}
    )


def folds_of(table: pd.DataFrame) -> np.ndarray:
    return table.recording_id.str[1:].astype(int).to_numpy() % 3


# The curve.


@pytest.mark.parametrize(("n", "seed"), [(400, 1), (25, 2), (3000, 3)])
def test_the_curve_is_scikit_learns(n: int, seed: int) -> None:
    table = drawn(n, seed=seed)
    slope, intercept = _sigmoid_calibration(table.logit.to_numpy(), table.positive.to_numpy())
    scale, offset = fit_platt(table.logit.to_numpy(), table.positive.to_numpy())
    assert (scale, offset) == pytest.approx((-slope, -intercept), abs=2e-3)


def test_separable_examples_get_a_finite_curve_whatever_the_scale_of_their_logits() -> None:
    logits, positive = np.array([-3.0, -2, 2, 3]), np.array([False, False, True, True])
    scale, offset = fit_platt(logits, positive)
    assert 0 < scale < 5
    assert fit_platt(1000 * logits + 7, positive) == pytest.approx((scale / 1000, offset - 7 * scale / 1000), abs=1e-6)
    with pytest.raises(ValueError, match="both kinds"):
        fit_platt(logits, np.ones(4, dtype=bool))


def test_few_examples_borrow_the_curve_of_all_species_and_say_so() -> None:
    rich, poor = drawn(300, name="s0"), drawn(12, seed=5, name="s1")
    backwards = drawn(200, scale=-3.0, seed=6, name="s2")
    everything = pd.concat([rich, poor, backwards], ignore_index=True).assign(source="marked")
    table: Any = fit_calibration(everything, ["s0", "s1", "s2", "s3"]).set_index("species")
    assert table.note.tolist() == ["", POOLED, BACKWARDS, POOLED]
    assert (table.basis == "suspected").all()
    pooled = table.loc["s1", ["scale", "offset"]].tolist()
    assert table.loc["s3", ["scale", "offset"]].tolist() == pooled == table.loc["s2", ["scale", "offset"]].tolist()
    assert table.loc["s0", "scale"] == pytest.approx(2.0, abs=0.6)
    assert table.loc["s1", ["n_positive", "n_negative"]].sum() == 12
    alone: Any = fit_calibration(rich[rich.positive], ["s0"])
    assert alone.loc[0, ["scale", "offset", "note"]].tolist() == [1.0, 0.0, NOTHING]


def test_a_folds_probabilities_do_not_depend_on_its_own_labels() -> None:
    table = drawn()
    folds = folds_of(table)
    before, _ = crossfit(table, folds, ["s0"])
    turned = table.assign(positive=np.where(folds == 1, ~table.positive, table.positive))
    after, _ = crossfit(turned, folds, ["s0"])
    np.testing.assert_array_equal(before[folds == 1], after[folds == 1])
    assert (before[folds != 1] != after[folds != 1]).any()


def test_calibration_mends_the_calibration_error() -> None:
    table = drawn(1200, scale=0.4, offset=-1.5)
    honest, _ = crossfit(table, folds_of(table), ["s0"])
    weights = bayesian_weights(table.recording_id, n_replicates=100, seed=1)
    points = reliability(table, {"before": expit(table.logit.to_numpy()), "after": honest}, ["s0"], weights=weights)
    error = points[points.bin.isna() & (points.species == "")].set_index("stage").error
    assert error["before"] > 0.2 > 0.06 > error["after"]
    own = points[points.bin.notna() & (points.stage == "after")]
    assert own.n.sum() == 1200
    assert (own.low < own.frequency).all()
    assert (own.frequency < own.high).all()
    assert ((own.low < own.probability) & (own.probability < own.high)).mean() > 0.7


def test_the_calibration_error_is_the_one_worked_by_hand() -> None:
    chance = np.array([0.1] * 10 + [0.8] * 10)
    positive = np.array([True] * 3 + [False] * 7 + [True] * 6 + [False] * 4)
    place = bins_of(chance, 2)
    assert place.tolist() == [0] * 10 + [1] * 10
    found = calibration_error(chance, positive, place)(np.ones((20, 1)))
    assert found[0] == pytest.approx((0.2 + 0.2) / 2)
    assert bins_of(chance[:15], 10).tolist() == [0] * 15  # too few for more than one


# Thresholds.


def test_the_lowest_threshold_is_where_the_mean_probability_is_the_precision_wanted() -> None:
    chance = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    assert lowest_threshold(chance, 0.85) == pytest.approx(0.75)
    assert lowest_threshold(chance, 0.75) == pytest.approx(0.55)
    assert lowest_threshold(chance, 0.1) == pytest.approx(0.4)
    assert lowest_threshold(chance, 0.95) is None
    assert lowest_threshold(chance, 0.75, np.array([1.0, 1, 1, 3, 1, 1])) == pytest.approx(0.65)
    assert lowest_threshold(chance, 0.75, np.zeros(6)) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_lower_threshold_would_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chance, mass = rng.random(40).round(1), rng.random(40)
    found = lowest_threshold(chance, 0.6, mass)
    good = [x for x in np.unique(chance) if np.average(chance[chance >= x], weights=mass[chance >= x]) >= 0.6]
    assert found is not None
    assert (chance >= found).sum() == (chance >= min(good)).sum()


def test_thresholds_keep_their_precision_on_new_recordings() -> None:
    table = drawn(3000, scale=3.0, offset=-1.0, seed=3)
    weights = bayesian_weights(table.recording_id, n_replicates=200, seed=1)
    line = fit_calibration(table, ["s0"])
    found = fit_thresholds(table, line, weights=weights, wanted=[0.8, 0.95]).set_index("wanted_precision")
    new = drawn(20_000, scale=3.0, offset=-1.0, seed=4)
    fired = probabilities(new, line)
    for wanted, row in found.iterrows():
        kept = new.positive[fired >= row.threshold].mean()
        assert kept == pytest.approx(wanted, abs=0.04)
        assert row.low - 0.01 <= kept <= row.high + 0.01  # of one draw of 3,000
        assert (row.basis, row.note) == ("reviewed", "")
    assert found.recall[0.8] > found.recall[0.95]


def test_too_few_and_out_of_reach_are_said() -> None:
    table = pd.concat(
        [drawn(300), drawn(9, seed=2, name="s1"), drawn(200, scale=0.0, offset=-2.0, seed=7, name="s2")],
        ignore_index=True,
    ).assign(source="marked")
    weights = bayesian_weights(table.recording_id, n_replicates=50, seed=1)
    lines = fit_calibration(table, ["s0", "s1", "s2", "s3"])
    found = fit_thresholds(table, lines, weights=weights, wanted=[0.9]).set_index("species")
    assert found.note["s1"] == found.note["s3"] == FEW
    assert found.note["s2"] == NOT_REACHED
    assert found.threshold["s2"] == 0.9
    assert found.n["s3"] == 0
    assert np.isnan(found.precision["s3"])
    assert list(found.index) == ["s0", "s1", "s2", "s3"]


def test_a_share_of_independent_examples_has_the_interval_of_jeffreys() -> None:
    hits = np.array([True] * 7 + [False] * 2)
    weights = bayesian_weights(range(9), n_replicates=40_000, seed=2)
    found = proportion(hits, np.ones(9, dtype=bool), weights, seed=1)
    expected = scipy.stats.beta.ppf([0.025, 0.975], 7.5, 2.5)
    np.testing.assert_allclose([found.low, found.high], expected, atol=0.02)
    every = proportion(hits, hits, weights, seed=1)
    assert every.value == 1.0
    assert every.low == pytest.approx(scipy.stats.beta.ppf(0.025, 7.5, 0.5), abs=0.03)


# What is known.


def frames() -> tuple[Framewise, pd.DataFrame]:
    """Return two recordings of 10 s with one species, its logit the time in seconds, and two boxes in the first."""
    index = pd.DataFrame({"recording_id": ["a", "b"], "first_frame": [0, 101], "n_frames": 101, "frame_s": 0.1})
    time = np.tile(np.arange(101) / 10, 2)[:, None].astype(np.float16)
    boxes = pd.DataFrame(
        [["a", "s0", 2.0, 4.0, 1], ["a", "s0", 7.0, 8.0, -1]],
        columns=["recording_id", "species", "onset_s", "offset_s", "polarity"],
    )
    return Framewise(time, index), boxes


def test_where_labels_are_incomplete_boxes_are_judged_and_all_time_is_unjudged() -> None:
    framewise, boxes = frames()
    reviewed = pd.DataFrame({"recording_id": ["a", "b"], "reviewed": "none", "species": ""})
    found = examples(framewise, boxes, reviewed, ["s0"])
    judged = found[found.source == "marked"]
    assert judged.logit.tolist() == [4.0, 8.0]
    assert judged.positive.tolist() == [True, False]
    unjudged = found[found.source == "unjudged"]  # all time, cut into stretches of 2 s
    assert unjudged.logit.astype(float).round(1).tolist() == [1.9, 3.9, 5.9, 7.9, 9.9] * 2


def test_a_reviewed_recording_is_cut_into_stretches_as_long_as_a_box() -> None:
    framewise, boxes = frames()
    reviewed = pd.DataFrame({"recording_id": ["a", "b"], "reviewed": ["all", "some"], "species": ["", "s0"]})
    found = examples(framewise, boxes, reviewed, ["s0"])
    # Of 2 s each. In `a`, the box reaches from the frame at 2.0 s to that at 4.0 s; the refuted box is free time.
    negative = found[~found.positive]
    free = {name: part.logit.astype(float).round(1).tolist() for name, part in negative.groupby("recording_id")}
    assert found.logit[found.positive].tolist() == [4.0]
    assert free["a"] == [1.9, 7.9, 9.9]
    assert free["b"] == [1.9, 3.9, 5.9, 7.9, 9.9]


# Priors.


def shifted(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return priors of training and test, and test labels with logits that are right for the former and the latter."""
    rng = np.random.default_rng(seed)
    old, new = np.array([0.6, 0.3, 0.1, 0.05]), np.array([0.05, 0.2, 0.3, 0.5])
    truth = rng.random((4000, 4)) < new
    # Two normal densities of equal spread: the likelihood ratio of x is exp(2 x) for means of +1 and -1.
    evidence = 2 * (rng.normal(size=truth.shape) + np.where(truth, 1.0, -1.0))
    return old, new, truth, evidence + np.log(old / (1 - old)), evidence + np.log(new / (1 - new))


def test_corrected_scores_rank_as_those_of_matched_priors() -> None:
    old, new, truth, trained, matched = shifted()
    ids, species = [f"r{n}" for n in range(len(truth))], ["s0", "s1", "s2", "s3"]
    scores = score_table(ids, trained, species)
    given = correct_scores(scores, dict(zip(species, old, strict=True)), dict(zip(species, new, strict=True)))
    np.testing.assert_allclose(given[species].to_numpy(), matched)
    plain, best, corrected = (lwlrap(truth, logits) for logits in (trained, matched, given[species].to_numpy()))
    assert corrected == pytest.approx(best)
    assert best > plain + 0.03
    estimated = estimate_priors(trained, old)
    np.testing.assert_allclose(estimated, new, atol=0.02)
    assert lwlrap(truth, trained + prior_shift(old, estimated)) == pytest.approx(best, abs=0.002)


def test_priors_that_did_not_move_change_nothing() -> None:
    old, _, _, _, _ = shifted()
    np.testing.assert_allclose(prior_shift(old, old), 0, atol=1e-15)
    rng = np.random.default_rng(2)
    truth = rng.random((5000, 4)) < old
    logits = 2 * (rng.normal(size=truth.shape) + np.where(truth, 1.0, -1.0)) + np.log(old / (1 - old))
    np.testing.assert_allclose(estimate_priors(logits, old), old, atol=0.03)


def test_priors_are_estimated_from_scores_or_read_from_a_table(tmp_path: Path) -> None:
    old, new, truth, trained, _ = shifted()
    species = ["s0", "s1", "s2", "s3"]
    test = score_table([f"t{n}" for n in range(len(truth))], trained, species)
    rng = np.random.default_rng(3)
    labels = rng.random((4000, 4)) < old
    before = 2 * (rng.normal(size=labels.shape) + np.where(labels, 1.0, -1.0)) + np.log(old / (1 - old))
    oof = score_table([f"r{n}" for n in range(4000)], before, species)
    first, second = class_priors("estimated", oof, test)
    np.testing.assert_allclose([first[name] for name in species], old, atol=0.02)
    np.testing.assert_allclose([second[name] for name in species], new, atol=0.02)
    path = tmp_path / "priors.csv"
    path.write_text("species,training,test\n" + "".join(f"s{n},{old[n]},{new[n]}\n" for n in range(4)))
    assert class_priors(str(path), oof, test) == (
        dict(zip(species, old, strict=True)),
        dict(zip(species, new, strict=True)),
    )
    path.write_text("species,training,test\ns0,0.5,1.5\n")
    with pytest.raises(CanopyError, match="no row for s1, s2, s3"):
        correct_scores(test, *class_priors(str(path), oof, test))
    path.write_text("species,training,test\n" + "".join(f"s{n},0.5,1.5\n" for n in range(4)))
    with pytest.raises(CanopyError, match=r"priors must lie between 0 and 1: s0 \(1.5\)"):
        correct_scores(test, *class_priors(str(path), oof, test))


# The script.


def test_the_script_writes_what_others_rely_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    ids = [f"r{number:02d}" for number in range(30)]
    truth = rng.random((30, 2)) < 0.5
    values = np.repeat(3.0 * truth - 1.5, 5, axis=0) + rng.normal(size=(150, 2))
    np.save(tmp_path / "framewise.npy", values.astype(np.float16))
    frame = pd.DataFrame({"recording_id": ids, "first_frame": np.arange(30) * 5, "n_frames": 5, "frame_s": 0.5})
    frame.to_csv(tmp_path / "framewise.csv", index=False)
    pd.DataFrame({"recording_id": ids, "fold": np.arange(30) % 3}).to_csv(tmp_path / "folds.csv", index=False)
    pd.DataFrame({"recording_id": ids, "reviewed": "none", "species": ""}).to_csv(tmp_path / "listing.csv", index=False)
    boxes = [
        (name, f"s{column}", 0.0, 1.0, 1 if truth[row, column] else -1)
        for row, name in enumerate(ids)
        for column in (0, 1)
    ]
    pd.DataFrame(boxes, columns=["recording_id", "species", "onset_s", "offset_s", "polarity"]).to_csv(
        tmp_path / "train.csv", index=False
    )
    score_table(ids, values[::5], ["s0", "s1"]).to_csv(tmp_path / "scores.csv", index=False)
    settings = {
        "calibration": {"min_examples": 5, "precision": [0.7, 0.9], "bins": 3},
        "bootstrap": {"replicates": 40, "seed": 1},
    }
    names = {"folds": "folds", "annotations": "train", "train-recordings": "listing", "scores": "scores"}
    outputs = ("calibration", "thresholds", "reliability")
    files = [*names.items(), *((name, name) for name in outputs)]
    arguments = [text for option, name in files for text in (f"--{option}", f"{tmp_path}/{name}.csv")]
    calibrate.main([*arguments, "--framewise", f"{tmp_path}/framewise.npy", "--settings", json.dumps(settings)])
    tables = [pd.read_csv(tmp_path / f"{name}.csv", keep_default_na=False) for name in outputs]
    assert list(tables[0].columns) == [
        *("species", "scale", "offset", "n_positive", "n_negative", "basis", "share", "rate", "note"),
        *("single_scale", "single_offset", "early_s", "late_s"),
    ]
    assert list(tables[1].columns) == [
        *("species", "wanted_precision", "threshold", "precision", "low", "high", "recall", "n", "basis", "note"),
        *("empty_hours", "alarms", "alarms_an_hour", "alarms_low", "alarms_high"),
    ]
    assert tables[1][["species", "wanted_precision"]].to_numpy().tolist() == [
        ["s0", 0.7],
        ["s0", 0.9],
        ["s1", 0.7],
        ["s1", 0.9],
    ]
    assert set(tables[2].stage) == {"before", "after"}
    said = capsys.readouterr().out
    assert "60 judged examples" in said
    assert "s0, s1: probability that a suspicion is right" in said
    assert "review some 20 minutes from end to end" in said
