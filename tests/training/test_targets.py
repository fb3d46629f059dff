"""Ternary targets of windows: examples worked by hand."""

import numpy as np
import pytest

from canopy.runtime.errors import CanopyError
from canopy.training.targets import Labels
from tiny import SPECIES, labels, rows

PRESENT, ABSENT, UNKNOWN, SOMEWHERE = 1, -1, 0, 2


def window(
    found: Labels, onset_s: float = 0.0, *, recording: str = "r", n_frames: int = 10, min_overlap: float = 0.5
) -> tuple[list[int], list[list[int]]]:
    """Return the targets of a window of `n_frames` seconds, the frames species by species."""
    clip, frames = found.window(recording, onset_s, n_frames=n_frames, hop_s=1.0, min_overlap=min_overlap)
    assert clip.dtype == frames.dtype == np.int8
    assert frames.shape == (n_frames, len(SPECIES))
    return clip.tolist(), frames.T.tolist()


def test_a_true_box_is_present_a_false_one_absent_and_the_rest_unknown() -> None:
    clip, frames = window(labels(("r", "s0", 2, 4, 1), ("r", "s1", 5, 6.5, -1)))
    assert clip == [PRESENT, UNKNOWN, UNKNOWN]
    assert frames == [
        [0, 0, 1, 1, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, -1, -1, 0, 0, 0],
        [0] * 10,
    ]


def test_a_frame_belongs_to_a_box_when_its_centre_does() -> None:
    _, frames = window(labels(("r", "s0", 2.1, 4.9, 1)))
    assert frames[0] == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("order", [1, -1])
def test_a_true_box_beats_a_false_one_of_the_same_species(order: int) -> None:
    boxes = [("r", "s0", 2, 5, 1), ("r", "s0", 4, 7, -1)]
    clip, frames = window(labels(*boxes[::order]))
    assert clip[0] == PRESENT
    assert frames[0] == [0, 0, 1, 1, 1, 1, -1, -1, 0, 0]


def test_true_and_false_boxes_at_different_times_label_different_windows() -> None:
    found = labels(("r", "s0", 2, 5, 1), ("r", "s0", 22, 25, -1))
    assert window(found, 0)[0][0] == PRESENT
    assert window(found, 22, n_frames=3)[0][0] == ABSENT
    assert window(found, 20)[0][0] == UNKNOWN
    assert window(found, 10)[0][0] == UNKNOWN


def test_a_window_is_absent_only_where_all_of_it_was_refuted_or_reviewed() -> None:
    """In the seconds that nobody judged the species may call, and the window's verdict would be wrong."""
    nearly, wholly = ("r", "s0", 0, 8, -1), [("r", "s0", 0, 5, -1), ("r", "s0", 4.5, 9, -1)]
    assert window(labels(nearly))[0][0] == UNKNOWN
    assert window(labels(*wholly))[0][0] == ABSENT
    assert window(labels(nearly, reviewed="all"))[0][0] == ABSENT
    assert window(labels(nearly, reviewed="some", reviewed_species="s0"))[0] == [ABSENT, UNKNOWN, UNKNOWN]


# Marks without times.


@pytest.mark.parametrize(("length_s", "clip"), [(30.0, SOMEWHERE), (10.0, PRESENT), (7.0, PRESENT)])
def test_a_mark_of_all_of_a_recording_tells_no_times(length_s: float, clip: int) -> None:
    found = labels(("r", "s0", 0, length_s, 1), ("r", "s1", 0, length_s, -1))
    values, frames = found.window("r", 0.0, n_frames=10, hop_s=1.0, min_overlap=0.5, length_s=length_s)
    assert values[0] == clip
    n = min(10, int(length_s) + 1)
    assert frames[:n].tolist() == [[SOMEWHERE, ABSENT, UNKNOWN]] * n
    assert not frames[n:].any()


def test_a_mark_with_times_says_more_than_one_without() -> None:
    boxes = [("r", "s0", 0, 30, 1), ("r", "s0", 12, 15, 1), ("r", "s0", 18, 19, -1)]
    for order in (1, -1):
        found = labels(*boxes[::order])
        clip, frames = found.window("r", 10.0, n_frames=10, hop_s=1.0, min_overlap=0.5, length_s=30.0)
        assert clip[0] == PRESENT
        assert frames[:, 0].tolist() == [2, 2, 1, 1, 1, 1, 2, 2, 2, 2]
        assert found.window("r", 0.0, n_frames=10, hop_s=1.0, min_overlap=0.5, length_s=30.0)[0][0] == SOMEWHERE


@pytest.mark.parametrize(
    ("onset_s", "clip", "n_marked"), [(-4, PRESENT, 5), (-5, PRESENT, 4), (-5.5, UNKNOWN, 3), (-9, UNKNOWN, 0)]
)
def test_a_box_partly_inside_counts_for_the_clip_by_its_share_and_for_frames_always(
    onset_s: float, clip: int, n_marked: int
) -> None:
    """A box of 6 s from 1 to 7 s, of which the window holds 5, 4, 3.5 and 0 s."""
    found, frames = window(labels(("r", "s0", 1, 7, 1)), onset_s, min_overlap=0.6)
    assert found[0] == clip
    assert sum(frames[0]) == n_marked


