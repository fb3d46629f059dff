"""Detections from framewise scores."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import label

from canopy.config.detection import Detection
from canopy.detections.recordings import merged_rows, recording_rows, stems
from canopy.detections.segments import Segment, runs, segments, smoothed
from canopy.detections.table import detect
from canopy.detections.thresholds import framewise_levels, thresholds
from canopy.detections.writers.rows import BIRDCLEF_STRETCH_S, birdclef_rows
from canopy.evaluation.calibration.calibrator import Calibrator, calibrator
from canopy.runtime.errors import CanopyError

RNG = np.random.default_rng(4)


def spans(probabilities: list[float], threshold: float, **options: float) -> list[tuple[int, int, int]]:
    found = segments(np.array(probabilities), threshold, **options)  # type: ignore[arg-type]
    return [(one.first, one.last, one.peak) for one in found]


def test_a_detection_is_a_run_of_frames_at_or_above_the_threshold() -> None:
    assert spans([0.1, 0.5, 0.9, 0.2, 0.6, 0.6], 0.5) == [(1, 3, 2), (4, 6, 4)]
    assert spans([0.4, 0.4], 0.5) == []
    assert spans([0.5], 0.5) == [(0, 1, 0)]


def test_hysteresis_takes_in_neighbours_and_no_run_without_a_peak() -> None:
    assert spans([0.3, 0.3, 0.8, 0.3, 0.1, 0.3, 0.3], 0.5, extend=0.5) == [(0, 4, 2)]


def test_hysteresis_is_connected_components_that_hold_a_peak() -> None:
    for _ in range(50):
        values = RNG.random(200)
        components, n = label(values >= 0.3)
        expected = [
            (int(np.flatnonzero(components == one)[0]), int(np.flatnonzero(components == one)[-1]) + 1)
            for one in range(1, n + 1)
            if values[components == one].max() >= 0.6
        ]
        assert [(one.first, one.last) for one in segments(values, 0.6, extend=0.5)] == expected


def test_a_share_of_the_peak_ends_a_detection_and_may_part_it() -> None:
    values = [0.3, 0.5, 1.0, 0.5, 0.3, 0.5, 1.0]
    assert spans(values, 0.6, extend=0.4, relative_to_peak=0.5) == [(1, 4, 2), (5, 7, 6)]
    assert spans(values, 0.6, extend=0.4) == [(0, 7, 2)]


def test_near_detections_are_one_and_short_ones_are_dropped() -> None:
    values = [0.9, 0.0, 0.8, 0.0, 0.0, 0.7]
    assert spans(values, 0.5, merge_gap=1) == [(0, 3, 0), (5, 6, 5)]
    assert spans(values, 0.5, merge_gap=1, min_frames=2) == [(0, 3, 0)]


def test_runs_of_nothing_and_of_everything() -> None:
    assert runs(np.zeros(3, bool)) == []
    assert runs(np.ones(3, bool)) == [(0, 3)]
    assert runs(np.zeros(0, bool)) == []


def test_smoothing_is_a_running_median() -> None:
    values = RNG.normal(size=30).astype(np.float32)
    padded = np.concatenate([[values[0]] * 2, values, [values[-1]] * 2])
    expected = [np.median(padded[start : start + 5]) for start in range(30)]
    np.testing.assert_allclose(smoothed(values, 5), expected)
    np.testing.assert_allclose(smoothed(values, 4), expected)
    np.testing.assert_array_equal(smoothed(values, 0), values)


SPECIES = ["s0", "s1"]
RANGES = pd.DataFrame({"low_hz": [100.0, np.nan], "high_hz": [900.0, np.nan]})


def test_a_detection_has_times_frequencies_score_and_probability() -> None:
    calibrate = Calibrator(tuple(SPECIES), np.array([2.0, 1.0]), np.array([-1.0, 0.0]))
    quiet = np.full(11, -5.0, np.float32)
    loud = quiet.copy()
    loud[3:6] = [1.0, 2.0, 1.0]
    found = detect(
        [(0, loud), (1, quiet)],
        Detection(extend=1.0, merge_gap_s=0, min_duration_s=0),
        species=SPECIES,
        ranges=RANGES,
        calibrate=calibrate,
        thresholds=np.array([0.5, 0.5]),
        frame_s=0.1,
        duration_s=1.0,
    )
    (row,) = found.to_dict("records")
    assert (row["species"], row["onset_s"], row["offset_s"]) == ("s0", 0.25, 0.55)
    assert (row["low_hz"], row["high_hz"], row["score"], row["threshold"]) == (100.0, 900.0, 2.0, 0.5)
    assert row["probability"] == pytest.approx(1 / (1 + np.exp(-3.0)))


def test_detections_stay_inside_their_recording_and_a_species_without_threshold_has_none() -> None:
    loud = np.full(11, 9.0, np.float32)
    found = detect(
        [(0, loud), (1, loud)],
        Detection(),
        species=SPECIES,
        ranges=RANGES,
        calibrate=calibrator(None, SPECIES),
        thresholds=np.array([np.inf, 0.5]),
        frame_s=0.1,
        duration_s=1.02,
    )
    assert found[["species", "onset_s", "offset_s"]].values.tolist() == [["s1", 0.0, 1.02]]
    assert found["low_hz"].isna().all()


TABLE = pd.DataFrame(
    {
        "species": ["s0", "s1", "s0", "s1"],
        "wanted_precision": [0.9, 0.9, 0.95, 0.95],
        "threshold": [0.6, np.nan, 0.8, 0.9],
    }
)


def test_thresholds_are_one_for_all_or_each_species_own() -> None:
    assert thresholds(0.4, None, TABLE, SPECIES).tolist() == [0.4, 0.4]
    assert thresholds(0.4, 0.95, TABLE, SPECIES).tolist() == [0.8, 0.9]
    assert thresholds(0.4, 0.9, TABLE, SPECIES[::-1]).tolist() == [np.inf, 0.6]


def test_a_precision_without_thresholds_is_told_with_those_that_have_some() -> None:
    with pytest.raises(CanopyError, match=r"detection.precision is 0.5, but thresholds were chosen for 0.9, 0.95"):
        thresholds(0.5, 0.5, TABLE, SPECIES)
    with pytest.raises(CanopyError, match=r"thresholds\.csv has no row for s2"):
        thresholds(0.5, 0.9, TABLE, ["s0", "s2"])


def test_calibrators_follow_the_order_of_the_classes() -> None:
    table = pd.DataFrame({"species": ["s1", "s0"], "scale": [1.0, 2.0], "offset": [0.5, -0.5]})
    calibrate = calibrator(table, SPECIES)
    np.testing.assert_allclose(calibrate(0, np.array([0.25])), [0.5])
    np.testing.assert_allclose(calibrate.all(np.array([[0.25, -0.5]])), [[0.5, 0.5]])


def test_a_threshold_on_probabilities_is_one_on_logits() -> None:
    calibration = pd.DataFrame({"species": SPECIES, "scale": [2.0, 0.5], "offset": [-1.0, 0.3]})
    chosen = pd.DataFrame(
        {"species": SPECIES * 2, "wanted_precision": [0.9, 0.9, 0.5, 0.5], "threshold": [0.8, 0.7, 0.4, 0.3]}
    )
    levels = framewise_levels(calibration, chosen)
    logits = np.array([[levels["s0"], levels["s1"]]])
    np.testing.assert_allclose(calibrator(calibration, SPECIES).all(logits), [[0.4, 0.3]])  # of the lowest precision


def test_rows_of_recordings_merge_songtypes() -> None:
    rows = recording_rows(["a"], np.array([[0.0, 2.0, -1.0]]), ["s0_1", "s0_4", "s1"], "species_songtype")
    assert rows.columns.tolist() == ["recording_id", "s0", "s1"]
    assert rows["s0"].item() == pytest.approx(1 / (1 + np.exp(-2.0)))
    stretches = birdclef_rows("a", np.array([[0.1, 0.3, 0.2]]), ["s0_1", "s0_4", "s1"])
    merged = merged_rows(stretches, "species_songtype")
    assert merged.values.tolist() == [[f"a_{BIRDCLEF_STRETCH_S}", 0.3, 0.2]]


def test_recordings_that_share_a_file_name_keep_their_folder() -> None:
    assert stems(["north__a", "south__a", "south__b"]) == ["north__a", "south__a", "b"]


def test_a_segment_knows_its_highest_frame() -> None:
    assert segments(np.array([0.6, 0.9, 0.7]), 0.5) == [Segment(0, 3, 1)]
