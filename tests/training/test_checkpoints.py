"""Checkpoints: whole, for one job only, and never in the way."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from canopy.training.checkpoints import Checkpoint, forget_finished

HISTORY = [[1, 0.5, 1e-3, float("nan"), 2.25], [2, 1 / 3, 2e-3, 0.75, 2.5]]


def variables(value: float) -> list[keras.Variable | tf.Variable]:
    return [
        keras.Variable(np.full((2, 3), value), dtype="float32", name="a"),
        tf.Variable(tf.fill([4], value / 3)),
        keras.Variable(np.array([7, int(value)]), dtype="uint32", trainable=False, name="seed"),
        keras.Variable(int(value), dtype="int64", trainable=False, name="step"),
    ]


def values(of: list[keras.Variable | tf.Variable]) -> list[np.ndarray]:
    return [np.asarray(variable) for variable in of]


def is_untouched(checkpoint: Checkpoint) -> bool:
    found = variables(9)
    history = checkpoint.restore(found)
    return history == [] and all(np.array_equal(a, b) for a, b in zip(values(found), values(variables(9)), strict=True))


@pytest.fixture
def kept(tmp_path: Path) -> Checkpoint:
    checkpoint = Checkpoint(tmp_path / "deep" / "fold0.npz", "job")
    checkpoint.save(variables(5), HISTORY)
    return checkpoint


def test_values_and_history_come_back_exactly(kept: Checkpoint) -> None:
    found = variables(9)
    history = Checkpoint(kept.path, "job").restore(found)
    np.testing.assert_equal(history, HISTORY)
    for restored, saved in zip(values(found), values(variables(5)), strict=True):
        assert restored.dtype == saved.dtype
        np.testing.assert_array_equal(restored, saved)


def test_the_last_one_saved_counts_and_leaves_no_draft(kept: Checkpoint) -> None:
    kept.save(variables(6), HISTORY[:1])
    found = variables(9)
    assert len(kept.restore(found)) == 1
    assert float(np.asarray(found[0])[0, 0]) == 6
    assert os.listdir(kept.path.parent) == ["fold0.npz"]


def test_without_a_checkpoint_nothing_is_restored(tmp_path: Path) -> None:
    assert is_untouched(Checkpoint(tmp_path / "none.npz", "job"))


def test_a_checkpoint_of_another_job_is_ignored(kept: Checkpoint) -> None:
    assert is_untouched(Checkpoint(kept.path, "another job"))
    assert not is_untouched(Checkpoint(kept.path, "job"))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_ignored(kept: Checkpoint, share: float) -> None:
    content = kept.path.read_bytes()
    kept.path.write_bytes(content[: int(share * len(content))])
    assert is_untouched(kept)


def test_a_damaged_checkpoint_is_ignored(kept: Checkpoint) -> None:
    content = bytearray(kept.path.read_bytes())
    place = content.index(np.float32(5.0).tobytes() * 6)
    content[place] ^= 1
    kept.path.write_bytes(content)
    assert is_untouched(kept)


def test_files_that_are_no_checkpoint_are_ignored(kept: Checkpoint) -> None:
    kept.path.write_text("hello")
    assert is_untouched(kept)
    with open(kept.path, "wb") as handle:
        np.save(handle, np.zeros(3))
    assert is_untouched(kept)
    np.savez(kept.path, note=np.frombuffer(b'["job"]', np.uint8))
    assert is_untouched(kept)
    np.savez(kept.path, note=np.frombuffer(b"not json", np.uint8))
    assert is_untouched(kept)
    np.savez(kept.path, v00000=np.zeros(3))
    assert is_untouched(kept)


def test_a_checkpoint_of_another_network_is_ignored(kept: Checkpoint) -> None:
    for others in (variables(5)[:3], [*variables(5), tf.Variable(1.0)], variables(5)[::-1]):
        kept.save(others, HISTORY)
        assert is_untouched(kept)


def test_a_write_that_fails_keeps_the_last_checkpoint(kept: Checkpoint) -> None:
    class Broken:
        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        kept.save([*variables(6), Broken()], HISTORY)
    found = variables(9)
    assert len(kept.restore(found)) == 2
    assert float(np.asarray(found[0])[0, 0]) == 5


def test_checkpoints_of_finished_folds_are_forgotten_and_others_kept(tmp_path: Path) -> None:
    for fold in ("fold0", "fold1"):
        Checkpoint(tmp_path / "checkpoints" / "mel" / f"{fold}.npz", "job").save(variables(5), HISTORY)
    finished = tmp_path / "experiments" / "mel" / "fold0"
    finished.mkdir(parents=True)
    (finished / "model.weights.h5").touch()
    forget_finished(tmp_path)
    assert os.listdir(tmp_path / "checkpoints" / "mel") == ["fold1.npz"]
    forget_finished(tmp_path / "nowhere")
