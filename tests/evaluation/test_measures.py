"""The registry of what predictions are measured by."""

from pathlib import Path

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.measures.measure import CARD, LOG, REPORT, SUMMARY
from canopy.evaluation.metrics.measures.registry import HEADLINE, MEASURES, METRICS, shown
from canopy.evaluation.metrics.tables import oof_metrics, truth_metrics
from canopy.inference.framewise import Framewise

IDS = ["a", "b", "c", "d"]
EVENTS = pd.DataFrame(
    [("a", "s0", 0.0, 0.4), ("b", "s1", 0.2, 0.6), ("c", "s0", 0.0, 0.2), ("d", "s1", 0.6, 0.8)],
    columns=["recording_id", "species", "onset_s", "offset_s"],
)


def scored() -> tuple[pd.DataFrame, Framewise]:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(4 * 6, 2)).astype(np.float16)
    index = pd.DataFrame({"recording_id": IDS, "first_frame": np.arange(4) * 6, "n_frames": 6, "frame_s": 0.2})
    scores = pd.DataFrame(values.reshape(4, 6, 2).max(axis=1).astype(float), columns=["s0", "s1"])
    scores.insert(0, "recording_id", IDS)
    return scores, Framewise(values, index)


def test_every_figure_in_a_table_is_registered_and_every_registered_one_is_in_a_table() -> None:
    scores, framewise = scored()
    refuted = pd.DataFrame([("b", "s0", 0.0, 0.2, -1), ("a", "s1", 0.6, 0.8, -1)], columns=[*EVENTS, "polarity"])
    train = pd.DataFrame({"recording_id": IDS, "reviewed": "all", "species": ""})
    found = oof_metrics(
        scores,
        framewise,
        annotations=pd.concat([EVENTS.assign(polarity=1), refuted], ignore_index=True),
        train_recordings=train,
        frame_share=0.5,
        replicates=20,
    )
    thresholds = {"s0": 0.5, "s1": 0.2}
    test = truth_metrics(scores, EVENTS, framewise=framewise, events=EVENTS, thresholds=thresholds, replicates=20)
    assert {*found["metric"], *test["metric"]} == METRICS.keys()
    order = list(METRICS)
    for table in (found, test):
        places = [order.index(name) for name in table["metric"]]
        measure = [
            next(i for i, one in enumerate(MEASURES) if METRICS[order[place]] in one.metrics) for place in places
        ]
        assert measure == sorted(measure)


def test_the_headline_is_seen_wherever_models_are_compared() -> None:
    assert HEADLINE.shown >= {LOG, SUMMARY, REPORT}
    assert all(metric.shown <= {LOG, SUMMARY, REPORT, CARD} for metric in METRICS.values())
    assert shown(LOG)[0] == HEADLINE
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


def test_the_page_on_evaluation_tells_of_every_metric(repository: Path) -> None:
    page = (repository / "docs" / "evaluation.md").read_text(encoding="utf-8")
    plain = [name.removesuffix("_micro").removesuffix("_calibrated") for name in METRICS]
    assert [name for name in plain if f"`{name}`" not in page] == []
