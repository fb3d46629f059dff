"""Applying networks to recordings of any length, chunk by chunk."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from canopy.config.features import MelFeatures
from canopy.data.audio.decoding import Recording, read_mono
from canopy.data.audio.file import BadRecording
from canopy.data.audio.fingerprint import Unchanged, audio
from canopy.data.recordings.chunks import chunk_seconds, chunk_starts
from canopy.features.pieces import Span, frames_between
from canopy.inference.apply.folder import find_recordings
from canopy.inference.apply.frames import needed, reaching, with_context
from canopy.inference.apply.kept import Chunk, Kept
from canopy.inference.apply.reading import chunks, columns, maxima, recording_logits
from canopy.inference.apply.scoring import score_recording
from canopy.inference.chunks import windows
from canopy.package.manifest import Member
from canopy.runtime.errors import CanopyError

RNG = np.random.default_rng(6)


@pytest.fixture
def noise(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str = "noise.flac", *, seconds: float = 7.3, rate: int = 16000, channels: int = 1) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, RNG.normal(0, 0.1, (round(seconds * rate), channels)), rate)
        return path

    return write


# Decoding in pieces.


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (44100, 1), (48000, 2), (8000, 1), (22050, 1)])
def test_pieces_are_those_of_decoding_the_whole(noise: Callable[..., Path], rate: int, channels: int) -> None:
    path = noise(rate=rate, channels=channels)
    whole = read_mono(path, 16000)
    with Recording(path) as recording:
        assert recording.length(16000) == len(whole)
        for first, last in (
            (0, 100),
            (0, len(whole)),
            (31999, 48123),
            (40000, len(whole)),
            (len(whole) - 1, len(whole)),
        ):
            piece = recording.read(first, last, 16000)
            np.testing.assert_allclose(piece, whole[first:last], atol=1e-6)


def test_a_recording_that_cannot_be_used_says_why(noise: Callable[..., Path], tmp_path: Path) -> None:
    whole = noise().read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("no sound")
    sf.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), 16000, subtype="FLOAT")
    sf.write(tmp_path / "none.wav", np.zeros(0), 16000)
    sf.write(tmp_path / "short.wav", np.zeros(8000), 16000)
    (tmp_path / "short.wav").write_bytes((tmp_path / "short.wav").read_bytes()[:-400])
    expected = {
        "cut.flac": "truncated or damaged",
        "empty.wav": "is empty",
        "text.wav": "is not audio",
        "nan.wav": "holds NaN",
        "none.wav": "holds no samples",
        "short.wav": "is truncated",
    }
    for name, problem in expected.items():
        with pytest.raises(BadRecording, match=problem), Recording(tmp_path / name) as recording:
            recording.read(0, recording.n_samples, 16000)


# Which frames a chunk needs.


def test_chunks_cover_a_recording_and_none_is_short() -> None:
    assert chunk_starts(5, 300) == [0]
    assert chunk_starts(305, 300) == [0]
    assert chunk_starts(310, 300) == [0, 300]
    assert chunk_starts(3 * 3600, 300) == list(range(0, 10800, 300))
    assert [chunk_seconds(rate) for rate in (16000, 48000, 192000, 10_000_000)] == [120, 120, 30, 10]


@pytest.mark.parametrize("hop", [320, 512, 441])
def test_the_chunks_frames_are_all_frames_once(hop: int) -> None:
    features = MelFeatures(hop_samples=hop)
    spans = [frames_between(start, start + 7, features, 1600) for start in range(0, 28, 7)]
    spans.append(frames_between(28, None, features, 1600))
    assert spans[0].first == 0
    assert spans[-1].last == 1600
    assert all(before.last == after.first for before, after in itertools.pairwise(spans))
    assert all(7 * one <= spans[one].first * hop / 16000 < 7 * one + hop / 16000 for one in range(5))


@pytest.mark.parametrize("n_frames", [1, 31, 32, 100, 777, 1000])
@pytest.mark.parametrize(("window", "hop", "context"), [(32, 16, 0), (32, 32, 8), (30, 7, 3)])
def test_a_network_sees_every_window_that_reaches_into_its_frames(
    n_frames: int, window: int, hop: int, context: int
) -> None:
    def starts(n: int) -> list[int]:
        return [start for start, _ in windows([np.zeros((max(n, window), 1))], window, hop)]

    for first in range(0, n_frames, 97):
        wanted = Span(first, min(first + 97, n_frames))
        seen = with_context(wanted, window=window, hop=hop, context=context, n_frames=n_frames)
        mine = np.array(starts(len(seen))) + seen.first
        mine = mine[reaching(mine, window, wanted)]
        expected = [one for one in starts(n_frames) if one < wanted.last and one + window > wanted.first]
        assert mine.tolist() == expected
        assert all(one - context >= seen.first or seen.first == 0 for one in expected)
        assert all(one + window + context <= seen.last or seen.last == n_frames for one in expected)


def test_interpolation_needs_the_frames_on_both_sides() -> None:
    assert needed(Span(11, 20), 0.02, 0.05, 1000) == Span(4, 9)
    assert needed(Span(10, 20), 0.02, 0.02, 1000) == Span(10, 21)
    assert needed(Span(990, 1000), 0.02, 0.02, 1000) == Span(990, 1000)


# What is kept.


def chunk(value: float, n_frames: int = 4) -> Chunk:
    frames = np.full((n_frames, 2), value, np.float16)
    return Chunk(frames, np.full((3, 2), value, np.float32), np.full((3, 2), value + 1, np.float32))


class Counter:
    """Scores chunks by where they start, and counts them; the one at `fails_at` is interrupted."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.scored: list[tuple[int, int | None]] = []
        self.fails_at = fails_at

    def __call__(self, recording: Recording, start_s: int, end_s: int | None) -> Chunk:
        if start_s == self.fails_at:
            raise KeyboardInterrupt
        self.scored.append((start_s, end_s))
        return chunk(start_s)


