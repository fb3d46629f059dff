"""FLAC by dr_flac: the samples of libsndfile, and its errors."""

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from canopy.data.audio import flac_fast, part
from canopy.data.audio.decoding import Recording
from canopy.data.audio.file import AudioFile, BadRecording
from canopy.data.audio.flac_batches import Batches
from canopy.data.audio.flac_frames import _crc, are_whole
from canopy.data.audio.probe import probe

pytest.importorskip("_miniaudio")

RATE = 16000
Outcome = tuple[str, float | None, bytes]


def encoded(n_samples: int, *, channels: int = 1, subtype: str = "PCM_16", seed: int = 0) -> bytes:
    out, rng = io.BytesIO(), np.random.default_rng(seed)
    sound = rng.normal(0, 0.1, (n_samples, channels))
    sound[n_samples // 4 : n_samples // 2] = 0
    sf.write(out, sound, RATE, format="FLAC", subtype=subtype)
    return out.getvalue()


def frames_of(data: bytes) -> list[int]:
    """Return where frames begin, by what lies at each."""
    batches, found = 42, []
    number, at = 0, data.find(b"\xff\xf8", batches)
    while at >= 0:
        size = {6: 1, 7: 2}.get(data[at + 2] >> 4, 0)
        head = data[at : at + 4 + len(chr(number).encode()) + size + 1]
        if data.startswith(chr(number).encode(), at + 4) and _crc(head, 0x07, 8) == 0:
            found.append(at)
            number += 1
        at = data.find(b"\xff\xf8", at + 1)
    return found


def outcome(path: Path) -> Outcome:
    try:
        with Recording(path) as recording:
            if recording.n_samples > 10**6:
                return "long", None, b""
            return "", None, recording.read(0, recording.n_samples, recording.rate_hz).tobytes()
    except BadRecording as bad:
        return str(bad), bad.decoded_s, b""


def by_libsndfile(monkeypatch: pytest.MonkeyPatch, path: Path) -> Outcome:
    with monkeypatch.context() as patch:
        patch.setattr(part, "open_fast", lambda *_: None)
        return outcome(path)


@pytest.fixture
def libsndfile_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many samples libsndfile gave, by call."""
    found: list[int] = []
    read = part.Steady.read

    def counted(self: part.Steady, *given: object, **options: object) -> np.ndarray:
        samples: np.ndarray = read(self, *given, **options)
        found.append(len(samples))
        return samples

    monkeypatch.setattr(part.Steady, "read", counted)
    return found


# Whole files.


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize(
    ("n_samples", "channels"), [(1, 1), (4095, 2), (4096, 5), (4097, 1), (600_000, 1), (300_000, 2)]
)
def test_samples_are_those_of_libsndfile(
    tmp_path: Path, libsndfile_reads: list[int], n_samples: int, channels: int, subtype: str
) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(encoded(n_samples, channels=channels, subtype=subtype))
    expected = sf.read(path, dtype="float32", always_2d=True)[0]
    with AudioFile(path) as recording:
        np.testing.assert_array_equal(recording.read_channels(0, n_samples), expected)
    assert libsndfile_reads == []


def test_pieces_in_any_order_are_those_of_the_whole(tmp_path: Path, libsndfile_reads: list[int]) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(encoded(400_000))
    whole = sf.read(path, dtype="float32")[0]
    steps = [0, 100, 5000, 5001, 300_000, 400_000]
    with AudioFile(path) as recording:
        for first, last in itertools.pairwise(steps):
            np.testing.assert_array_equal(recording.read_channels(first, last)[:, 0], whole[first:last])
        assert libsndfile_reads == []
        for first, last in ((7, 9000), (350_000, 400_000), (0, 10), (9000, 9500)):
            np.testing.assert_array_equal(recording.read_channels(first, last)[:, 0], whole[first:last])


def test_metadata_before_the_sound_are_passed_over(tmp_path: Path, libsndfile_reads: list[int]) -> None:
    data = encoded(30_000)
    assert data[4] == 0  # more blocks follow
    padded = data[:42] + b"\x01\x20\0\0" + bytes(0x200000) + data[42:]
    (tmp_path / "a.flac").write_bytes(padded)
    (tmp_path / "b.flac").write_bytes(data)
    found, expected = outcome(tmp_path / "a.flac"), outcome(tmp_path / "b.flac")
    assert found == expected
    assert found[2]
    assert libsndfile_reads == []


def test_without_the_package_libsndfile_decodes(
    tmp_path: Path, libsndfile_reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(encoded(30_000))
    expected = outcome(path)
    monkeypatch.setattr(flac_fast, "miniaudio", None)
    assert outcome(path) == expected
    assert sum(libsndfile_reads) == 30_000


@pytest.mark.realdata
def test_a_real_minute_is_that_of_libsndfile(shared_data: Path, libsndfile_reads: list[int]) -> None:
    path = next((shared_data / "rfcx").rglob("*.flac"))
    expected = sf.read(path, dtype="float32")[0]
    with Recording(path) as recording:
        np.testing.assert_array_equal(recording.read_whole(recording.rate_hz), expected)
    assert libsndfile_reads == []


# Damage.

Damage = Callable[[bytes, list[int], np.random.Generator], bytes]


def flipped(data: bytes, at: int, bits: int) -> bytes:
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]


def put_in(data: bytes, at: int, more: bytes) -> bytes:
    return data[:at] + more + data[at:]


def junk(rng: np.random.Generator, most: int) -> bytes:
    return rng.bytes(int(rng.integers(1, most)))


DAMAGES: dict[str, Damage] = {
    "a bit of the header": lambda data, _, rng: flipped(data, int(rng.integers(4, 42)), 1 << int(rng.integers(8))),
    "a byte": lambda data, at, rng: flipped(data, int(rng.integers(at[0], len(data))), int(rng.integers(1, 256))),
    "a frame's header": lambda data, at, rng: flipped(data, int(rng.choice(at) + rng.integers(7)), 1),
    "a frame's check": lambda data, at, rng: flipped(data, int(rng.choice(at[1:])) - int(rng.integers(1, 3)), 4),
    "cut": lambda data, _, rng: data[: rng.integers(1, len(data))],
    "cut between frames": lambda data, at, rng: data[: rng.choice(at[1:])],
    "a hole": lambda data, at, rng: (lambda i: data[:i] + bytes(300) + data[i + 300 :])(rng.integers(at[0], len(data))),
    "put in": lambda data, at, rng: put_in(data, int(rng.integers(at[0], len(data))), junk(rng, 99)),
    "put in between frames": lambda data, at, rng: put_in(data, int(rng.choice(at)), junk(rng, 99)),
    "zeros between frames": lambda data, at, rng: put_in(data, int(rng.choice(at[1:])), bytes(rng.integers(2, 99))),
    "a frame missing": lambda data, at, rng: (lambda i: data[: at[i]] + data[at[i + 1] :])(rng.integers(len(at) - 1)),
    "a frame twice": lambda data, at, rng: (lambda i: data[: at[i + 1]] + data[at[i] :])(rng.integers(len(at) - 1)),
    "frames in another order": lambda data, at, rng: (
        lambda i: data[: at[i]] + data[at[i + 1] : at[i + 2]] + data[at[i] : at[i + 1]] + data[at[i + 2] :]
    )(rng.integers(len(at) - 2)),
    "a frame in another's place": lambda data, at, rng: (
        lambda i: data[: at[i]] + data[at[i + 1] : at[i + 2]] + data[at[i + 1] :]
    )(rng.integers(len(at) - 2)),
    "junk behind": lambda data, _, rng: data + junk(rng, 700),
    "zeros behind": lambda data, _, rng: data + bytes(rng.integers(1, 700)),
    "a tag behind": lambda data, *_: data + b"TAG" + bytes(125),
    "a tag before": lambda data, *_: b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + data,
    "joined": lambda data, *_: data + data,
}


@pytest.fixture(scope="module")
def sources() -> list[tuple[bytes, list[int]]]:
    made = [encoded(30_000), encoded(30_000, channels=2, subtype="PCM_24"), encoded(300_000, subtype="PCM_S8")]
    found = [(data, frames_of(data)) for data in made]
    assert [len(at) for _, at in found] == [8, 8, 74]
    return found


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_files_have_the_outcome_of_libsndfile(
    name: str, tmp_path: Path, sources: list[tuple[bytes, list[int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, path = np.random.default_rng(sorted(DAMAGES).index(name)), tmp_path / "a.flac"
    for data, at in sources:
        for _ in range(4 if len(at) < 10 else 1):
            path.write_bytes(DAMAGES[name](data, at, rng))
            expected = by_libsndfile(monkeypatch, path)
            assert outcome(path) == expected
            judged = probe(path)
            with monkeypatch.context() as patch:
                patch.setattr(part, "open_fast", lambda *_: None)
                assert probe(path) == judged


def test_checks_are_those_of_a_byte_after_another() -> None:
    rng = np.random.default_rng(3)
    for n_bytes in [*range(20), *rng.integers(20, 3000, 60).tolist()]:
        data = rng.bytes(n_bytes)
        check = _crc(data, 0x8005, 16)
        assert are_whole(data) == (check == 0)
        frame = data + check.to_bytes(2, "big")
        assert are_whole(frame)
        assert are_whole(frame + frame)
        assert not are_whole(flipped(frame, int(rng.integers(len(frame))), 1 << int(rng.integers(8))))


def test_frames_of_any_number_come_whole_and_in_order(tmp_path: Path) -> None:
    data = encoded(4096 * 150)  # from frame 128 on, a number takes two bytes
    (tmp_path / "a.flac").write_bytes(data)
    at = frames_of(data)
    batches = Batches(tmp_path / "a.flac", 4096 * 150)
    found = [batches.next(n) for n in (1, 4096, 4097, 4096 * 140, 4096 * 9)]
    batches.close()
    assert b"".join(frames for frames, _ in found) == data[at[0] :]
    assert [n for _, n in found] == [4096, 4096, 2 * 4096, 140 * 4096, 6 * 4096]
