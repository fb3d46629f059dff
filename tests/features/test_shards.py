"""The shard store: what is written, what is read back, and what is refused."""

import io
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from canopy.features.sharding import shard_of
from canopy.features.shards import Store, crop
from canopy.runtime.arrays import write_frames
from canopy.runtime.errors import CanopyError


def recordings(*lengths: int, n_bins: int = 5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {f"r{number}": rng.normal(0, 30, (n, n_bins)).astype(np.float32) for number, n in enumerate(lengths)}


def test_recordings_come_back_rounded_to_float16(tmp_path: Path) -> None:
    values = recordings(7, 1, 30)
    index = write_frames(values.items(), tmp_path / "0.npy", n_bins=5)
    store = Store([tmp_path / "0.npy"])
    assert index.to_dict("list") == {
        "recording_id": ["r0", "r1", "r2"],
        "first_frame": [0, 7, 8],
        "n_frames": [7, 1, 30],
    }
    assert store.ids() == list(values)
    for name, expected in values.items():
        np.testing.assert_array_equal(store[name], expected.astype(np.float16))
        assert store.n_frames(name) == len(expected)


@pytest.mark.parametrize("n_frames", [0, 1, 12345, 10**15])
def test_the_header_has_one_length_so_that_the_count_can_be_filled_in_at_the_end(n_frames: int) -> None:
    handle = io.BytesIO()
    header = {"descr": "<f2", "fortran_order": False, "shape": (n_frames, 4096)}
    np.lib.format.write_array_header_1_0(handle, header)
    assert len(handle.getvalue()) == 128


def test_a_shard_is_read_without_and_with_memory_mapping(tmp_path: Path) -> None:
    values = recordings(4, 5)
    write_frames(values.items(), tmp_path / "0.npy", n_bins=5)
    expected = np.concatenate(list(values.values())).astype(np.float16)
    np.testing.assert_array_equal(np.load(tmp_path / "0.npy"), expected)
    mapped = np.load(tmp_path / "0.npy", mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, expected)
    assert (tmp_path / "0.npy").stat().st_size == 128 + 9 * 5 * 2


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_frames(recordings(4, 5).items(), tmp_path / f"{name}.npy", n_bins=5, extra={"frame_s": 0.02})
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_text() == "recording_id,first_frame,n_frames,frame_s\nr0,0,4,0.02\nr1,4,5,0.02\n"


def test_a_shard_without_recordings_is_whole_and_joins_others(tmp_path: Path) -> None:
    write_frames([], tmp_path / "0.npy", n_bins=5)
    write_frames(recordings(3).items(), tmp_path / "1.npy", n_bins=5)
    assert Store([tmp_path / "0.npy"]).ids() == []
    store = Store([tmp_path / "0.npy", tmp_path / "1.npy"])
    assert store.ids() == ["r0"]
    assert store.index["n_frames"].dtype == np.int64
    assert store["r0"].shape == (3, 5)


def test_ids_that_look_like_numbers_or_nothing_stay_text(tmp_path: Path) -> None:
    names = ["007", "NA", "nan", "1e5", "ø"]
    write_frames(zip(names, recordings(1, 2, 3, 4, 5).values(), strict=True), tmp_path / "0.npy", n_bins=5)
    store = Store([tmp_path / "0.npy"])
    assert store.ids() == sorted(names)
    assert [store.n_frames(name) for name in names] == [1, 2, 3, 4, 5]
    assert "7" not in store


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-70000.0, "70000")])
def test_values_that_cannot_be_stored_are_refused_and_nothing_is_left(tmp_path: Path, value: float, shown: str) -> None:
    values = recordings(4, 4)
    values["r1"][2, 3] = value
    with pytest.raises(CanopyError, match=f"recording r1: one of its values is {shown} in size, .* NaN or infinite"):
        write_frames(values.items(), tmp_path / "0.npy", n_bins=5)
    with pytest.raises(CanopyError, match="can be stored; lower the rate"):
        write_frames(values.items(), tmp_path / "0.npy", n_bins=5, fix="lower the rate")
    assert list(tmp_path.iterdir()) == []