def test_exactly_the_required_share_counts() -> None:
    assert window(labels(("r", "s0", 8, 12, 1)), min_overlap=0.5)[0][0] == PRESENT
    assert window(labels(("r", "s0", 8.01, 12.01, 1)), min_overlap=0.5)[0][0] == UNKNOWN
    whole = labels(("r", "s0", 0.3, 0.9, 1))
    clip, _ = whole.window("r", 3 * 0.1, n_frames=6, hop_s=0.1, min_overlap=1.0)
    assert clip[0] == PRESENT


def test_a_box_that_begins_before_the_window_counts_by_what_lies_inside() -> None:
    clip, frames = window(labels(("r", "s0", 15, 24, 1)), 20)
    assert clip[0] == UNKNOWN
    assert frames[0] == [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert window(labels(("r", "s0", 16, 24, 1)), 20)[0][0] == PRESENT


def test_a_box_longer_than_the_window_counts_by_the_share_of_the_window() -> None:
    found = labels(("r", "s0", 0, 100, 1))
    assert window(found, 40)[0][0] == PRESENT
    assert window(found, 95)[0][0] == PRESENT
    assert window(found, 96)[0][0] == UNKNOWN


def test_a_box_that_only_touches_the_window_is_outside() -> None:
    clip, frames = window(labels(("r", "s0", 10, 12, 1)), min_overlap=0.01)
    assert clip[0] == UNKNOWN
    assert not any(frames[0])


def test_a_window_beyond_the_recording_knows_what_the_review_says() -> None:
    boxes = [("r", "s0", 2, 4, 1)]
    assert window(labels(*boxes), 500) == ([0, 0, 0], [[0] * 10] * 3)
    assert window(labels(*boxes, reviewed="all"), 500) == ([-1, -1, -1], [[-1] * 10] * 3)
    assert window(labels(*boxes), -500)[0] == [0, 0, 0]


def test_in_a_wholly_reviewed_recording_what_is_not_marked_is_absent() -> None:
    clip, frames = window(labels(("r", "s1", 2, 4, 1), reviewed="all"))
    assert clip == [ABSENT, PRESENT, ABSENT]
    assert frames == [[-1] * 10, [-1, -1, 1, 1, 1, -1, -1, -1, -1, -1], [-1] * 10]


def test_a_true_box_that_sticks_in_a_little_makes_absence_unknown() -> None:
    clip, frames = window(labels(("r", "s1", 9, 19, 1), reviewed="all"))
    assert clip == [ABSENT, UNKNOWN, ABSENT]
    assert frames[1] == [-1] * 9 + [1]
    refuted_too = labels(("r", "s1", 9, 19, 1), ("r", "s1", 0, 3, -1))
    assert window(refuted_too)[0][1] == UNKNOWN


def test_a_second_true_box_at_the_edge_takes_nothing_away() -> None:
    clip, _ = window(labels(("r", "s1", 1, 3, 1), ("r", "s1", 9, 19, 1), reviewed="all"))
    assert clip[1] == PRESENT


def test_a_false_box_that_sticks_in_a_little_says_nothing_of_the_clip() -> None:
    clip, frames = window(labels(("r", "s1", 9, 19, -1)))
    assert clip[1] == UNKNOWN
    assert frames[1] == [0] * 9 + [-1]


def test_only_the_reviewed_species_are_absent_where_some_were_reviewed() -> None:
    found = labels(("r", "s0", 2, 4, 1), reviewed="some", reviewed_species="s2;s0;elsewhere")
    clip, frames = window(found)
    assert clip == [PRESENT, UNKNOWN, ABSENT]
    assert frames[1] == [0] * 10
    assert frames[2] == [-1] * 10


def test_a_recording_without_boxes_is_known_by_its_review() -> None:
    for reviewed, expected in (("none", UNKNOWN), ("all", ABSENT)):
        found = labels(("r", "", np.nan, np.nan, 0), reviewed=reviewed)
        assert found.recording_ids == ["r"]
        assert window(found)[0] == [expected] * 3
        assert found.boxes.empty


def test_recordings_do_not_share_labels() -> None:
    found = labels(("r", "s0", 2, 4, 1), ("q", "s1", 2, 4, 1))
    assert found.recording_ids == ["q", "r"]
    assert window(found, recording="q")[0] == [UNKNOWN, PRESENT, UNKNOWN]


def test_a_window_does_not_change_the_labels() -> None:
    found = labels(("r", "s0", 2, 4, 1), reviewed="all")
    clip, frames = found.window("r", 0, n_frames=10, hop_s=1.0, min_overlap=0.5)
    clip[:], frames[:] = 7, 7
    assert window(found)[0] == [PRESENT, ABSENT, ABSENT]


def test_the_order_of_rows_does_not_matter() -> None:
    table = rows(*[(f"r{n % 3}", SPECIES[n % 2], float(n % 5), n % 5 + 2.0, 1 - 2 * (n % 2)) for n in range(20)])
    first, second = Labels(table, SPECIES), Labels(table.sample(frac=1, random_state=3), SPECIES)
    assert first.boxes.equals(second.boxes)
    assert window(first, recording="r1") == window(second, recording="r1")


def test_a_species_that_is_not_a_class_is_refused() -> None:
    with pytest.raises(
        CanopyError, match=r"training rows name the species s7, s9, which the classes lack; .* s0, s1, s2$"
    ):
        labels(("r", "s9", 2, 4, 1), ("r", "s7", 2, 4, -1), ("r", "s0", 2, 4, 1))
