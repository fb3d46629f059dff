"""False alarms an hour, in recordings that were reviewed and do not hold the species."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from canopy.detections.false_alarms import false_alarms, rate
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.inference.framewise import Framewise

NAMES = ["owl", "wren"]
N_FRAMES = 3600
LISTING = pd.DataFrame(
    [["empty", "all", ""], ["calls", "all", ""], ["half", "some", "wren"], ["unheard", "none", ""]],
    columns=["recording_id", "reviewed", "species"],
)
CALLS = pd.DataFrame({"recording_id": ["calls"], "species": ["owl"], "onset_s": 1.0, "offset_s": 2.0})


def framewise(peaks: dict[tuple[str, str], dict[int, float]]) -> Framewise:
    """Return recordings of half an hour, silent but for logits at some frames, each of which is half a second."""
    ids = LISTING["recording_id"].tolist()
    values = np.full((len(ids) * N_FRAMES, 2), -9, np.float16)
    for (recording, name), at in peaks.items():
        for frame, logit in at.items():
            values[ids.index(recording) * N_FRAMES + frame, NAMES.index(name)] = logit
    index = pd.DataFrame({"recording_id": ids, "first_frame": np.arange(len(ids)) * N_FRAMES})
    return Framewise(values, index.assign(n_frames=N_FRAMES, frame_s=0.5))


def test_detections_count_where_the_species_was_looked_for_and_is_not() -> None:
    heard = framewise(
        {
            ("empty", "owl"): {100: 1.0, 200: 3.0, 201: 3.0},
            ("calls", "owl"): {300: 3.0},
            ("calls", "wren"): {400: 3.0},
            ("half", "owl"): {500: 3.0},
            ("half", "wren"): {600: 1.0, 700: 3.0},
            ("unheard", "wren"): {800: 3.0},
        }
    )
    lines = calibrator(None, NAMES)
    wanted = pd.DataFrame({"species": ["owl", "owl", "wren"], "threshold": [0.6, 0.9, 0.9]})
    of = dict.fromkeys(["empty", "calls", "half", "unheard"], lines)
    found = false_alarms(heard, CALLS, LISTING, of, wanted, NAMES)
    assert found["empty_hours"].tolist() == [0.5, 0.5, 1.5]
    assert found["alarms"].tolist() == [2, 1, 2]
    assert found["alarms_an_hour"].tolist() == pytest.approx([4, 2, 2 / 1.5])
    assert (found["alarms_low"] < found["alarms_an_hour"]).all()
    assert (found["alarms_high"] > found["alarms_an_hour"]).all()
    del of["empty"]
    without = false_alarms(heard, CALLS, LISTING, of, wanted, NAMES)
    assert without["empty_hours"].tolist() == [0, 0, 1]
    assert without["alarms_an_hour"].isna().tolist() == [True, True, False]


def test_the_interval_is_poissons_and_wider_where_alarms_come_in_clumps() -> None:
    hours = np.full(20, 0.5)
    one, low, high = rate(np.array([1, 0] * 10), hours)
    assert one == 1
    assert (low, high) == pytest.approx(tuple(scipy.stats.gamma.ppf([0.025, 0.975], 10.5) / 10))
    again, wider_low, wider_high = rate(np.array([10] + [0] * 19), hours)
    assert again == 1
    assert wider_low < low
    assert wider_high > high
    none, zero, most = rate(np.zeros(20, dtype=int), hours)
    assert (none, zero) == (0, 0)
    assert 0.2 < most < 0.4
    assert np.isnan(rate(np.array([], dtype=int), np.array([]))).all()


def test_intervals_of_rates_hold_the_truth() -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(400):
        hours = rng.uniform(0.1, 1, 30)
        _, low, high = rate(rng.poisson(0.8 * hours), hours)
        held.append(low <= 0.8 <= high)
    assert 0.92 <= np.mean(held) <= 0.99
