"""Heads on embeddings whose weights follow from the examples."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from canopy.config.model import Model
from canopy.config.training import Crops, Training
from canopy.inference.scorer import score_recordings
from canopy.models.build import build_model, load_model, save_model
from canopy.training.loop import train
from canopy.training.solved import SHARPNESS, STRENGTHS, Examples, examples, logistic, prototypes, seen, unit
from canopy.training.targets import ABSENT, PRESENT, SOMEWHERE, UNKNOWN
from canopy.training.windows import Windows
from tiny import HOP_S, SPECIES, labels, make_store

N_BINS = 12
RNG = np.random.default_rng(8)


def gather(values: np.ndarray, of: np.ndarray, recording: np.ndarray | None = None) -> Examples:
    where = np.arange(len(values))
    return Examples(values.astype(np.float32), of.astype(np.int8), where, where if recording is None else recording)


def clusters(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values of three species around directions of their own, and labels that tell all."""
    which = np.arange(n) % 3
    return 3 * np.eye(N_BINS)[which] + RNG.normal(0, 0.5, (n, N_BINS)), np.where(np.eye(3)[which] > 0, PRESENT, ABSENT)


def test_a_prototype_is_the_direction_of_its_examples_and_one_is_enough() -> None:
    values, of = clusters(3)
    kernel, bias = prototypes(gather(values, of), unknown_weight=0.1)
    np.testing.assert_allclose(kernel.T / SHARPNESS, values / np.linalg.norm(values, axis=1, keepdims=True), rtol=1e-5)
    others, told = clusters(300)
    found = unit(others) @ kernel + bias
    assert np.mean(found.argmax(axis=1) == told.argmax(axis=1)) > 0.95


def test_a_species_without_times_has_a_prototype_of_where_it_may_be_and_one_without_examples_none() -> None:
    values, of = clusters(6)
    of[of[:, 0] == PRESENT, 0] = SOMEWHERE
    of[:, 1] = UNKNOWN
    kernel, _ = prototypes(gather(values, of), unknown_weight=0.1)
    assert kernel[:, 0].argmax() == 0
    assert not kernel[:, 1].any()


def test_logistic_regression_finds_separable_species() -> None:
    kernel, bias = logistic(gather(*clusters(60)), unknown_weight=0.1)
    values, of = clusters(300)
    assert np.mean(((values @ kernel + bias) > 0) == (of == PRESENT)) > 0.97


def test_frames_that_may_hold_a_species_or_weigh_nothing_teach_nothing() -> None:
    values, of = clusters(60)
    strange, unsaid = 50 * RNG.normal(size=(30, N_BINS)), np.full((30, 3), UNKNOWN)
    unsaid[::2] = SOMEWHERE
    recording = np.concatenate([np.arange(60), np.full(30, 60)])
    one = logistic(gather(values, of), unknown_weight=0.0)
    both = gather(np.concatenate([values, strange]), np.concatenate([of, unsaid]), recording)
    other = logistic(both, unknown_weight=0.0)
    assert np.mean((values @ one[0] + one[1] > 0) == (values @ other[0] + other[1] > 0)) == 1.0
    assert np.abs(other[0]).max() <= 1.5 * np.abs(one[0]).max()


def test_cross_validation_is_strict_where_nothing_is_to_be_learned() -> None:
    values = RNG.normal(size=(60, 40))
    of = np.where(RNG.random((60, 1)) < 0.5, PRESENT, ABSENT)
    weak, _ = logistic(gather(values, of), unknown_weight=0.1)
    values[:, 0] = 4.0 * of[:, 0]
    strong, _ = logistic(gather(values, of), unknown_weight=0.1)
    assert np.abs(weak).max() < 0.1 * np.abs(strong).max()
    assert min(STRENGTHS) < max(STRENGTHS)


@pytest.mark.parametrize(("head", "context"), [("logistic", 1), ("logistic", 4), ("prototypes", 1), ("prototypes", 3)])
def test_a_solved_network_scores_as_any_other_and_comes_out_the_same_twice(
    head: Any, context: int, tmp_path: Path
) -> None:
    recordings, boxes = {}, []
    for number in range(6):
        values = RNG.normal(0, 0.3, (60, N_BINS))
        values[20:30, number % 3] += 3
        recordings[f"r{number}"] = values.astype(np.float32)
        boxes.append((f"r{number}", SPECIES[number % 3], 2.0, 3.0, 1))
    store = make_store(tmp_path, recordings)
    how = Training(model=Model(backbone="none", head=head, context_frames=context), crops=Crops(window_s=2.0))
    written = []
    for name in ("a", "b"):
        known = labels(*boxes[:3], reviewed="all")
        windows = Windows(store, known, how.crops, hop_s=HOP_S, batch_size=4, seed=1, unit="embedding")
        model, history = train(windows, how)
        save_model(model, tmp_path / f"{name}.json", tmp_path / f"{name}.weights.h5")
        written.append((tmp_path / f"{name}.weights.h5").read_bytes())
    assert written[0] == written[1]
    assert len(history) == 1
    assert 0 < history[0].loss < np.log(2)
    loaded = load_model(tmp_path / "a.json", tmp_path / "a.weights.h5")
    held_out = [(f"r{number}", recordings[f"r{number}"]) for number in (3, 4, 5)]
    for place, (_, clip, frames) in enumerate(
        score_recordings(loaded, held_out, overlap=0.5, batch_size=4, frame_share=0.5)
    ):
        assert clip.argmax() == place
        assert abs(frames[:, place].argmax() - 24.5) <= 6


@pytest.mark.parametrize("context", [1, 3, 4])
def test_with_a_context_a_frame_is_the_mean_of_those_around_it_in_training_and_after(
    context: int, tmp_path: Path
) -> None:
    settings = Model(backbone="none", head="logistic", context_frames=context)
    model = build_model(settings, n_frames=20, n_bins=N_BINS, n_species=len(SPECIES), seed=1)
    model.get_layer("standardize").set_statistics(np.zeros(N_BINS), np.ones(N_BINS))
    kernel = RNG.normal(size=(N_BINS, len(SPECIES)))
    model.get_layer("frames").set_weights([kernel, np.zeros(len(SPECIES))])

    def around(values: np.ndarray) -> np.ndarray:
        begins = [at - (context - 1) // 2 for at in range(len(values))]
        return np.array([values[max(begin, 0) : begin + context].mean(axis=0) for begin in begins])

    values = RNG.normal(size=(20, N_BINS)).astype(np.float32)
    np.testing.assert_allclose(model(values[None])["frames"][0], around(values) @ kernel, atol=1e-4)

    store = make_store(tmp_path, {"r": RNG.normal(size=(60, N_BINS)).astype(np.float32)})
    known = labels(("r", SPECIES[0], 1.0, 2.0, 1), ("r", SPECIES[1], 3.0, 4.0, 1))
    windows = Windows(store, known, Crops(window_s=2.0), hop_s=HOP_S, batch_size=4, seed=1, unit="embedding")
    plain, heard = examples(windows, []).values, examples(windows, seen(model)).values
    expected = np.concatenate([around(window) for window in plain.reshape(-1, windows.n_frames, N_BINS)])
    np.testing.assert_allclose(heard, expected, atol=1e-5)
