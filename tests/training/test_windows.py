"""Training windows: which are drawn, where they lie, and what is said about them."""

from pathlib import Path

import numpy as np
import pytest

from canopy.config.training import Crops
from canopy.features.units import Unit
from canopy.runtime.errors import CanopyError
from canopy.training.sampling import systematic
from canopy.training.targets import SOMEWHERE, Labels
from canopy.training.windows import Batch, Windows
from tiny import HOP_S, SPECIES, labels, make_store, rows

N_FRAMES = 100
BOXES = (
    ("a", "s0", 1.0, 2.0, 1),
    ("a", "s1", 6.0, 7.5, 1),
    ("b", "s0", 0.0, 0.8, 1),
    ("b", "s2", 9.0, 10.0, 1),
    ("c", "s2", 4.0, 5.0, -1),
    ("d", "s1", 2.0, 3.0, -1),
    ("e", "", np.nan, np.nan, 0),
    ("away", "s0", 1.0, 2.0, 1),
)


def numbered(n_frames: int, n_bins: int = 3) -> np.ndarray:
    """Return features that tell their frame."""
    return np.tile(np.arange(n_frames, dtype=np.float32)[:, None], (1, n_bins))


def make(
    folder: Path,
    found: Labels | None = None,
    *,
    seed: int = 1,
    batch_size: int = 4,
    n_frames: int = N_FRAMES,
    unit: Unit = "db",
    **crops: float | str,
) -> Windows:
    store = make_store(folder, {name: numbered(n_frames) + 1000 * k for k, name in enumerate("abcdef")})
    settings = Crops.model_validate({"window_s": 2.0, **crops})
    return Windows(store, found or labels(*BOXES), settings, hop_s=HOP_S, batch_size=batch_size, seed=seed, unit=unit)


def make_all(folder: Path, found: Labels | None = None, *, seed: int = 1) -> Windows:
    """Return windows of every kind: four around true boxes, two around false ones, four in other reviewed time."""
    found = found or labels(*BOXES, reviewed="all")
    return make(folder, found, seed=seed, refuted_per_positive=0.5, reviewed_per_positive=1.0)


