"""One prediction is called better than another only where their paired difference says so."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from canopy.evaluation.metrics.bootstrap import bayesian_weights, difference
from canopy.evaluation.metrics.comparisons import box_statistics, compare, recording_statistics
from canopy.evaluation.metrics.ranking import RankedLabels
from canopy.inference.framewise import Framewise


def predictions(seed: int = 1) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    truth = rng.random((60, 4)) < 0.4
    good = rng.normal(size=truth.shape) + 1.5 * truth
    # As good, and almost the same: what one gets wrong, so does the other.
    return truth, {
        "good": good,
        "alike": good + rng.normal(scale=0.05, size=truth.shape),
        "bad": rng.normal(size=truth.shape),
    }


def test_better_is_said_only_where_the_paired_interval_excludes_zero() -> None:
    truth, logits = predictions()
    weights = bayesian_weights(range(60), n_replicates=300, seed=1)
    known = np.ones_like(truth)
    table = compare({name: recording_statistics(truth, known, one) for name, one in logits.items()}, weights, n=60)
    assert set(table.metric) == {"lwlrap", "average_precision", "roc_auc"}
    assert len(table) == 9
    said = table.set_index(["metric", "first", "second"]).better
    assert (said["lwlrap", "good", "alike"], said["lwlrap", "good", "bad"]) == ("", "good")
    outside = (table.low > 0) | (table.high < 0)
    np.testing.assert_array_equal(outside, table.better != "")
    assert (table.better.where(table.difference < 0, table["second"]) == table["second"]).where(outside, True).any()


def test_differences_are_those_of_the_metrics_with_their_paired_interval() -> None:
    truth, logits = predictions(2)
    weights = bayesian_weights(range(60), n_replicates=200, seed=1)
    statistics = {name: recording_statistics(truth, np.ones_like(truth), one) for name, one in logits.items()}
    table: Any = compare(statistics, weights, n=60).set_index(["metric", "first", "second"])
    found = table.loc[("lwlrap", "good", "bad")]
    one, two = (RankedLabels.of(truth, logits[name]).overall for name in ("good", "bad"))
    expected = difference(one, two, weights)
    assert [found.difference, found.low, found.high] == pytest.approx(
        [float(of) for of in (expected.value, expected.low, expected.high)]
    )
    means = [
        np.mean([average_precision_score(truth[:, at], logits[name][:, at]) for at in range(4)])
        for name in ("good", "bad")
    ]
    assert table.difference["average_precision", "good", "bad"] == pytest.approx(means[0] - means[1])


def test_boxes_are_compared_where_nothing_was_reviewed() -> None:
    rng = np.random.default_rng(3)
    ids = [f"r{number:02d}" for number in range(30)]
    index = pd.DataFrame({"recording_id": ids, "first_frame": np.arange(30) * 4, "n_frames": 4, "frame_s": 0.5})
    boxes = pd.DataFrame(
        {
            "recording_id": ids,
            "species": "s0",
            "onset_s": 0.0,
            "offset_s": 1.0,
            "polarity": np.where(np.arange(30) % 2, 1, -1),
        }
    )
    knowing = np.repeat(np.arange(30) % 2, 4)[:, None] * 2.0 + rng.normal(scale=0.1, size=(120, 1))
    framewise = {
        "knows": Framewise(knowing.astype(np.float16), index),
        "guesses": Framewise(rng.normal(size=(120, 1)).astype(np.float16), index),
    }
    nothing = np.zeros((30, 1), dtype=bool)
    truth = (np.arange(30) % 2 == 1)[:, None]
    statistics = {
        name: {
            **recording_statistics(truth, nothing, rng.normal(size=(30, 1))),
            **box_statistics(boxes, part, ids, ["s0"]),
        }
        for name, part in framewise.items()
    }
    table = compare(statistics, bayesian_weights(ids, n_replicates=200, seed=1), n=30).set_index("metric")
    assert set(table.index) == {"lwlrap", "box_average_precision", "box_roc_auc"}
    assert table.better["box_average_precision"] == table.better["box_roc_auc"] == "knows"
    assert table.better["lwlrap"] == ""  # of one species, every ranking is right
