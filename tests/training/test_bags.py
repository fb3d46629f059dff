"""Bags: the windows that show a recording whose marks tell no times."""

import math

import numpy as np

from canopy.training.bags import bag, n_in_bag, pack


def test_a_bag_covers_its_recording_wherever_its_windows_lie() -> None:
    for n_recording in (21, 39, 40, 41, 100, 143):
        n = n_in_bag(n_recording, 20)
        assert n == math.ceil(n_recording / 20)
        for shift in (0.0, 0.3, 0.999):
            windows = bag("r", n_recording, 20, n=n, hop_s=1.0, shift=shift)
            covered = {frame for _, onset, offset in windows for frame in range(round(onset), round(offset))}
            assert covered == set(range(n_recording))
    assert bag("r", 12, 20, n=1, hop_s=1.0, shift=0.5) == [("r", 0.0, 12.0)]


def test_a_bag_of_a_long_recording_is_drawn_from_all_parts_of_it() -> None:
    assert n_in_bag(1000, 20) == 8
    firsts = [[one[1] for one in bag("r", 1000, 20, n=8, hop_s=1.0, shift=shift)] for shift in (0.0, 0.5, 1.0)]
    assert firsts[0] == [0, 125, 250, 375, 500, 625, 750, 875]
    assert [round(one - other) for one, other in zip(firsts[2], firsts[0], strict=True)] == [105] * 8


def test_batches_are_packed_with_whole_bags() -> None:
    assert pack([1, 1, 1, 1, 1], 3, 4) == [[0, 1, 2, 3], [4, 0, 1, 2], [3, 4, 0, 1]]
    assert pack([3, 3, 2, 1], 2, 4) == [[0, 3], [1, 3]] or pack([3, 3, 2, 1], 2, 4) == [[0, 3], [1]]
    rng = np.random.default_rng(2)
    sizes = rng.integers(1, 6, 40).tolist()
    batches = pack(sizes, -(-sum(sizes) // 8) + 1, 8)
    assert {number for batch in batches for number in batch} == set(range(40))
    assert all(sum(sizes[number] for number in batch) == 8 for batch in batches)
