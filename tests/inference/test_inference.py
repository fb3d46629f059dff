"""Scores of whole recordings."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest

from canopy.inference.chunks import chunks, windows
from canopy.inference.scorer import Method, Scorer, score_recordings, stitch
from canopy.models.build import build_model
from canopy.models.trunk import split
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
    model: keras.Model,
    *,
    overlap: float = 0.5,
    batch_size: int = 4,
    frame_share: float = 0.0,
    method: Method = "windows",
    chunk_frames: int = 4096,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = score_recordings(
        model,
        iter(RECORDINGS.items()),
        overlap=overlap,
        batch_size=batch_size,
        frame_share=frame_share,
        method=method,
        chunk_frames=chunk_frames,
    )
    return {name: (clip, frames) for name, clip, frames in found}


def starts_of(n_recording: int, overlap: float) -> list[int]:
    """Return where the windows of a recording begin, by the definition."""
    n = max(n_recording, N_WINDOW)
    hop = max(1, round(N_WINDOW * (1 - overlap)))
    return sorted({*range(0, n - N_WINDOW + 1, hop), n - N_WINDOW})


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
    frames = np.arange(max(n_recording, 32))
    for n_block in (1, 7, 32, 1000):
        blocks = (frames[first : first + n_block] for first in range(0, len(frames), n_block))
        found = list(windows(blocks, 32, max(1, round(32 * (1 - overlap)))))
        assert [start for start, _ in found] == expected == starts_of(n_recording, overlap)
        assert all(np.array_equal(window, np.arange(start, start + 32)) for start, window in found)


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
    ends = np.array(starts_of(100, 0.5)) + N_WINDOW - 1
    np.testing.assert_array_equal(clip, RECORDINGS["r100"][ends, :N_SPECIES].max(axis=0).astype(np.float32))


def test_scores_are_those_of_a_slow_recomputation(network: keras.Model) -> None:
    found = score(network)
    assert list(found) == list(RECORDINGS)
    for name, values in RECORDINGS.items():
        clip, frames = slowly(network, values, starts_of(len(values), 0.5))
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


@pytest.mark.parametrize("method", ["chunks", "windows"])
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_the_batch_size_does_not_change_scores(network: keras.Model, method: Method, batch_size: int) -> None:
    expected = score(network, batch_size=4, method=method)
    found = score(network, batch_size=batch_size, method=method)
    for name in RECORDINGS:
        np.testing.assert_allclose(found[name][0], expected[name][0], atol=1e-5)
        np.testing.assert_allclose(found[name][1], expected[name][1], atol=1e-5)


@pytest.mark.parametrize("method", ["chunks", "windows"])
def test_beyond_a_short_recording_of_samples_is_silence(network: keras.Model, method: Method) -> None:
    short = RECORDINGS["r65"][: N_WINDOW // 2]
    filled = np.concatenate([short, np.zeros((N_WINDOW - len(short), N_BINS), short.dtype)])
    silent = Scorer(network, overlap=0.5, batch_size=4, method=method, silent=True)(short)
    expected = Scorer(network, overlap=0.5, batch_size=4, method=method)(filled)
    np.testing.assert_allclose(silent[0], expected[0], atol=1e-5)
    np.testing.assert_allclose(silent[1], expected[1][: len(short)], atol=1e-5)


@pytest.mark.parametrize("method", ["chunks", "windows"])
def test_a_recording_scores_the_same_in_any_company(network: keras.Model, method: Method) -> None:
    _, frames = Scorer(network, overlap=0.5, batch_size=4, method=method)(RECORDINGS["r65"])
    np.testing.assert_array_equal(frames, score(network, method=method)["r65"][1])


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


# The trunk over chunks of a recording.


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("length", [4, 8, 20, 400])
@pytest.mark.parametrize("n_piece", [1, 7, 1000])
@pytest.mark.parametrize("n_recording", [1, 5, 31, 32, 33, 40, 101])
def test_chunks_hold_every_frame_once_and_their_context(
    n_recording: int, n_piece: int, length: int, silent: bool
) -> None:
    frames = np.arange(1, n_recording + 1)[:, None]
    pieces = (frames[first : first + n_piece] for first in range(0, n_recording, n_piece))
    end = max(-(-n_recording // 4) * 4, 32)
    own, first = [], 0
    for values, steps in chunks(pieces, length=length, context=8, stride=4, shortest=32, silent=silent):
        assert len(values) % 4 == 0
        assert len(values) <= max(length + 16, 32)
        begin = first - steps.start * 4
        assert begin == max(first - 8, 0)
        reached = begin + len(values)
        first = begin + steps.stop * 4
        assert first + 8 <= reached or reached == first == end
        own.append(values[steps.start * 4 : steps.stop * 4])
    expected = np.append(frames[:, 0], np.full(end - n_recording, 0 if silent else n_recording))
    np.testing.assert_array_equal(np.concatenate(own)[:, 0], expected)


def whole(model: keras.Model, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Score a recording by a network as long as all of it, whose maps the head then sees window by window."""
    n = max(-(-len(values) // 2) * 2, N_WINDOW)
    filled = values[np.minimum(np.arange(n), len(values) - 1)].astype(np.float32)
    long = build_model(MODEL, n_frames=n, n_bins=N_BINS, n_species=N_SPECIES, seed=2)
    long.set_weights(model.get_weights())
    fine = np.asarray(keras.Model(long.input, long.get_layer("relu2b").output)(filled[None]))[0]
    fine = fine.reshape(len(fine), -1, 2, fine.shape[-1]).mean(axis=2)  # the last pooling, over bins
    head = keras.Model(model.get_layer("maps").output, model.output)
    n_fine = (
        N_WINDOW // 2
    )  # windows begin at steps of two frames, an odd number of them apart, and pool their own pairs
    starts = sorted({*range(0, len(fine) - n_fine + 1, n_fine // 2 - 1), len(fine) - n_fine})
    maps = [(fine[start : start + n_fine : 2] + fine[start + 1 : start + n_fine : 2]) / 2 for start in starts]
    logits = head(np.stack(maps))
    frames = stitch(np.asarray(logits["frames"]), np.array(starts) * 2, len(values))
    return np.asarray(logits["clip"]).max(axis=0), frames


def test_scores_do_not_depend_on_the_length_of_chunks(network: keras.Model) -> None:
    expected = {name: whole(network, RECORDINGS[name]) for name in ("r1", "r33", "r100")}
    for chunk_frames in (4, 12, 32, 4096):
        found = score(network, method="chunks", chunk_frames=chunk_frames)
        for name, (clip, frames) in expected.items():
            assert found[name][1].shape == (len(RECORDINGS[name]), N_SPECIES)
            np.testing.assert_allclose(found[name][0], clip, atol=1e-4)
            np.testing.assert_allclose(found[name][1], frames, atol=1e-4)


def test_a_recording_of_one_window_scores_the_same_either_way(network: keras.Model) -> None:
    chunked, windowed = score(network, method="chunks"), score(network, method="windows")
    for name in ("r1", "r31", "r32"):
        for one, other in zip(chunked[name], windowed[name], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)


def test_pieces_of_a_recording_score_as_the_whole(network: keras.Model) -> None:
    values = RECORDINGS["r100"]
    for method in ("chunks", "windows"):
        scorer = Scorer(network, overlap=0.5, batch_size=4, method=method, chunk_frames=16)
        expected = scorer(values)
        found = scorer(values[first : first + 9] for first in range(0, 100, 9))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_part_with_its_context_scores_as_in_the_whole(network: keras.Model) -> None:
    for method in ("chunks", "windows"):
        scorer = Scorer(network, overlap=0.5, batch_size=4, method=method)
        window, hop, context, _ = scorer.layout
        values = RNG.normal(0, 1, (300, N_BINS)).astype(np.float16)
        _, expected = scorer(values)
        first = -(-(window + context) // hop) * hop
        _, found = scorer(values[hop : hop + first + 2 * window])
        np.testing.assert_allclose(
            found[first : first + hop], expected[first + hop : first + 2 * hop], atol=1e-4, err_msg=method
        )


def test_a_network_that_is_not_cut_is_scored_by_windows(transparent: keras.Model) -> None:
    assert split(transparent) is None
    chunked, windowed = score(transparent, method="chunks"), score(transparent, method="windows")
    for name in RECORDINGS:
        np.testing.assert_array_equal(chunked[name][1], windowed[name][1])


def test_each_frame_passes_through_the_trunk_once_but_for_context(
    network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer(network, overlap=0.5, batch_size=4, chunk_frames=400)
    maps, n_seen = scorer._maps, []

    def counted(values: np.ndarray) -> object:
        n_seen.append(values.shape[1])
        return maps(values)

    monkeypatch.setattr(scorer, "_maps", counted)
    scorer(RNG.normal(0, 1, (4000, N_BINS)).astype(np.float16))
    assert sum(n_seen) == 4000 + 2 * 9 * scorer.layout.context
    assert max(n_seen) <= 400 + 2 * scorer.layout.context
