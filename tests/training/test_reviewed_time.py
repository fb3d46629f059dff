"""Reviewed time as one line: what is in it, and what is drawn."""

import numpy as np
import pytest

from canopy.training.reviewed_time import ReviewedTime, rest_of


def test_reviewed_time_is_the_same_however_it_is_cut_into_files() -> None:
    """Two hours with four calls in one, 6 and 120 files: as much rest, drawn equally often from every part of it."""
    hop_s, n_window = 1.0, 5
    calls_s = np.array([[600.0, 603.0], [2000.0, 2004.0], [4333.0, 4335.0], [7000.0, 7002.0]])
    shares = {}
    for n_files in (1, 6, 120):
        length = 7200 // n_files
        stretches = []
        for number in range(n_files):
            mine = (
                calls_s[(calls_s[:, 0] >= number * length) & (calls_s[:, 0] < (number + 1) * length)] - number * length
            )
            free = rest_of(mine, length, hop_s=hop_s, n_window=n_window)
            stretches += [(str(number), first, stop) for first, stop in free]
        rest = ReviewedTime(stretches, n_window=n_window, hop_s=hop_s)
        assert rest.n_frames == pytest.approx(7200, rel=0.005)
        assert rest.n_windows == pytest.approx(1440, rel=0.01)
        drawn = [rest.window(place) for place in rest.spread(960, np.random.default_rng(1)).tolist()]
        times = [int(name) * length + (onset_s + offset_s) / 2 for name, onset_s, offset_s in drawn]
        shares[n_files] = np.histogram(times, bins=12, range=(0, 7200))[0]
    for counts in shares.values():
        assert np.all(np.abs(counts - 80) <= 2)


def test_a_day_without_calls_is_visited_by_its_length() -> None:
    rest = ReviewedTime([("day", 0, 86400), ("minute", 0, 60), ("blip", 0, 3)], n_window=5, hop_s=1.0)
    assert rest.n_windows == 17280 + 12 + 1
    drawn = [rest.window(place) for place in rest.spread(1000, np.random.default_rng(1)).tolist()]
    assert [name for name, *_ in drawn].count("day") in (999, 1000)
    starts = [onset_s for name, onset_s, _ in drawn if name == "day"]
    assert np.all(np.histogram(starts, bins=10, range=(0, 86400))[0] >= 99)
    assert rest.window(rest.n_frames - 1) == ("blip", 0.0, 3.0)
    assert [rest.window(place)[1] for place in (0, 86399)] == [0.0, 86395.0]


def test_the_rest_of_a_recording_keeps_away_from_its_boxes() -> None:
    boxes_s = np.array([[3.0, 4.0], [3.5, 5.0], [9.9, 12.0]])
    assert rest_of(boxes_s, 100, hop_s=0.1, n_window=20) == [(0, 25), (55, 94)]
    assert rest_of(boxes_s, 100, hop_s=0.1, n_window=30) == [(55, 94)]
    assert rest_of(np.empty((0, 2)), 7, hop_s=0.1, n_window=30) == [(0, 7)]
    assert rest_of(np.array([[0.0, 0.1]]), 7, hop_s=0.1, n_window=30) == []