def test_another_number_of_values_per_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"r0: values of shape \(3, 5\) in an array of 6 values"):
        write_frames(recordings(3).items(), tmp_path / "0.npy", n_bins=6)


def test_writing_holds_one_recording_at_a_time(tmp_path: Path) -> None:
    drawn: list[weakref.ref[np.ndarray]] = []
    alive: list[int] = []

    def draw(number: int) -> np.ndarray:
        alive.append(sum(values() is not None for values in drawn))
        values = np.full((10, 5), number, np.float32)
        drawn.append(weakref.ref(values))
        return values

    write_frames(((f"r{number}", draw(number)) for number in range(6)), tmp_path / "0.npy", n_bins=5)
    assert alive == [0, 1, 1, 1, 1, 1]


def test_reading_a_recording_copies_nothing(tmp_path: Path) -> None:
    write_frames(recordings(4, 5).items(), tmp_path / "0.npy", n_bins=5)
    store = Store([tmp_path / "0.npy"])
    assert isinstance(store["r1"], np.memmap)
    assert not store["r1"].flags.writeable


def test_blocks_give_the_frames_of_the_named_recordings(tmp_path: Path) -> None:
    values = recordings(7, 3, 4)
    write_frames(values.items(), tmp_path / "0.npy", n_bins=5)
    blocks = list(Store([tmp_path / "0.npy"]).blocks(["r2", "missing", "r0"], n_frames=3))
    assert [len(block) for block in blocks] == [3, 1, 3, 3, 1]
    expected = np.concatenate([values["r2"], values["r0"]]).astype(np.float16)
    np.testing.assert_array_equal(np.concatenate(blocks), expected.astype(np.float64))


def test_a_store_needs_a_shard() -> None:
    with pytest.raises(CanopyError, match="no feature shard was given"):
        Store([])


def test_crops_repeat_the_edges_outside_the_recording() -> None:
    values = np.arange(5)[:, None]
    assert crop(values, 1, 3)[:, 0].tolist() == [1, 2, 3]
    assert crop(values, 0, 5)[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert crop(values, -2, 4)[:, 0].tolist() == [0, 0, 0, 1]
    assert crop(values, 3, 4)[:, 0].tolist() == [3, 4, 4, 4]
    assert crop(values, -1, 7)[:, 0].tolist() == [0, 0, 1, 2, 3, 4, 4]
    assert crop(values, -9, 3)[:, 0].tolist() == [0, 0, 0]
    assert crop(values, 9, 3)[:, 0].tolist() == [4, 4, 4]


def test_crops_are_silent_outside_the_recording_where_told() -> None:
    values = np.arange(1, 6, dtype=np.float16)[:, None]
    assert crop(values, 1, 3, silent=True)[:, 0].tolist() == [2, 3, 4]
    assert crop(values, -2, 9, silent=True)[:, 0].tolist() == [0, 0, 1, 2, 3, 4, 5, 0, 0]
    assert crop(values, 9, 2, silent=True)[:, 0].tolist() == [0, 0]
    assert crop(values, -2, 9, silent=True).dtype == np.float16


def test_a_recording_keeps_its_shard_for_ever_and_shards_are_balanced() -> None:
    assert [shard_of(name, 4096) for name in ("0a1b2c3d4", "r1", "ø")] == [3419, 3376, 378]
    counts = pd.Series([shard_of(f"{number:09x}", 8) for number in range(4000)]).value_counts()
    assert len(counts) == 8
    assert counts.between(400, 600).all()


def test_an_index_that_lost_a_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "0.npy"
    write_frames([("a", np.zeros((3, 2))), ("b", np.zeros((4, 2)))], path, n_bins=2)
    index = path.with_suffix(".csv")
    index.write_text(index.read_text().replace("b,3,4\n", ""))
    with pytest.raises(CanopyError, match=r"0\.csv lists 3 frames and the array beside it holds 7: remove both"):
        Store([path])
