"""Scores of whole recordings."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest

from canopy.inference import score_recordings, stitch, window_starts
from canopy.models.build import build_model
from tiny import MODEL

N_WINDOW, N_BINS, N_SPECIES = 32, 16, 3
RNG = np.random.default_rng(8)
LENGTHS = (1, 5, 31, 32, 33, 48, 64, 65, 100)
RECORDINGS = {f"r{n}": RNG.normal(0, 1, (n, N_BINS)).astype(np.float16) for n in LENGTHS}


@pytest.fixture(scope="module")
def network() -> keras.Model:
    model = build_model(MODEL, n_frames=N_WINDOW, n_bins=N_BINS, n_species=N_SPECIES, seed=2)
    rng = np.random.default_rng(3)
    for variable in model.trainable_variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    return model


@pytest.fixture(scope="module")
def transparent() -> keras.Model:
    """Return a network whose framewise logits are its input's first bins and whose clip logits are their last frame."""
    features = keras.Input((N_WINDOW, N_BINS))
    frames = features[:, :, :N_SPECIES]
    return keras.Model(features, {"clip": frames[:, -1], "frames": frames})


def score(
    model: keras.Model, *, overlap: float = 0.5, batch_size: int = 4, frame_share: float = 0.0
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = score_recordings(
        model, iter(RECORDINGS.items()), overlap=overlap, batch_size=batch_size, frame_share=frame_share
    )
    return {name: (clip, frames) for name, clip, frames in found}


def slowly(model: keras.Model, values: np.ndarray, starts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Score one window at a time and average frame by frame, weights falling from the window's middle to its edges."""
    n = len(values)
    logits = []
    for start in starts:
        rows = [values[min(start + k, n - 1)] for k in range(N_WINDOW)]
        logits.append({key: np.asarray(v)[0] for key, v in model(np.stack(rows)[None].astype(np.float32)).items()})
    clip = np.stack([window["clip"] for window in logits]).max(axis=0)
    frames = np.zeros((n, N_SPECIES))
    for frame in range(n):
        total = weights = 0.0
        for start, window in zip(starts, logits, strict=True):
            place = frame - start
            if 0 <= place < N_WINDOW:
                weight = min(place + 1, N_WINDOW - place)
                total = total + weight * window["frames"][place].astype(np.float64)
                weights += weight
        frames[frame] = total / weights
    return clip, frames


@pytest.mark.parametrize(
    ("n_recording", "overlap", "expected"),
    [
        (100, 0.5, [0, 16, 32, 48, 64, 68]),
        (96, 0.5, [0, 16, 32, 48, 64]),
        (97, 0.5, [0, 16, 32, 48, 64, 65]),
        (64, 0.0, [0, 32]),
        (65, 0.0, [0, 32, 33]),
        (33, 0.0, [0, 1]),
        (32, 0.5, [0]),
        (31, 0.5, [0]),
        (1, 0.5, [0]),
        (34, 0.999, [0, 1, 2]),
    ],
)
def test_windows_cover_a_recording_to_its_last_frame(n_recording: int, overlap: float, expected: list[int]) -> None:
    assert window_starts(n_recording, 32, overlap).tolist() == expected


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5, 0.9])
def test_every_frame_is_covered_and_no_window_repeats(overlap: float) -> None:
    for n_recording in range(1, 150):
        starts = window_starts(n_recording, 32, overlap)
        assert np.all(np.diff(starts) > 0)
        assert np.all(np.diff(starts) <= 32)
        assert starts[-1] + 32 == max(n_recording, 32)


def test_stitching_weighs_windows_by_distance_from_their_edges() -> None:
    frames = np.stack([np.full((4, 1), 1.0), np.full((4, 1), 5.0)])
    found = stitch(frames, np.array([0, 2]), 6)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, 0], [1, 1, (2 * 1 + 1 * 5) / 3, (1 * 1 + 2 * 5) / 3, 5, 5], rtol=1e-6)
    np.testing.assert_array_equal(stitch(frames[:1], np.array([0]), 3), np.ones((3, 1)))


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
def test_framewise_scores_stand_at_their_frames(transparent: keras.Model, overlap: float) -> None:
    for name, (_, frames) in score(transparent, overlap=overlap).items():
        np.testing.assert_allclose(frames, RECORDINGS[name][:, :N_SPECIES], atol=1e-6)


def test_a_recording_scores_its_best_window(transparent: keras.Model) -> None:
    clip, _ = score(transparent)["r100"]
    ends = window_starts(100, N_WINDOW, 0.5) + N_WINDOW - 1
    np.testing.assert_array_equal(clip, RECORDINGS["r100"][ends, :N_SPECIES].max(axis=0).astype(np.float32))


def test_scores_are_those_of_a_slow_recomputation(network: keras.Model) -> None:
    found = score(network)
    assert list(found) == list(RECORDINGS)
    for name, values in RECORDINGS.items():
        starts = window_starts(len(values), N_WINDOW, 0.5).tolist()
        clip, frames = slowly(network, values, starts)
        assert found[name][0].shape == (N_SPECIES,)
        assert found[name][1].shape == (len(values), N_SPECIES)
        assert found[name][0].dtype == found[name][1].dtype == np.float32
        np.testing.assert_allclose(found[name][0], clip, atol=1e-5)
        np.testing.assert_allclose(found[name][1], frames, atol=1e-5)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_frame_share_weighs_the_highest_framewise_logit(network: keras.Model, share: float) -> None:
    clipwise, mixed = score(network), score(network, frame_share=share)
    for name, (clip, frames) in clipwise.items():
        np.testing.assert_allclose(
            mixed[name][0], (1 - share) * clip + share * frames.max(axis=0), rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_the_batch_size_does_not_change_scores(network: keras.Model, batch_size: int) -> None:
    expected, found = score(network, batch_size=4), score(network, batch_size=batch_size)
    for name in RECORDINGS:
        np.testing.assert_allclose(found[name][0], expected[name][0], atol=1e-5)
        np.testing.assert_allclose(found[name][1], expected[name][1], atol=1e-5)


def test_a_recording_scores_the_same_in_any_company(network: keras.Model) -> None:
    alone = list(
        score_recordings(network, iter([("r65", RECORDINGS["r65"])]), overlap=0.5, batch_size=4, frame_share=0.0)
    )
    np.testing.assert_array_equal(alone[0][2], score(network)["r65"][1])


def test_prediction_drops_nothing_out(network: keras.Model) -> None:
    np.testing.assert_array_equal(score(network)["r100"][1], score(network)["r100"][1])


def test_recordings_are_drawn_one_at_a_time(transparent: keras.Model) -> None:
    drawn = []

    def recordings() -> Iterator[tuple[str, np.ndarray]]:
        for name, values in RECORDINGS.items():
            drawn.append(name)
            yield name, values

    scores = score_recordings(transparent, recordings(), overlap=0.5, batch_size=4, frame_share=0.0)
    for number, _ in enumerate(scores, start=1):
        assert len(drawn) == number
