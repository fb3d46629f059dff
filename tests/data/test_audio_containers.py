"""Headers that lie, streams that are joined, files that were cut: what is heard of them, and what is said."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from scipy.signal import correlate

from canopy.data.audio.container import examine
from canopy.data.audio.decoding import Recording, read_mono
from canopy.data.audio.file import BadRecording
from canopy.data.audio.flac_frames import length
from canopy.data.audio.probe import probe

RATE = 8000


def noise(seconds: float = 2.0, channels: int = 1, *, rate: int = RATE, seed: int = 1) -> np.ndarray:
    return 0.2 * np.random.default_rng(seed).standard_normal((round(seconds * rate), channels)).clip(-4, 4)


def encoded(form: str, seconds: float = 2.0, *, rate: int = RATE, seed: int = 1, **options: object) -> bytes:
    out = io.BytesIO()
    sf.write(out, noise(seconds, rate=rate, seed=seed), rate, format=form, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes, str], Path]:
    def write(data: bytes, name: str) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


Write = Callable[[bytes, str], Path]
WAV, HEADER = encoded("WAV"), 44
SOUND = (noise().astype(np.float32)[:, 0] * 2**15).round() / 2**15


def lying(promised: int) -> bytes:
    return WAV[:40] + promised.to_bytes(4, "little") + WAV[44:]


# Lengths in headers.


@pytest.mark.parametrize(
    ("promised", "said"),
    [
        (0, "says that it holds 0 bytes of sound and holds 32,000 bytes"),
        (0x7FFFF000, "does not say its length (0x7ffff000 bytes): all 32,000 bytes of it were used"),
        (0x80000000, "does not say its length"),
        (0xFFFFFFFF, "does not say its length"),
        (32000 + 4, "promises 4 bytes more than there are: all 32,000 bytes of it were used"),
        (32000 + HEADER, "promises 44 bytes more"),
        (8000, "says that it holds 8,000 bytes of sound and holds 32,000 bytes"),
    ],
)
def test_the_length_of_a_wav_file_counts_where_its_header_lies(file: Write, promised: int, said: str) -> None:
    path = file(lying(promised), "a.wav")
    found = probe(path)
    assert (found.duration_s, found.problem) == (2.0, "")
    assert found.note.startswith(f"a.wav {said}")
    np.testing.assert_allclose(read_mono(path, RATE), SOUND, atol=2**-15)


def test_a_wav_file_of_more_than_four_gibibytes_is_heard_to_its_end(file: Write) -> None:
    n_bytes = (1 << 32) + 16000
    path = file(lying(n_bytes % (1 << 32)), "long.wav")
    with path.open("r+b") as handle:
        handle.truncate(HEADER + n_bytes)
        handle.seek(HEADER + n_bytes - 32000)
        handle.write(WAV[HEADER:])
    with Recording(path) as recording:
        assert recording.n_samples == n_bytes // 2
        assert recording.duration_s == pytest.approx(74.57 * 3600, rel=1e-3)
        np.testing.assert_allclose(
            recording.read(recording.n_samples - 16000, recording.n_samples, RATE), SOUND, atol=2**-15
        )
        assert "holds 4,294,983,296 bytes" in recording.notes[0]


@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AU", "AIFF", "CAF", "NIST", "WAVEX", "SVX"])
def test_half_a_file_is_truncated_and_a_whole_one_is_not(file: Write, form: str) -> None:
    data = encoded(form)
    assert examine(file(data, "a.wav")).problem == ""
    path = file(data[: len(data) // 2], "a.wav")
    problem = probe(path).problem
    assert problem.startswith("a.wav is truncated: ")
    with pytest.raises(BadRecording, match=r"a\.wav is truncated: 1\d{4} bytes that its header promises are missing"):
        Recording(path)


@pytest.mark.parametrize(("form", "at", "width"), [("W64", 0, 8), ("AU", 8, 4), ("AIFF", 0, 4), ("RF64", 28, 8)])
def test_other_headers_may_leave_their_length_open(file: Write, form: str, at: int, width: int) -> None:
    data = bytearray(encoded(form))
    length = (1 << 63) - 1 if width == 8 else 0x7FFFF000
    place = {"AIFF": data.find(b"SSND") + 4, "W64": data.find(b"data") + 16}.get(form, at)
    data[place : place + width] = length.to_bytes(width, "big" if form in ("AU", "AIFF") else "little")
    found = probe(file(bytes(data), "a.wav"))
    assert (found.duration_s, found.problem) == (2.0, "")


def test_what_lies_behind_the_sound_is_no_sound(file: Write) -> None:
    metadata = b"LIST" + (26).to_bytes(4, "little") + b"INFOICMT" + (14).to_bytes(4, "little") + b"Recorded here\0"
    for tail in (metadata, b"TAG" + bytes(125), bytes(4096)):
        found = probe(file(WAV + tail, "a.wav"))
        assert (found.duration_s, found.problem, found.note) == (2.0, "", "")


# Streams one after another.


@pytest.mark.parametrize("form", ["OGG", "FLAC", "WAV", "MP3"])
def test_streams_that_were_joined_are_heard_to_the_end(file: Write, form: str) -> None:
    one, two = encoded(form, 2.0), encoded(form, 3.0, seed=2)
    parts = [read_mono(file(data, f"{number}.x"), RATE) for number, data in enumerate((one, two))]
    path = file(one + two, "joined.x")
    assert (probe(path).duration_s, probe(path).problem) == (5.0, "")
    both = np.concatenate(parts)
    np.testing.assert_allclose(read_mono(path, RATE), both, atol=1e-6)
    with Recording(path) as recording:
        np.testing.assert_allclose(recording.read(15000, 17000, RATE), both[15000:17000], atol=1e-6)


def test_a_stream_of_another_rate_is_named_as_not_heard(file: Write) -> None:
    found = probe(file(encoded("OGG", 2.0) + encoded("OGG", 1.0, rate=16000), "a.ogg"))
    assert (found.duration_s, found.problem) == (2.0, "")
    assert found.note == (
        "a.ogg holds 2 streams: number 2, at 2.00 s, is of 16000 Hz and 1 channels, not 8000 Hz and 1; from there on "
        "nothing was heard: split the file there"
    )


# Ogg.


def pages(data: bytes) -> list[int]:
    return [at for at in range(len(data)) if data[at : at + 4] == b"OggS"]


def test_an_ogg_file_that_was_cut_at_a_page_says_so(file: Write) -> None:
    data = encoded("OGG", 6.0)
    found = probe(file(data[: pages(data)[-1]], "a.ogg"))
    assert found.problem == ""
    assert found.note == ("a.ogg may have been cut: it has no page that is marked as its last; what is there was used")


@pytest.mark.parametrize("what", ["a page is missing", "a byte is wrong", "bytes are zero"])
def test_an_ogg_file_that_is_damaged_in_the_middle_is_told_alike_by_all(file: Write, what: str) -> None:
    data = bytearray(encoded("OGG", 6.0))
    _, _, _, third, fourth, *_ = pages(bytes(data))
    if what == "a page is missing":
        del data[third:fourth]
    elif what == "a byte is wrong":
        data[third + 100] ^= 255
    else:
        data[third - 300 : third + 300] = bytes(600)
    path = file(bytes(data), "a.ogg")
    assert probe(path).problem.startswith("a.ogg is damaged ")
    with pytest.raises(BadRecording, match=r"a\.ogg is damaged \d+% into the file: parts of its sound are lost"):
        Recording(path)


# MPEG audio.


@pytest.mark.parametrize("rate", [44100, 22050, 8000])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mpeg_audio_without_a_header_is_heard_to_its_end(file: Write, rate: int, mode: str) -> None:
    data = encoded("MP3", 6.0, rate=rate, bitrate_mode=mode, compression_level=0.5)
    bare = data[data.index(data[:2], 4) :]
    found = probe(file(bare, "a.mp3"))
    assert found.problem == ""
    assert found.duration_s == pytest.approx(6.0, abs=3 * 1152 / rate)
    whole = read_mono(file(bare, "a.mp3"), rate)
    heard = sf.read(io.BytesIO(b"ID3\4\0\0\0\0\0\n" + bytes(10) + data), dtype="float32")[0]
    piece, around = heard[2 * rate : 3 * rate], whole[2 * rate : 3 * rate + 3000]
    lag = int(np.argmax(correlate(around, piece, "valid")))
    np.testing.assert_allclose(around[lag : lag + rate], piece, atol=1e-6)
    assert len(whole) - lag >= len(heard) - 1152
    with Recording(file(bare, "a.mp3")) as recording:
        np.testing.assert_allclose(recording.read(3 * rate, 5 * rate, rate), whole[3 * rate : 5 * rate], atol=1e-6)


def test_pieces_of_low_bitrates_are_those_of_the_whole(file: Write) -> None:
    path = file(encoded("MP3", 8.0, rate=44100, bitrate_mode="VARIABLE", compression_level=0.9), "a.mp3")
    whole = sf.read(path, dtype="float32")[0]
    np.testing.assert_array_equal(read_mono(path, 44100), whole)
    with Recording(path) as recording:
        for first, last in ((0, 500), (220500, 300000), (len(whole) - 900, len(whole)), (5, 90000)):
            np.testing.assert_allclose(recording.read(first, last, 44100), whole[first:last], atol=1e-6)


def test_junk_within_mpeg_audio_is_damage(file: Write) -> None:
    data = encoded("MP3", 6.0)
    problem = probe(file(data[:9000] + b"junk" * 100 + data[9000:], "a.mp3")).problem
    assert "is damaged at " in problem
    assert "400 bytes there are no sound" in problem or "bytes there are no sound" in problem


# FLAC.


def without_length(data: bytes) -> bytes:
    told = int.from_bytes(data[18:26], "big") & ~((1 << 36) - 1)
    return data[:18] + told.to_bytes(8, "big") + data[26:]


def test_a_flac_file_that_does_not_say_its_length_is_decoded_to_its_end(file: Write) -> None:
    data = encoded("FLAC", 3.0)
    path = file(without_length(data), "a.flac")
    whole = read_mono(file(data, "b.flac"), RATE)
    assert probe(path).duration_s == 3.0
    assert probe(path).problem == ""
    np.testing.assert_array_equal(read_mono(path, RATE), whole)
    with Recording(path) as recording:
        np.testing.assert_array_equal(recording.read(9000, 12000, RATE), whole[9000:12000])


def with_length(data: bytes, n_samples: int) -> bytes:
    told = int.from_bytes(without_length(data)[18:26], "big") | n_samples
    return data[:18] + told.to_bytes(8, "big") + data[26:]


@pytest.mark.parametrize("told", [1, 2 * RATE, 4 * RATE - 1])
def test_a_flac_file_that_tells_too_short_a_length_is_heard_to_its_end(file: Write, told: int) -> None:
    data = encoded("FLAC", 4.0)
    path = file(with_length(data, told), "a.flac")
    whole = read_mono(file(data, "b.flac"), RATE)
    found = probe(path)
    assert (found.duration_s, found.problem) == (4.0, "")
    assert found.note == f"a.flac says that it holds {told / RATE:.2f} s of sound and holds 4.00 s: all of it was used"
    np.testing.assert_array_equal(read_mono(path, RATE), whole)
    with Recording(path) as recording:
        np.testing.assert_array_equal(recording.read(9000, 32000, RATE), whole[9000:32000])
    assert probe(file(data, "b.flac")).note == ""


def test_a_flac_file_that_tells_too_great_a_length_is_truncated(file: Write) -> None:
    found = probe(file(with_length(encoded("FLAC", 4.0), 8 * RATE), "a.flac"))
    assert found.duration_s == 4.0
    assert found.problem.startswith("a.flac is truncated or damaged: it decodes to 4.00 s of the 8.00 s")


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize(
    ("rate", "n_samples"), [(8000, 1), (22050, 4096), (44100, 4097), (48000, 700_000), (655350, 99_999)]
)
def test_the_last_frame_of_a_flac_stream_tells_its_length(subtype: str, rate: int, n_samples: int) -> None:
    data = encoded("FLAC", n_samples / rate, rate=rate, subtype=subtype)
    block = int.from_bytes(data[8:10], "big")
    assert length(data[42:], block, 0) == n_samples
    assert length(data[42:-3], block, 7) == 7
    assert length(data[42:] + b"TAG", block, 7) == 7


def test_a_broken_flac_file_tells_how_much_of_it_can_be_decoded(file: Write) -> None:
    data = encoded("FLAC", 6.0)
    found = probe(file(data[: len(data) // 2], "a.flac"))
    assert found.duration_s == pytest.approx(2.5, abs=0.6)  # whole blocks of half a second
    assert found.problem.startswith(
        f"a.flac is truncated or damaged: it decodes to {found.duration_s:.2f} s of the 6.00 s"
    )
    assert "run the same command again" not in found.problem


# Channels.


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (
            (1.0, -1.0),
            "has channels that cancel each other when they are mixed (one is inverted): `channel: 1` uses one",
        ),
        ((0.0, 1.0), "is silent in channel 1 of 2, which makes the mix quieter: `channel: 2` uses one that is not"),
        ((1.0, 0.5), ""),
    ],
)
def test_channels_that_do_not_go_together_are_noticed(tmp_path: Path, weights: tuple[float, float], said: str) -> None:
    sf.write(tmp_path / "a.wav", noise() * weights, RATE, subtype="FLOAT")
    found = probe(tmp_path / "a.wav")
    assert found.problem == ""
    assert found.note.startswith(f"a.wav {said}" if said else "")
    assert bool(found.note) == bool(said)
    assert probe(tmp_path / "a.wav", channel=2).note == ""
    np.testing.assert_allclose(read_mono(tmp_path / "a.wav", RATE, channel=2), weights[1] * noise()[:, 0], atol=1e-6)


def test_independent_channels_go_together(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", noise(channels=8), RATE)
    assert probe(tmp_path / "a.wav").note == ""


def test_a_channel_that_is_not_there_is_a_problem_and_a_single_one_is_heard(tmp_path: Path) -> None:
    sf.write(tmp_path / "one.wav", noise(), RATE)
    sf.write(tmp_path / "two.wav", noise(channels=2), RATE)
    assert probe(tmp_path / "one.wav", channel=3).problem == ""
    assert probe(tmp_path / "two.wav", channel=3).problem == (
        "two.wav has 2 channels, and `channel: 3` asks for another: name one of them"
    )
