"""What detections begin too early and end too late is learnt from marked calls, and taken off."""

import numpy as np
import pandas as pd
import pytest

from canopy.config.detection import Detection
from canopy.detections.edges import MOST_S, edges
from canopy.detections.segments import trimmed
from canopy.detections.table import detect
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.metrics.events.counts import collar_counts, intersection_counts
from canopy.inference.framewise import Framewise

FRAME_S, N_FRAMES = 0.02, 1001
KNOWN = {f"r{number:02d}": calibrator(None, ["s0"]) for number in range(30)}
CLOCK_S = np.arange(N_FRAMES) * FRAME_S


def recordings(n: int, *, early_s: float, late_s: float, seed: int) -> tuple[Framewise, pd.DataFrame]:
    """Return recordings of 20 s with a call each; the logits rise so much too early and fall so much too late."""
    rng = np.random.default_rng(seed)
    values, rows = [], []
    for number in range(n):
        onset_s, length_s = rng.uniform(2, 12), rng.uniform(0.8, 2.5)
        ends = onset_s - early_s + rng.normal(0, 0.05), onset_s + length_s + late_s + rng.normal(0, 0.05)
        values.append(np.where((ends[0] <= CLOCK_S) & (ends[1] >= CLOCK_S), 4.0, -4.0))
        rows.append((f"r{number:02d}", "s0", onset_s, onset_s + length_s))
    ids = [row[0] for row in rows]
    index = {"recording_id": ids, "first_frame": np.arange(n) * N_FRAMES, "n_frames": N_FRAMES, "frame_s": FRAME_S}
    calls = pd.DataFrame(rows, columns=["recording_id", "species", "onset_s", "offset_s"])
    return Framewise(np.concatenate(values)[:, None].astype(np.float16), pd.DataFrame(index)), calls


def agreement(framewise: Framewise, calls: pd.DataFrame, blur_s: np.ndarray | None) -> tuple[int, int]:
    """Return how many calls are found by collars, and by intersection."""
    found = np.zeros(2, dtype=int)
    for row in calls.itertuples():
        table = detect(
            enumerate(np.asarray(framewise.of(str(row.recording_id)), dtype=np.float32).T),
            Detection(),
            species=["s0"],
            ranges=pd.DataFrame({"low_hz": [np.nan], "high_hz": np.nan}),
            calibrate=calibrator(None, ["s0"]),
            thresholds=np.array([0.5]),
            frame_s=FRAME_S,
            duration_s=20.0,
            blur_s=blur_s,
        )
        pair = table[["onset_s", "offset_s"]].to_numpy(), np.array([[row.onset_s, row.offset_s]])
        found += [collar_counts(*pair)[0], intersection_counts(*pair)[0]]
    return int(found[0]), int(found[1])


def test_the_bias_is_learnt_and_taken_off_new_recordings() -> None:
    blur = edges(*recordings(30, early_s=0.3, late_s=0.25, seed=1), KNOWN, ["s0"])
    assert blur[["early_s", "late_s"]].to_numpy()[0] == pytest.approx([0.3, 0.25], abs=0.03)
    new = recordings(30, early_s=0.3, late_s=0.25, seed=2)
    before, after = agreement(*new, None), agreement(*new, blur[["early_s", "late_s"]].to_numpy())
    assert before[1] == after[1] == 30  # by intersection nothing was wrong
    assert before[0] < 5
    assert after[0] > 25


def test_few_calls_whole_clips_and_what_is_no_blur_teach_nothing() -> None:
    framewise, calls = recordings(9, early_s=0.3, late_s=0.3, seed=1)
    assert edges(framewise, calls, KNOWN, ["s0"])[["early_s", "late_s"]].to_numpy().tolist() == [[0, 0]]
    framewise, calls = recordings(20, early_s=0.3, late_s=0.3, seed=1)
    whole = calls.assign(onset_s=0.0, offset_s=20.0)
    assert edges(framewise, whole, KNOWN, ["s0"])["early_s"].tolist() == [0]
    far = recordings(20, early_s=0.8, late_s=0.1, seed=1)
    assert edges(*far, KNOWN, ["s0"])["early_s"].tolist()[0] <= MOST_S
    pooled = edges(framewise, calls, KNOWN, ["s0"], min_examples=3)
    assert pooled["early_s"].tolist() == [pytest.approx(0.3, abs=0.05)]


def test_a_detection_is_not_trimmed_away() -> None:
    assert list(trimmed(1.0, 2.0, 0.2, 0.3, least_s=0.1, duration_s=9.0)) == pytest.approx([1.2, 1.7])
    assert trimmed(1.0, 1.4, 0.2, 0.2, least_s=0.1, duration_s=9.0) == (1.0, 1.4)
    assert trimmed(0.1, 8.9, -0.3, -0.3, least_s=0.1, duration_s=9.0) == (0.0, 9.0)
