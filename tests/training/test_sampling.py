"""Sampling: which boxes are drawn how often, and where their windows lie."""

from itertools import permutations

import numpy as np
import pytest

from canopy.training.sampling import expected_visits, place_window, systematic, taking_turns


def test_boxes_take_turns() -> None:
    rng = np.random.default_rng(1)
    boxes = [(name, 0.0, 1.0) for name in "abc"]
    for _ in range(20):
        drawn = taking_turns(boxes, 7, rng)
        assert sorted(drawn[:3]) == sorted(drawn[3:6]) == boxes
        assert drawn[6] in boxes
    assert {tuple(taking_turns(boxes, 3, rng)) for _ in range(100)} == {*permutations(boxes)}
    assert taking_turns([], 0, rng) == []


# Placing one window.


@pytest.mark.parametrize("position", [0.0, 0.3, 0.999999, 1.0])
def test_a_window_holds_its_box_whole(position: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        onset = rng.uniform(0, 90)
        offset = min(onset + rng.uniform(0, 18.9), 100)
        first = place_window(onset, offset, 20, 100, position=position)
        assert isinstance(first, int)
        assert 0 <= first <= 80
        assert first <= onset
        assert offset <= first + 20


def test_all_places_that_hold_the_box_are_equally_likely() -> None:
    found = [place_window(40.5, 55.5, 20, 100, position=p) for p in np.linspace(0, 1, 5000, endpoint=False)]
    places, counts = np.unique(found, return_counts=True)
    assert places.tolist() == [36, 37, 38, 39, 40]
    assert np.ptp(counts) <= 1


def test_frames_that_are_whole_but_for_rounding_are_whole() -> None:
    assert place_window(0.3 / 0.1, (0.1 + 0.2) / 0.1 + 20, 20, 100, position=0.5) == 3
    assert place_window(0.29 / 0.01, 49.0, 20, 100, position=0.5) == 29


def test_a_window_lies_in_a_box_that_is_longer() -> None:
    found = {place_window(10, 60, 20, 100, position=p) for p in np.linspace(0, 1, 500)}
    assert found == set(range(10, 41))


def test_a_box_at_the_edge_keeps_the_window_inside_the_recording() -> None:
    assert {place_window(0, 5, 20, 100, position=p) for p in np.linspace(0, 1, 50)} == {0}
    assert {place_window(96, 100, 20, 100, position=p) for p in np.linspace(0, 1, 50)} == {80}


def test_a_window_longer_than_the_recording_holds_all_of_it() -> None:
    found = {place_window(3, 5, 20, 12, position=p) for p in np.linspace(0, 1, 200)}
    assert found == set(range(-8, 1))


def test_without_balance_every_box_is_visited_equally_often() -> None:
    np.testing.assert_array_equal(expected_visits(["a", "b", "a", "a"], repeats=3, balance=0.0), [3.0] * 4)


def test_with_full_balance_every_species_is_visited_equally_often() -> None:
    expected = expected_visits(["a"] * 6 + ["b"] * 2 + ["c"], repeats=2, balance=1.0)
    np.testing.assert_allclose(expected, [1.0] * 6 + [3.0] * 2 + [6.0])
    half = expected_visits(["a"] * 4 + ["b"], repeats=1, balance=0.5)
    assert half[:4].sum() / half[4] == pytest.approx(2.0)


def test_boxes_are_drawn_as_often_as_expected() -> None:
    expected = expected_visits(["a"] * 5 + ["b"] * 2, repeats=1, balance=1.0)
    draws = [np.bincount(systematic(expected, np.random.default_rng(k)), minlength=7) for k in range(2000)]
    assert {int(counts.sum()) for counts in draws} == {7}
    assert np.all(np.abs(np.array(draws) - expected) < 1)
    np.testing.assert_allclose(np.mean(draws, axis=0), expected, atol=0.04)
