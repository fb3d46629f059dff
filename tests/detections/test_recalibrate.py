"""Curves and thresholds by verdicts."""

import numpy as np
import pandas as pd
import pytest

from canopy.detections.review.choose import choose
from canopy.detections.review.recalibrate import NO_LOTS, recalibrated


def detections(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(1)
    score = rng.uniform(0, 4, n)
    truth = rng.random(n) < 1 / (1 + np.exp(-(2 * score - 4)))
    table = pd.DataFrame(
        {
            **{"recording_id": "r", "path": "r.wav", "species": "owl", "onset_s": 10.0 * np.arange(n)},
            **{"offset_s": 10.0 * np.arange(n) + 1, "score": score, "probability": 1 / (1 + np.exp(-score))},
            "threshold": 0.5,
        }
    )
    return table, truth


def rows(table: pd.DataFrame, truth: np.ndarray, **counts: int) -> list[dict[str, str]]:
    drawn = choose([(table, counts)], seed=1)
    said = np.where(truth[(drawn["onset_s"] / 10).astype(int)], "yes", "no")
    drawn = drawn.assign(verdict=said, asked="owl", round=1, clip_start_s=drawn["onset_s"] - 1, clip_onset_s=1.0)
    return [{str(name): str(value) for name, value in row.items()} for row in drawn.to_dict("records")]


def test_the_curve_and_the_threshold_are_those_of_all_detections() -> None:
    table, truth = detections(600)
    found = recalibrated(table, rows(table, truth, top=30, stratified=60, random=60), wanted=[0.9], few=10, hours=2.0)
    whole, wanted = found.iloc[0], found.iloc[1]
    assert np.isnan(whole["wanted_precision"])
    assert whole["low"] <= truth.mean() <= whole["high"]
    assert wanted["scale"] == pytest.approx(2, abs=0.8)
    alarms = (~truth).sum() / 2
    assert whole["alarms_an_hour"] == pytest.approx((1 - whole["precision"]) * 300)
    assert whole["alarms_low"] <= alarms <= whole["alarms_high"]
    above = table["score"].to_numpy() >= wanted["score"]
    assert wanted["detections"] == above.sum()
    assert truth[above].mean() == pytest.approx(0.9, abs=0.06)
    assert wanted["low"] <= truth[above].mean() <= wanted["high"]


def test_another_species_counts_as_no_and_few_verdicts_make_no_curve() -> None:
    table, truth = detections(40)
    said = rows(table, truth, random=40)
    others = [{**row, "verdict": "yes", "species": "wren"} for row in said]
    found = recalibrated(table, others, wanted=[0.9], few=10)
    assert found["precision"].tolist() == [0.0]
    assert found["note"].tolist() == ["too few for a curve: 0 yes, 40 no, 10 of each are needed"]


def test_without_lots_nothing_is_said_of_what_was_not_drawn() -> None:
    table, truth = detections(200)
    said = rows(table, truth, top=40, uncertain=60)
    found = recalibrated(table, said, wanted=[], few=1)
    assert np.isnan(found["precision"][0])
    assert found["note"][0] == NO_LOTS
    assert recalibrated(table, [{**row, "chance": ""} for row in said], wanted=[0.9], few=1).empty


def test_what_a_search_had_offered_counts_for_itself_and_for_no_other() -> None:
    table, truth = detections(200)
    said = rows(table, truth, random=50)
    before = recalibrated(table, said, wanted=[], few=1).iloc[0]
    seen = {row["onset_s"] for row in said}
    found = [row for row in rows(table, truth, top=40) if row["onset_s"] not in seen]
    searched = [{**row, "why": "over_range", "chance": "0.01", "round": "2"} for row in found]
    both = recalibrated(table, [*said, *searched], wanted=[], few=1).iloc[0]
    assert before["low"] <= both["precision"] <= before["high"]
    huge = [{**row, "why": "random"} for row in searched]
    assert recalibrated(table, [*said, *huge], wanted=[], few=1).iloc[0]["precision"] > before["high"]
