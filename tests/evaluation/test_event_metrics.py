"""Event metrics agree with sed_scores_eval, and with what can be counted by hand."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sed_scores_eval import collar_based, intersection_based, segment_based
from sed_scores_eval.base_modules.scores import create_score_dataframe

from canopy.evaluation.metrics.events import counts, psds
from canopy.evaluation.metrics.events.detections import detect, duration_s, frame_edges, runs
from canopy.evaluation.metrics.events.truth import events_of, merged, read_events
from canopy.runtime.errors import CanopyError

FRAME_S = 0.1
SPECIES = ["s0", "s1", "s2"]
N_FRAMES = 101


def scene(seed: int, n_recordings: int = 8) -> tuple[dict[str, np.ndarray], dict[tuple[str, str], np.ndarray]]:
    """Return logits of few distinct values and true events, of which they know something."""
    rng = np.random.default_rng(seed)
    logits, events = {}, {}
    for number in range(n_recordings):
        values = rng.normal(size=(N_FRAMES, 3))
        for column, name in enumerate(SPECIES):
            starts = np.sort(rng.choice(np.arange(0.5, 9, 1.7), size=rng.integers(0, 4), replace=False))
            times = np.stack([starts, starts + rng.uniform(0.4, 1.6, len(starts))], axis=1).round(3)
            if len(times):
                events[f"r{number}", name] = times
            for onset_s, offset_s in times:
                at = slice(
                    round(onset_s / FRAME_S) + rng.integers(-1, 2), round(offset_s / FRAME_S) + rng.integers(-1, 2)
                )
                values[max(0, at.start) : at.stop, column] += 1.5
        smooth = np.apply_along_axis(np.convolve, 0, values, np.ones(5) / 5, "same")
        logits[f"r{number}"] = smooth.round(1)
    return logits, events


def as_oracle(logits: dict[str, np.ndarray], events: dict[tuple[str, str], np.ndarray]) -> tuple[dict, dict, dict]:
    """Return scores, truth and durations as sed_scores_eval takes them."""
    edges = frame_edges(N_FRAMES, FRAME_S)
    scores = {name: create_score_dataframe(values, edges, SPECIES) for name, values in logits.items()}
    truth: dict[str, list] = {name: [] for name in logits}
    for (name, species), times in events.items():
        truth[name] += [(onset, offset, species) for onset, offset in times]
    return scores, truth, dict.fromkeys(logits, float(edges[-1]))


def own_counts(function, logits, events, **options):  # type: ignore[no-untyped-def]
    total = np.zeros((3, 3), dtype=int)
    for name, values in logits.items():
        for column, species in enumerate(SPECIES):
            found = detect(values[:, column], 0.95, FRAME_S)
            total[column] += function(found, events.get((name, species), np.empty((0, 2))), **options)
    return total


def theirs(statistics: dict, n_ref_from: str = "n_ref") -> np.ndarray:
    rows = [statistics[name] for name in SPECIES]
    return np.array([[int(row["tps"]), int(row["fps"]), int(row[n_ref_from] - row["tps"])] for row in rows])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_at_a_threshold_are_those_of_sed_scores_eval(seed: int) -> None:
    logits, events = scene(seed)
    scores, truth, durations = as_oracle(logits, events)
    collars = {"onset_collar": 0.2, "offset_collar": 0.2, "offset_collar_rate": 0.2}
    *_, expected = collar_based.fscore(scores, truth, threshold=0.94, **collars)
    np.testing.assert_array_equal(own_counts(counts.collar_counts, logits, events), theirs(expected))
    *_, expected = intersection_based.fscore(scores, truth, threshold=0.94, dtc_threshold=0.5, gtc_threshold=0.5)
    np.testing.assert_array_equal(own_counts(counts.intersection_counts, logits, events), theirs(expected))
    *_, expected = segment_based.fscore(scores, truth, durations, threshold=0.94, segment_length=1.0)
    found = own_counts(counts.segment_counts, logits, events, duration_s=duration_s(N_FRAMES, FRAME_S))
    np.testing.assert_array_equal(found, theirs(expected))
    assert (found.sum(axis=0) > 3).all()


@pytest.mark.parametrize(
    ("scenario", "settings"),
    [
        (psds.PSDS1, {"dtc_threshold": 0.7, "gtc_threshold": 0.7, "alpha_ct": 0.0, "alpha_st": 1.0}),
        (
            psds.PSDS2,
            {"dtc_threshold": 0.1, "gtc_threshold": 0.1, "cttc_threshold": 0.3, "alpha_ct": 0.5, "alpha_st": 1.0},
        ),
    ],
    ids=["PSDS1", "PSDS2"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_psds_is_that_of_sed_scores_eval(scenario: psds.Scenario, settings: dict[str, float], seed: int) -> None:
    logits, events = scene(seed, n_recordings=12)
    scores, truth, durations = as_oracle(logits, events)
    expected, by_species, *_ = intersection_based.psds(scores, truth, durations, max_efpr=100.0, **settings)
    every = [np.unique(np.concatenate([values[:, column] for values in logits.values()])) for column in range(3)]
    counted = psds.count({name: (one, FRAME_S) for name, one in logits.items()}, events, SPECIES, every, scenario)
    found = psds.statistic(counted, scenario)(np.ones((12, 1)))[:, 0]
    np.testing.assert_allclose(found, [expected, *(by_species[name] for name in SPECIES)], rtol=1e-9)
    assert 0.02 < expected < 0.98


def test_weights_of_psds_count_recordings_more_than_once() -> None:
    logits, events = scene(4, n_recordings=5)
    every = [np.unique(np.concatenate([values[:, column] for values in logits.values()])) for column in range(3)]
    frames = {name: (one, FRAME_S) for name, one in logits.items()}
    once = psds.count(frames, events, SPECIES, every, psds.PSDS1)
    twice = {**frames, "again": frames["r1"]}
    events_twice = {**events, **{("again", name): times for (of, name), times in events.items() if of == "r1"}}
    doubled = psds.count(twice, events_twice, SPECIES, every, psds.PSDS1)
    weights = np.array([[1.0], [2], [1], [1], [1]])
    found = psds.statistic(once, psds.PSDS1)(weights)
    np.testing.assert_allclose(found, psds.statistic(doubled, psds.PSDS1)(np.ones((6, 1))))
    assert (found != psds.statistic(once, psds.PSDS1)(np.ones((5, 1)))).any()


def test_a_grid_of_thresholds_comes_near_the_exact_score() -> None:
    logits, events = scene(5, n_recordings=12)
    noise = np.random.default_rng(1)
    frames = {name: (one + noise.normal(scale=0.01, size=one.shape), FRAME_S) for name, one in logits.items()}
    every, grid = [], []
    for column in range(3):
        peaks = np.array([one[:, column].max() for one, _ in frames.values()])
        values = np.concatenate([one[:, column] for one, _ in frames.values()])
        every.append(np.unique(values))
        grid.append(psds.threshold_grid(peaks, values[values > 1], n_thresholds=100))
    exact, near = (
        psds.statistic(psds.count(frames, events, SPECIES, levels, psds.PSDS1), psds.PSDS1)(np.ones((12, 1)))
        for levels in (every, grid)
    )
    assert max(len(levels) for levels in grid) <= 100 < min(len(levels) for levels in every)
    np.testing.assert_allclose(near, exact, atol=0.03)


def test_perfect_logits_score_one_and_silent_ones_nothing() -> None:
    _, events = scene(6)
    edges = frame_edges(N_FRAMES, FRAME_S)
    centres = (edges[:-1] + edges[1:]) / 2
    perfect = {}
    for number in range(8):
        values = np.full((N_FRAMES, 3), -5.0)
        for column, name in enumerate(SPECIES):
            for onset_s, offset_s in events.get((f"r{number}", name), []):
                values[(centres > onset_s) & (centres < offset_s), column] = 5.0
        perfect[f"r{number}"] = (values, FRAME_S)
    silent = {name: (np.full_like(values, -5.0), FRAME_S) for name, (values, _) in perfect.items()}
    for frames, expected in ((perfect, 1.0), (silent, 0.0)):
        counted = psds.count(frames, events, SPECIES, [np.array([0.0])] * 3, psds.PSDS1)
        np.testing.assert_allclose(psds.statistic(counted, psds.PSDS1)(np.ones((8, 1))), expected)


def test_runs_are_those_that_stand_there() -> None:
    active = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]], dtype=bool)
    row, first, stop = runs(active)
    assert list(zip(row.tolist(), first.tolist(), stop.tolist(), strict=True)) == [(0, 0, 2), (0, 3, 4), (2, 1, 4)]


def test_frames_end_where_the_recording_does() -> None:
    np.testing.assert_allclose(frame_edges(4, 0.5), [0, 0.25, 0.75, 1.25, 1.5])
    np.testing.assert_allclose(detect(np.array([1.0, 1, -1, 1]), 0.0, 0.5), [[0, 0.75], [1.25, 1.5]])


def test_events_of_one_species_that_overlap_are_one() -> None:
    np.testing.assert_array_equal(merged(np.array([[3.0, 4], [0, 1], [0.5, 2], [2, 2.5]])), [[0, 2.5], [3, 4]])
    table = pd.DataFrame(
        {"recording_id": ["a", "a", "b"], "species": "s0", "onset_s": [0, 1.0, 2], "offset_s": [1.5, 2, 3]}
    )
    found = events_of(table)
    assert {key: times.tolist() for key, times in found.items()} == {("a", "s0"): [[0, 2]], ("b", "s0"): [[2, 3]]}


def test_a_table_of_events_is_read_with_its_times(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("recording_id,species_id,t_min,t_max\na,3,0.5,1.0\nb,owl,2,3\n")
    found = read_events(path)
    assert found is not None
    assert found.to_numpy().tolist() == [["a", "s3", 0.5, 1.0], ["b", "owl", 2.0, 3.0]]
    path.write_text("recording_id,species_id\na,3\n")
    assert read_events(path) is None
    path.write_text("recording_id,species_id,t_min,t_max\na,3,1.5,1.0\n")
    with pytest.raises(CanopyError, match=re.escape("line 2: t_max (1) must be greater than t_min (1.5)")):
        read_events(path)