@pytest.fixture
def long_recording(noise: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("canopy.data.recordings.chunks.CHUNK_S", 10)
    return noise(seconds=35.0, rate=1000)


def test_an_interrupted_recording_goes_on_with_the_chunk_it_was_at(long_recording: Path, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", "model")
    first, second, third = Counter(fails_at=20), Counter(), Counter()
    with pytest.raises(KeyboardInterrupt):
        score_recording(long_recording, "audio", score=first, kept=kept)
    row = score_recording(long_recording, "audio", score=second, kept=kept)
    assert first.scored == [(0, 10), (10, 20)]
    assert second.scored == [(20, None)]
    assert (row["problem"], row["duration_s"], row["chunk_s"]) == ("", 35.0, 10)
    score_recording(long_recording, "audio", score=third, kept=kept)
    assert third.scored == []


@pytest.mark.parametrize(("audio", "scoring"), [("other", "model"), ("audio", "other")])
def test_other_audio_or_another_model_is_scored_anew(
    long_recording: Path, tmp_path: Path, audio: str, scoring: str
) -> None:
    score_recording(long_recording, "audio", score=Counter(), kept=Kept(tmp_path, "model"))
    again = Counter()
    score_recording(long_recording, audio, score=again, kept=Kept(tmp_path, scoring))
    assert len(again.scored) == 3


def test_a_damaged_chunk_is_computed_again(long_recording: Path, tmp_path: Path) -> None:
    kept = Kept(tmp_path, "model")
    score_recording(long_recording, "audio", score=Counter(), kept=kept)
    path = kept.path("audio", 10, 10)
    path.write_bytes(path.read_bytes()[:50])
    again = Counter()
    score_recording(long_recording, "audio", score=again, kept=kept)
    assert again.scored == [(10, 20)]


def test_a_bad_recording_is_listed_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "bad.flac").write_bytes(b"fLaC")
    row = score_recording(tmp_path / "bad.flac", "audio", score=Counter(), kept=Kept(tmp_path, "model"))
    assert "bad.flac is truncated or damaged" in str(row["problem"])


def test_a_recording_that_is_not_the_planned_one_is_not_scored(
    long_recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CanopyError, match=r"has changed since this run was planned: .* give the same command again"):
        score_recording(long_recording, "another", score=Counter(), kept=Kept(tmp_path, "model"), watch=Unchanged)
    assert not list(tmp_path.rglob("*.npz"))
    row = score_recording(
        long_recording, audio(long_recording), score=Counter(), kept=Kept(tmp_path, "model"), watch=Unchanged
    )
    assert row["problem"] == ""


def test_what_was_assumed_of_a_recording_is_in_its_row(noise: Callable[..., Path], tmp_path: Path) -> None:
    data = bytearray(noise("pipe.wav", channels=2).read_bytes())
    data[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "pipe.wav").write_bytes(data)
    row = score_recording(tmp_path / "pipe.wav", "audio", score=Counter(), kept=Kept(tmp_path, "model"))
    assert row["duration_s"] == pytest.approx(7.3)
    assert str(row["note"]).startswith("pipe.wav does not say its length (0xffffffff bytes)")


def test_what_was_kept_comes_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(tmp_path, "model")
    frames = RNG.normal(size=(250, 2)).astype(np.float16)
    for start in (0, 10, 20):
        last = None if start == 20 else start * 10 + 100
        part = frames[start * 10 : last]
        kept.write(Chunk(part, chunk(start).clips, chunk(start).peaks), "audio", 10, start)
    for at_once in (1, 1 << 20):
        monkeypatch.setattr("canopy.inference.apply.reading.VALUES_AT_ONCE", at_once)
        found = dict(columns(kept, "audio", 10, 30.0, n_frames=250))
        np.testing.assert_array_equal(np.stack([found[0], found[1]], axis=1), frames.astype(np.float32))
    clips, peaks, n_frames = maxima(chunks(kept, "audio", 10, 30.0))
    assert (n_frames, clips.max(), peaks.min()) == (250, 20, 21)
    kept.path("audio", 10, 10).unlink()
    with pytest.raises(CanopyError, match="is missing or damaged: run the same command with `--forcerun apply_shard`"):
        list(chunks(kept, "audio", 10, 30.0))


def test_a_recordings_score_weighs_networks_as_the_workflow_does() -> None:
    members = [
        Member("a", 2, 0.25, {}, {"frame_share": 0.5}),
        Member("b", 1, 2.0, {}, {"frame_share": 0.0}),
    ]
    clips = np.array([[1.0], [3.0], [10.0]], np.float32)
    peaks = np.array([[2.0], [4.0], [99.0]], np.float32)
    assert recording_logits(clips, peaks, members) == pytest.approx([0.25 * 2.5 + 2 * 10])


# Which recordings there are.


def test_recordings_in_folders_and_of_any_name_are_found(noise: Callable[..., Path], tmp_path: Path) -> None:
    for name in ("été à Nôtre-Dame.wav", "b/a.flac", "c d/a.flac", "c d/a.wav", ".hidden/x.wav"):
        noise(f"in/{name}", seconds=0.1)
    found = find_recordings(tmp_path / "in", tmp_path / "memory.json")
    assert found["path"].tolist() == ["b/a.flac", "c d/a.flac", "c d/a.wav", "été à Nôtre-Dame.wav"]
    assert found["recording_id"].tolist() == ["b__a", "c d__a.flac", "c d__a.wav", "été à Nôtre-Dame"]
    assert found["audio"].nunique() == 4


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"there is no folder .*--config recordings=FOLDER"):
        find_recordings(tmp_path / "nowhere", tmp_path / "memory.json")
