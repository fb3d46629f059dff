"""Search by example: which stretches are taken of all windows, and how likely each was."""

import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cosine

from canopy.detections.review.table import OVER_RANGE, SIMILAR, ReviewTable
from canopy.detections.search import windows as windows_module
from canopy.detections.search.draw import bands, draw, nearest, spread, tiles
from canopy.detections.search.example import Example, example_of, species_of
from canopy.detections.search.offer import new_stretches, sites
from canopy.detections.search.windows import Windows
from canopy.runtime.arrays import write_frames
from canopy.runtime.errors import CanopyError

WINDOW_S, HOP_S = 2.0, 1.0


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def write(path: Path, recordings: Mapping[str, np.ndarray], copies: Mapping[str, str] | None = None) -> Path:
    """Write a shard, as `embed_applied` does, of recordings named by their paths."""
    copy_of = [(copies or {}).get(name, "") for name in recordings]
    write_frames(
        ((name.replace("/", "__"), values) for name, values in recordings.items()),
        path,
        n_bins=next(iter(recordings.values())).shape[1],
        extra={
            "path": [f"{name}.wav" for name in recordings],
            "audio": [f"sound of {copy or name}" for name, copy in zip(recordings, copy_of, strict=True)],
            "duration_s": [len(values) * HOP_S + WINDOW_S - HOP_S for values in recordings.values()],
            "first_s": 0.0,
            "hop_s": HOP_S,
            "window_s": WINDOW_S,
            "copy_of": [copy.replace("/", "__") for copy in copy_of],
            "problem": "",
        },
    )
    return path


@pytest.fixture
def made(tmp_path: Path) -> Windows:
    """Return windows of five recordings in two shards, at two sites."""
    rng = np.random.default_rng(1)
    values = {name: unit(rng.normal(size=(40, 6))) for name in ("b/2", "a/1", "b/1", "a/3", "a/2")}
    names = list(values)
    shards = [{name: values[name] for name in part} for part in (names[:2], names[2:])]
    return Windows([write(tmp_path / f"{at}.npy", shard) for at, shard in enumerate(shards)])


def similar(windows: Windows, best: Mapping[tuple[str, int], float]) -> np.ndarray:
    """Return similarities that are low but for some windows, by path and number."""
    found = np.linspace(0.0, 0.1, len(windows), dtype=np.float32)
    for (path, number), value in best.items():
        first = windows.recordings.set_index("path")["first"].to_dict()[f"{path}.wav"]
        found[first + number] = value
    return found


def drawn(windows: Windows, similarity: np.ndarray, *, closed: Sequence[int] = (), **counts: int) -> pd.DataFrame:
    shut = np.zeros(len(windows), bool)
    shut[list(closed)] = True
    counts = {"top": 0, "over_range": 0, **counts}
    return draw(windows, similarity, shut, sites=sites(windows.recordings, None), seed="1", **counts)


# How similar windows are.