def spans(batches: list[Batch]) -> list[tuple[str, int, int]]:
    """Return each window's recording, first and last frame, read from its features."""
    found = []
    for batch in batches:
        for values in batch.features[:, :, 0].astype(int):
            found.append(("abcdef"[values[0] // 1000], values[0] % 1000, values[-1] % 1000))
    return found


def held(windows: list[tuple[str, int, int]], box: tuple) -> int:
    first, last = box[2] / HOP_S, box[3] / HOP_S
    return sum(name == box[0] and start <= first and last <= end + 1 for name, start, end in windows)


def test_windows_may_lie_anywhere_in_the_recordings_of_their_boxes(tmp_path: Path) -> None:
    windows = make(tmp_path, place="anywhere")
    found = [span for epoch in range(200) for span in spans(list(windows.epoch(epoch)))]
    starts = {name: [start for of, start, _ in found if of == name] for name in "ab"}
    assert len(starts["a"]) + len(starts["b"]) == len(found) == 800  # of four boxes, two in each of a and b
    assert len(starts["a"]) == len(starts["b"])
    for values in starts.values():
        assert {min(values), max(values)} == {0, N_FRAMES - 20}
        assert np.histogram(values, bins=4, range=(0, 81))[0].min() > 70  # evenly: 100 are expected
    assert not all(held([span], BOXES[0]) or held([span], BOXES[1]) for span in found if span[0] == "a")


def test_every_positive_box_is_visited_and_lies_whole_in_its_window(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=6, refuted_per_positive=0.5)
    assert windows.n_steps == 1
    for epoch in range(20):
        found = spans(list(windows.epoch(epoch)))
        assert len(found) == 6
        for box in BOXES[:4]:
            assert held(found, box) >= 1
        assert sum(name in "cde" for name, _, _ in found) == 2


def test_repeats_multiply_the_visits(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=4, repeats=3)
    found = spans(list(windows.epoch(0)))
    assert len(found) == 12
    assert [held(found, box) for box in BOXES[:4]] == [3, 3, 3, 3]


def test_all_batches_are_full_and_typed(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=5, refuted_per_positive=0.5)
    batches = list(windows.epoch(0))
    assert len(batches) == windows.n_steps == 2
    for batch in batches:
        assert batch.features.shape == (5, 20, 3)
        assert batch.features.dtype == np.float16
        assert batch.clip.shape == (5, 3)
        assert batch.frames.shape == (5, 20, 3)
        assert batch.clip.dtype == batch.frames.dtype == np.int8


def test_a_batch_larger_than_the_epoch_is_filled_with_other_windows_of_the_same_boxes(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=40)
    found = spans(list(windows.epoch(0)))
    assert [sum(name == recording for name, _, _ in found) for recording in "abcdef"] == [20, 20, 0, 0, 0, 0]
    assert len(set(found)) > 15


def test_an_epoch_depends_on_seed_and_number_alone(tmp_path: Path) -> None:
    windows, same = make_all(tmp_path / "1"), make_all(tmp_path / "2")
    expected = spans(list(windows.epoch(3)))
    assert {name for name, _, _ in expected} == set("abcde")
    list(same.epoch(0))
    assert spans(list(same.epoch(3))) == expected
    assert spans(list(windows.epoch(3))) == expected
    assert spans(list(windows.epoch(4))) != expected
    assert spans(list(make_all(tmp_path / "3", seed=2).epoch(3))) != expected


def test_every_epoch_differs(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=6)
    assert len({tuple(spans(list(windows.epoch(epoch)))) for epoch in range(20)}) == 20


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    shuffled = Labels(rows(*BOXES, reviewed="all").sample(frac=1, random_state=2), SPECIES)
    expected = spans(list(make_all(tmp_path / "1").epoch(0)))
    assert spans(list(make_all(tmp_path / "2", shuffled).epoch(0))) == expected


def test_the_dataset_is_the_epochs_in_order_from_where_it_is_told(tmp_path: Path) -> None:
    windows = make_all(tmp_path)
    expected = [*windows.epoch(2), *windows.epoch(3)]
    found = list(windows.dataset(2, 4))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert isinstance(one, Batch)
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
    assert list(windows.dataset(4, 4)) == []


def test_recordings_without_features_are_left_out(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=8)
    assert len(windows.positives) == 4
    assert {name for name, *_ in windows.positives} == {"a", "b"}
    assert windows.summary() == ("4 true-positive boxes of 3 classes; an epoch: 4 windows around them, in 1 steps of 8")


def test_refuted_boxes_lie_in_windows_of_their_own_where_they_are_asked_for(tmp_path: Path) -> None:
    assert {name for name, _, _ in spans(list(make(tmp_path / "1").epoch(0)))} == {"a", "b"}
    windows = make(tmp_path / "2", batch_size=6, refuted_per_positive=0.5)
    found = [span for epoch in range(20) for span in spans(list(windows.epoch(epoch)))]
    for name, earliest, latest in (("c", 30, 40), ("d", 10, 20)):  # float16 keeps their numbers to 2 frames
        starts = [first for of, first, _ in found if of == name]
        assert len(starts) == 20
        assert earliest - 1 <= min(starts) < max(starts) <= latest + 1


def test_refuted_boxes_may_lie_anywhere_too(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=6, place="anywhere", refuted_per_positive=0.5)
    starts = [first for epoch in range(60) for name, first, _ in spans(list(windows.epoch(epoch))) if name == "c"]
    assert len(starts) == 60
    assert min(starts) < 15
    assert max(starts) > 65


def test_an_epoch_has_as_many_windows_of_each_kind_as_it_says(tmp_path: Path) -> None:
    found = labels(*BOXES[:5], BOXES[6], reviewed="all")
    windows = make(tmp_path, found, batch_size=9, refuted_per_positive=100.0, reviewed_per_positive=100.0)
    assert windows.summary().endswith(
        "an epoch: 4 windows around them, 2 windows around false-positive boxes, "
        "30 windows in the rest of reviewed time, in 4 steps of 9"
    )  # one box, and stretches that hold 5 + 5 + 2 + 1 + 4 - 2 windows, the last two being too short; each place twice
    windows = make_all(tmp_path / "all")
    assert windows.summary().endswith(
        "4 windows around them, 2 windows around false-positive boxes, "
        "4 windows in the rest of reviewed time, in 3 steps of 4"
    )
    windows = make(
        tmp_path / "1", labels(*BOXES[:4], BOXES[6], reviewed="all"), batch_size=6, reviewed_per_positive=0.5
    )
    assert len(list(windows.epoch(0))) == 1
    assert windows.counts.n_rest == 2


# The rest of reviewed time.


@pytest.mark.parametrize(("reviewed", "n_rest"), [("none", 0), ("some", 1), ("all", 1)])
def test_time_is_drawn_from_if_somebody_reviewed_it(tmp_path: Path, reviewed: str, n_rest: int) -> None:
    found = labels(BOXES[0], BOXES[6], reviewed=reviewed, reviewed_species="s2")
    assert make(tmp_path, found, reviewed_per_positive=1.0).counts.n_rest == n_rest


def test_a_reviewed_recording_with_one_call_gives_windows_without_it(tmp_path: Path) -> None:
    """All of it but what lies within half a second of the call, and it is absent there."""
    call = ("a", "s0", 4.0, 5.0, 1)
    windows = make(tmp_path, labels(call, reviewed="all"), batch_size=3, reviewed_per_positive=2.0)
    starts = []
    for epoch in range(100):
        for batch in windows.epoch(epoch):
            for (_, first, _), clip in zip(spans([batch]), batch.clip, strict=True):
                if not held([("a", first, first + 19)], call):
                    assert clip.tolist() == [-1, -1, -1]
                    starts.append(first)
    assert len(starts) >= 150
    assert {min(starts), max(starts)} == {0, N_FRAMES - 20}
    assert not any(15 < first < 55 for first in starts)


def test_half_of_the_rest_is_drawn_from_hard_places_once_there_are_any(tmp_path: Path) -> None:
    windows = make(tmp_path, labels(BOXES[0], BOXES[6], reviewed="all"), batch_size=9, reviewed_per_positive=8.0)
    place = windows.rest.n_frames - 50
    name, onset_s, _ = windows.rest.window(place)
    hard = (name, round(onset_s / HOP_S))

    def times(*places: int) -> int:
        return sum(span[:2] == hard for span in spans(list(windows.epoch(0, np.array(places, int)))))

    assert times(place) >= 4
    assert times() <= 1


def test_empty_recordings_are_seen_everywhere(tmp_path: Path) -> None:
    windows = make(tmp_path, labels(BOXES[0], BOXES[6], reviewed="all"), batch_size=2, reviewed_per_positive=1.0)
    starts = [first for epoch in range(90) for name, first, _ in spans(list(windows.epoch(epoch))) if name == "e"]
    assert len(starts) > 40
    assert min(starts) < 15
    assert max(starts) > 65


# How many steps.


def test_few_boxes_are_visited_more_often_so_that_an_epoch_has_its_least_steps(tmp_path: Path) -> None:
    store = make_store(tmp_path, {name: numbered(N_FRAMES) for name in "abcdef"})
    how = {"hop_s": HOP_S, "batch_size": 4, "seed": 1}
    crops = Crops(window_s=2.0, refuted_per_positive=0.5, reviewed_per_positive=1.0)
    for found, n_refuted in ((labels(*BOXES), 0.5), (labels(*BOXES, reviewed="all"), 0.5)):
        once = Windows(store, found, crops, **how)  # type: ignore[arg-type]
        often = Windows(store, found, crops, **how, least_steps=30)  # type: ignore[arg-type]
        enough = Windows(store, found, crops, **how, least_steps=1)  # type: ignore[arg-type]
        assert often.n_steps == len(list(often.epoch(0))) == 30
        assert once.n_steps == enough.n_steps
        assert often.counts.n_refuted == pytest.approx(n_refuted * often.counts.expected.sum(), abs=1)
        assert often.counts.n_rest / often.counts.expected.sum() == pytest.approx(
            once.counts.n_rest / once.counts.expected.sum(), abs=0.02
        )
        visited = np.bincount(systematic(often.counts.expected, np.random.default_rng(1)))
        assert visited.max() - visited.min() <= 1


# Recordings whose marks tell no times.


def test_a_mark_without_times_is_shown_as_a_bag_that_says_somewhere(tmp_path: Path) -> None:
    """The recording `a` of 10 s holds s0 somewhere; `b` holds s1 at a time that is known."""
    found = labels(("a", "s0", 0.0, 10.0, 1), ("b", "s1", 1.0, 2.0, 1))
    windows = make(tmp_path, found, batch_size=8, repeats=3)
    assert windows.n_steps == 1
    assert windows.counts.expected.sum() == pytest.approx(2), (
        "an epoch has a window for each visit of a box, and the bag takes five"
    )
    assert "(1 without times, each shown as a bag of windows)" in windows.summary()
    (batch,) = windows.epoch(0)
    names = [name for name, _, _ in spans([batch])]
    rows = [number for number, name in enumerate(names) if name == "a"]
    assert len(rows) == 5
    assert len({int(batch.bag[row]) for row in rows}) == 1
    assert np.all(batch.clip[rows] == [SOMEWHERE, 0, 0])
    assert np.all(batch.frames[rows] == [SOMEWHERE, 0, 0])
    others = [number for number in range(8) if number not in rows]
    assert sorted(int(batch.bag[row]) for row in others)[-1] >= 0
    for row in others:
        if batch.bag[row] >= 0:
            assert batch.clip[row].tolist() == [0, 1, 0]
        else:
            assert np.all(batch.clip[row] == SOMEWHERE), "what fills a batch up says nothing"


def test_an_epoch_of_one_bag_visits_it(tmp_path: Path) -> None:
    windows = make(tmp_path, labels(("a", "s0", 0.0, 10.0, 1)), batch_size=4)
    (batch,) = list(windows.epoch(0))
    assert batch.bag.tolist() == [0, 0, 0, 0]


def test_a_mark_of_a_recording_that_a_window_holds_is_present_in_it_at_unknown_times(tmp_path: Path) -> None:
    windows = make(tmp_path, labels(("a", "s0", 0.0, 1.2, 1)), n_frames=12, batch_size=2)
    (batch,) = windows.epoch(0)
    assert np.all(batch.clip == [1, 0, 0])
    assert np.all(batch.frames == [SOMEWHERE, 0, 0])
    assert batch.bag.tolist() == [0, 1]


def test_without_positive_boxes_there_is_nothing_to_train_on(tmp_path: Path) -> None:
    for number, boxes in enumerate(((BOXES[4], BOXES[6]), (BOXES[7],), (BOXES[6],))):
        with pytest.raises(
            CanopyError, match=r"nothing to train on: .* none is a true positive in a recording that has"
        ):
            make(tmp_path / str(number), labels(*boxes))


def test_labels_are_those_of_the_window(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=6)
    for batch in windows.epoch(0):
        for (name, first, _), clip, frames in zip(spans([batch]), batch.clip, batch.frames, strict=True):
            expected = windows.labels.window(name, first * HOP_S, n_frames=20, hop_s=HOP_S, min_overlap=0.5)
            np.testing.assert_array_equal(clip, expected[0])
            np.testing.assert_array_equal(frames, expected[1])


def test_a_window_around_a_true_box_says_present_even_if_all_of_it_is_required(tmp_path: Path) -> None:
    boxes = [("a", "s0", 1.03 + 0.7 * k, 1.96 + 0.7 * k, 1) for k in range(8)]
    windows = make(tmp_path, labels(*boxes), min_overlap=1.0, batch_size=8)
    for epoch in range(5):
        for batch in windows.epoch(epoch):
            assert np.all(batch.clip[:, 0] == 1)


def test_beyond_a_short_recording_the_last_frames_and_their_labels_are_repeated(tmp_path: Path) -> None:
    found = labels(("a", "s0", 0.0, 0.2, 1), ("a", "s1", 0.9, 1.2, 1), reviewed="all")
    windows = make(tmp_path, found, n_frames=12, batch_size=2)
    lengths = set()
    for epoch in range(10):
        for batch in windows.epoch(epoch):
            for values, frames in zip(batch.features[:, :, 0].astype(int), batch.frames, strict=True):
                assert set(values) == set(range(12)), "the window holds all of the recording"
                lengths.add(int((values == 0).sum()))
                np.testing.assert_array_equal(frames[:, 0] == 1, values <= 2)
                np.testing.assert_array_equal(frames[:, 1] == 1, values >= 9)
                assert np.all(frames[:, 2] == -1)
    assert len(lengths) > 3


def test_beyond_a_short_recording_of_samples_is_silence(tmp_path: Path) -> None:
    found = labels(("b", "s0", 0.0, 0.2, 1))
    windows = make(tmp_path, found, n_frames=12, batch_size=2, unit="sample")
    for batch in windows.epoch(0):
        for values in batch.features[:, :, 0].astype(int):
            assert values[values != 0].tolist() == list(range(1000, 1012))


@pytest.mark.parametrize(("reviewed", "outside"), [("none", 0), ("all", -1)])
def test_in_the_silence_beyond_a_short_recording_of_samples_nothing_is_present(
    tmp_path: Path, reviewed: str, outside: int
) -> None:
    """The call lasts to the recording's end, and not on."""
    found = labels(("b", "s0", 0.5, 1.2, 1), reviewed=reviewed)
    windows = make(tmp_path, found, n_frames=12, batch_size=2, unit="sample")
    for batch in windows.epoch(0):
        for values, frames in zip(batch.features[:, :, 0].astype(int), batch.frames, strict=True):
            np.testing.assert_array_equal(frames[:, 0] == 1, values >= 1005)
            assert np.all(frames[values == 0] == outside)


def test_a_rare_species_fills_its_share_of_the_epochs(tmp_path: Path) -> None:
    found = labels(*[("a", "s0", k / 2, k / 2 + 0.4, 1) for k in range(8)], ("b", "s1", 1.0, 2.0, 1))
    windows = make(tmp_path, found, balance=1.0, batch_size=9)
    shown = [name for epoch in range(8) for name, _, _ in spans(list(windows.epoch(epoch)))]
    assert shown.count("b") / len(shown) == pytest.approx(0.5, abs=0.06)
