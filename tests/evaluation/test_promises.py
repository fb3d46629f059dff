"""What a probability rests on, and that promises are kept whatever mixture of labels they rest on."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from canopy.evaluation.calibration.fit import NOTHING, fit_calibration, probabilities
from canopy.evaluation.calibration.meaning import ADVICE, told
from canopy.evaluation.calibration.shares import presence_only, share_of
from canopy.evaluation.calibration.thresholds import fit_thresholds
from canopy.evaluation.metrics.bootstrap import bayesian_weights
from kept_promises import CASES, draw, kept_promises, population, recordings

RNG = np.random.default_rng


@pytest.mark.parametrize("case", CASES)
def test_promises_are_kept_whatever_the_mixture_of_labels(case: str) -> None:
    """docs/evaluation.md has 300 projects of each; 200 partly marked recordings once kept 0.42 of a promised 0.90."""
    found = kept_promises(case, 10)
    assert found.covered.mean() >= 0.8
    assert found.kept.mean() == pytest.approx(0.9, abs=0.06)
    assert found.promised.mean() == pytest.approx(found.kept.mean(), abs=0.06)


def test_partly_marked_recordings_shape_the_curve_and_not_the_rate() -> None:
    reviewed, marked = recordings(20, "reviewed", RNG(1)), recordings(300, "marked", RNG(2))
    both = pd.concat([reviewed, marked], ignore_index=True)
    alone, mixed = (fit_calibration(table, ["s0"]).iloc[0] for table in (reviewed, both))
    assert (alone.basis, mixed.basis) == ("reviewed", "reviewed")
    assert mixed.share == alone.share  # the rate, by reviewed time alone
    new = population()
    for table in (reviewed, both):
        chance = probabilities(new, fit_calibration(table, ["s0"]))
        assert chance.mean() == pytest.approx(new.positive.mean(), rel=0.35)
    # Of a species with hardly any reviewed call, those marked elsewhere make a curve of its own.
    few = reviewed[~reviewed.positive | (reviewed.index == reviewed.index[reviewed.positive][0])]
    assert fit_calibration(pd.concat([few, marked], ignore_index=True), ["s0"]).note[0] == ""
    assert fit_calibration(few, ["s0"]).note[0] != ""


def test_where_reviewed_time_holds_no_call_the_rate_is_that_of_all_recordings() -> None:
    project = pd.concat([recordings(200, "marked", RNG(1)), recordings(50, "empty", RNG(2))], ignore_index=True)
    line = fit_calibration(project, ["s0"]).iloc[0]
    assert line.basis == "mixed"
    assert line.share == pytest.approx(population().positive.mean(), rel=0.25)  # a fifth of all recordings hold none
    assert "since no reviewed recording holds one" in told(pd.DataFrame([line]))[0]


def test_without_any_negative_the_share_is_estimated_and_no_precision_is_promised() -> None:
    project = recordings(150, "marked", RNG(3))
    lines = fit_calibration(project, ["s0"])
    assert lines.basis[0] == "unjudged"
    truth = (population().positive.mean() * 200 + 0) / 160  # partly marked recordings all hold a call
    assert 0.4 * truth < lines.share[0] < 1.6 * truth
    weights = bayesian_weights(project.recording_id, n_replicates=20)
    row = fit_thresholds(project, lines, weights=weights, wanted=[0.9]).iloc[0]
    assert np.isnan([row.precision, row.low, row.high]).all()
    assert row.note.startswith("estimate: nobody reviewed any time")
    kept = population()
    fired = probabilities(kept, lines) >= row.threshold
    assert kept.positive[fired].mean() > 0.75  # and yet it is a threshold with few false alarms
    said = told(lines)
    assert said[0].startswith("s0: estimate: nobody reviewed any time")
    assert ADVICE in said[1]


def test_a_stated_share_moves_the_probabilities() -> None:
    project = recordings(150, "marked", RNG(3))
    rare, common = (fit_calibration(project, ["s0"], share=share) for share in (0.01, 0.2))
    assert (rare.share[0], common.share[0]) == (0.01, 0.2)
    assert probabilities(project, rare).mean() < probabilities(project, common).mean()


def test_calls_alone_are_scores() -> None:
    project = recordings(30, "marked", RNG(4))
    lines = fit_calibration(project[project.positive], ["s0", "s1"])
    assert lines[["scale", "offset", "basis", "note"]].to_numpy().tolist() == [[1.0, 0.0, "nothing", NOTHING]] * 2
    assert told(lines)[0].startswith("s0, s1: a score, not a probability")
    row = fit_thresholds(project[project.positive], lines, weights=np.ones((30, 5)), wanted=[0.9]).iloc[0]
    assert np.isnan(row.precision)
    assert row.note.startswith("a score, not a probability")


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_presence_only_finds_scale_offset_and_share_of_a_mixture(share: float) -> None:
    rng = RNG(5)
    found = []
    for _ in range(8):
        called = rng.random(3000) < share
        time = np.where(called, rng.normal(2, 1, 3000), rng.normal(-2, 1, 3000))
        found.append(presence_only(rng.normal(2, 1, 60), time))
    scale, offset, estimated = np.median(found, axis=0)
    assert estimated == pytest.approx(share, rel=0.35)
    assert scale == pytest.approx(4, rel=0.35)  # two normal densities 4 apart, of deviation 1
    assert expit(scale * 3 + offset) > 0.9 > 0.1 > expit(scale * -1 + offset)


def test_the_share_of_a_known_ratio_is_the_mixtures() -> None:
    rng = RNG(6)
    called = rng.random(5000) < 0.07
    values = np.where(called, rng.normal(1, 1, 5000), rng.normal(-1, 1, 5000))
    weights = np.column_stack([np.ones(5000), np.where(called, 3.0, 1.0)])
    assert share_of(2 * values, weights) == pytest.approx([0.07, 0.21 / 1.14], abs=0.015)


def test_a_draw_is_seeded() -> None:
    assert draw("20 reviewed", 3) == draw("20 reviewed", 3)