def test_similarity_is_the_cosine_to_the_nearest_example_in_the_order_of_paths(
    made: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = unit(np.random.default_rng(2).normal(size=(3, 6)))
    by_path = sorted(zip(made.recordings["path"], made.recordings["recording_id"], strict=True))
    assert [path for path, _ in by_path] == made.recordings["path"].tolist()
    found = []
    for at in range(len(made)):
        name = made.recordings["recording_id"].iat[made.recording[at]]
        onset_s = float(made.onset_s[at])
        stretch = pd.DataFrame({"recording_id": [name], "onset_s": [onset_s], "offset_s": [onset_s + WINDOW_S]})
        found.append(made.vectors(stretch)[0])
    seen = [(one - np.mean(found, axis=0), examples - np.mean(found, axis=0)) for one in found]
    expected = [max(1 - float(cosine(one, other)) for other in others) for one, others in seen]
    np.testing.assert_allclose(made.similarity(examples), expected, atol=1e-3)
    whole = made.similarity(examples)
    monkeypatch.setattr(windows_module, "VALUES_AT_ONCE", 20)
    np.testing.assert_allclose(made.similarity(examples), whole, atol=1e-6)


def test_memory_holds_a_block_of_windows_and_not_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n, n_values = 20_000, 256
    values = np.zeros((n, n_values), np.float16)
    values[::2, 0] = values[1::2, 1] = 1
    path = write(tmp_path / "0.npy", {"r": values})
    windows = Windows([path])
    monkeypatch.setattr(windows_module, "VALUES_AT_ONCE", 1 << 16)
    tracemalloc.start()
    found = windows.similarity(np.eye(1, n_values, dtype=np.float32))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[:2] == pytest.approx([1, -1])
    assert (found.reshape(-1, 2) == found[:2]).all()
    assert peak < path.stat().st_size / 4


def test_a_copy_of_a_recording_has_the_vectors_of_its_first_and_no_windows(tmp_path: Path) -> None:
    values = unit(np.random.default_rng(1).normal(size=(4, 3)))
    shard = write(tmp_path / "0.npy", {"a": values, "copy": values[:0]}, {"copy": "a"})
    windows = Windows([shard])
    stretches = pd.DataFrame({"recording_id": ["copy", "a", "gone"], "onset_s": 1.2, "offset_s": 2.6})
    first, second, nothing = windows.vectors(stretches)
    np.testing.assert_allclose(first, values[1], atol=1e-3)
    np.testing.assert_array_equal(first, second)
    assert (nothing == 0).all()
    assert len(windows) == 4


def test_an_array_and_an_index_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    shard = write(tmp_path / "0.npy", {"a": np.ones((4, 3))})
    np.save(shard, np.ones((3, 3), np.float16))
    with pytest.raises(CanopyError, match=r"holds 3 windows and the table beside it lists 4: remove both"):
        Windows([shard])


# The most similar ones.


def test_the_most_similar_come_first_and_none_twice(made: Windows) -> None:
    found = similar(made, {("a/1", 5): 0.9, ("a/1", 6): 0.95, ("a/1", 7): 0.94, ("b/2", 0): 0.8, ("a/2", 39): 0.7})
    rows = drawn(made, found, top=3)
    assert rows["recording_id"].tolist() == ["a__1", "b__2", "a__2"]
    assert rows["onset_s"].tolist() == [6.0, 0.0, 39.0]
    assert rows["offset_s"].tolist() == [8.0, 2.0, 41.0]
    assert rows["similarity"].tolist() == pytest.approx([0.95, 0.8, 0.7])
    assert (rows["chance"] == 1).all()
    assert (rows["why"] == SIMILAR).all()
    assert (rows["of"] == len(made)).all()


def test_ties_are_in_the_order_of_paths_and_time(made: Windows) -> None:
    same = np.full(len(made), 0.5, np.float32)
    shut = np.zeros(len(made), bool)
    assert nearest(made, same, shut, 3) == [0, 2, 4]
    assert nearest(made, same, ~shut, 3) == []


def test_no_recording_and_no_site_fills_the_top_while_there_are_others(made: Windows) -> None:
    best = {("a/1", 2 * at): 0.9 - at / 100 for at in range(8)}
    best |= {("a/2", 2 * at): 0.7 - at / 100 for at in range(8)} | {("b/1", 4 * at): 0.5 - at / 100 for at in range(4)}
    rows = drawn(made, similar(made, best), top=8)
    assert rows["recording_id"].value_counts().to_dict() == {"a__1": 2, "a__2": 2, "b__1": 2, "b__2": 2}
    assert rows["similarity"].is_monotonic_decreasing
    alone = [at for at in range(len(made)) if made.recording[at] == 0]
    assert len(spread(made, similar(made, {}), alone[::2], sites(made.recordings, None), 8)) == 8


# Those of every degree of similarity.


def test_chances_add_up_to_what_is_drawn_and_to_all_that_could_be(made: Windows) -> None:
    similarity = np.random.default_rng(3).random(len(made)).astype(np.float32)
    rows = drawn(made, similarity, top=4, over_range=12)
    lots = rows[rows["why"] == OVER_RANGE]
    assert len(lots) == 12
    assert (lots["chance"] < 1).all()
    population = int(lots["of"].iloc[0])
    assert population == pytest.approx(len(made) / tiles(made), abs=2 * 4)
    assert (1 / lots["chance"]).sum() == pytest.approx(population)


def test_a_share_weighed_by_the_chances_is_unbiased() -> None:
    rng = np.random.default_rng(4)
    similarity = rng.random(400).astype(np.float32)
    calls = rng.random(400) < similarity**4
    estimates, often = [], np.zeros(400)
    for seed in range(600):
        at, chance = bands(similarity, np.arange(400), 24, str(seed))
        estimates.append((calls[at] / np.array(chance)).sum() / 400)
        often[at] += 1 / 600
    assert np.mean(estimates) == pytest.approx(calls.mean(), abs=4 * np.std(estimates) / np.sqrt(600))
    top = np.argsort(similarity)[-25:]
    at, chance = bands(similarity, np.arange(400), 24, "1")
    expected = {one: share for one, share in zip(at, chance, strict=True) if one in set(top)}
    assert all(often[one] == pytest.approx(share, abs=0.08) for one, share in expected.items())
    assert often[top].mean() > 3 * often[np.argsort(similarity)[:200]].mean()


def test_the_higher_half_is_drawn_from_more_often(made: Windows) -> None:
    at, chance = bands(np.arange(200, dtype=np.float32), np.arange(200), 8, "1")
    counts, _ = np.histogram(at, [0, 100, 150, 175, 200])
    assert counts.tolist() == [2, 2, 2, 2]
    assert sorted(set(chance)) == pytest.approx([2 / 100, 2 / 50, 2 / 25])
    assert bands(np.ones(3, np.float32), np.arange(3), 8, "1")[1] == [1.0, 1.0, 1.0]
    assert bands(np.ones(3, np.float32), np.arange(0), 8, "1") == ([], [])


# What was offered before.


def test_what_was_offered_and_the_example_itself_are_not_asked_again(made: Windows, tmp_path: Path) -> None:
    similarity = similar(made, {("a/1", 5): 0.9, ("a/2", 8): 0.8, ("b/1", 3): 0.7, ("b/2", 30): 0.6})
    table = ReviewTable(tmp_path / "review.csv")

    def found(species: str, *own: tuple[str, float, float]) -> pd.DataFrame:
        table = ReviewTable(tmp_path / "review.csv")
        return new_stretches(made, similarity, table, species=species, top=2, over_range=2, seed=1, own=own)

    first = found("frog", ("sound of a/1", 5.0, 7.0))
    assert first["recording_id"].tolist()[:2] == ["a__2", "b__1"]
    assert (first["species"] == "frog").all()
    clips = [f"frog/{number:04d}_x.flac" for number in range(len(first))]
    table.append(first.assign(clip=clips, asked="frog", verdict=["yes", "", "no", ""]).to_dict("records"))
    again = found("frog")
    assert again["why"].tolist() == [SIMILAR, OVER_RANGE]
    assert again["recording_id"].tolist()[0] == "a__1"
    assert (again["round"] == 2).all()
    seen = set(zip(first["recording_id"], first["onset_s"], strict=True))
    assert not seen & set(zip(again["recording_id"], again["onset_s"], strict=True))
    assert found("owl")["recording_id"].tolist()[:2] == ["a__1", "b__1"]


def test_names_tell_the_site_or_else_folders_do() -> None:
    ids = ["x__SMA1_20240501_060000", "y__20240501_060000", "z__night"]
    paths = ["x/SMA1_20240501_060000.wav", "y/20240501_060000.wav", "z/night.wav"]
    table = pd.DataFrame({"recording_id": ids, "path": paths})
    assert sites(table, None).tolist() == ["x__SMA1", "y", "z"]


# What an example is.


def test_an_example_is_a_file_or_a_part_of_one_or_a_recording_by_its_id(tmp_path: Path) -> None:
    odd = tmp_path / "odd:1-2"
    odd.touch()
    found = {"site__night": str(tmp_path / "night.wav")}
    assert example_of(str(odd), found.get) == Example(str(odd))
    assert example_of(f"{odd}:0.5-1", found.get) == Example(str(odd), 0.5, 1.0)
    assert example_of("site__night:12-13.25", found.get) == Example(found["site__night"], 12.0, 13.25)
    assert species_of(Example("a/tree frog.1.wav")) == "tree frog.1"
    with pytest.raises(CanopyError, match=r"there is no example site__day: name a file that holds the sound"):
        example_of("site__day:1-2", found.get)
    with pytest.raises(CanopyError, match=r"ends at 2 s, before it begins"):
        example_of("site__night:3-2", found.get)
