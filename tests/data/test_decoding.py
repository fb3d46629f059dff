"""Decoding: scale, channels, rates, and files that cannot be read."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from canopy.data.audio.decoding import Recording, read_mono
from canopy.runtime.errors import CanopyError


def tone(frequency_hz: float, rate_hz: int, duration_s: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate_hz * duration_s)) / rate_hz)


@pytest.mark.parametrize(("subtype", "full_scale"), [("PCM_16", 2**15), ("PCM_24", 2**23)])
@pytest.mark.parametrize("suffix", ["flac", "wav"])
def test_integer_samples_are_scaled_by_full_scale(tmp_path: Path, suffix: str, subtype: str, full_scale: int) -> None:
    integers = np.random.default_rng(0).integers(-full_scale, full_scale, 1000)
    integers[:2] = -full_scale, full_scale - 1
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, (integers << (32 - full_scale.bit_length())).astype(np.int32), 8000, subtype=subtype)
    audio = read_mono(path, 8000)
    assert audio.dtype == np.float32
    np.testing.assert_array_equal(audio, (integers / full_scale).astype(np.float32))
    assert audio.min() == -1.0


def test_channels_are_averaged(tmp_path: Path) -> None:
    channels = np.random.default_rng(0).uniform(-1, 1, (500, 3)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", channels, 16000, subtype="FLOAT")
    expected = channels.astype(np.float64).mean(axis=1)
    np.testing.assert_allclose(read_mono(tmp_path / "a.wav", 16000), expected, atol=1e-7)


@pytest.mark.parametrize(("rate_hz", "wanted_hz"), [(48000, 32000), (22050, 32000), (44100, 16000), (8000, 48000)])
def test_resampling_keeps_length_and_tone(tmp_path: Path, rate_hz: int, wanted_hz: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1000, rate_hz), rate_hz, subtype="FLOAT")
    audio = read_mono(tmp_path / "a.wav", wanted_hz)
    assert len(audio) == wanted_hz
    assert audio.dtype == np.float32
    inside = slice(wanted_hz // 10, -wanted_hz // 10)
    np.testing.assert_allclose(audio[inside], tone(1000, wanted_hz)[inside], atol=1e-3)


def test_resampling_removes_what_lies_above_the_new_band(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(12000, 48000), 48000, subtype="FLOAT")
    audio = read_mono(tmp_path / "a.wav", 16000)
    assert np.abs(audio[1600:-1600]).max() < 1e-4


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 8000)
    with pytest.raises(CanopyError, match=r"a\.wav holds no samples \(zero length\)"):
        read_mono(tmp_path / "a.wav", 8000)


@pytest.mark.parametrize("content", [b"", b"not audio at all"])
def test_an_undecodable_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.flac"
    path.write_bytes(content)
    with pytest.raises(CanopyError, match=r"broken\.flac: cannot be decoded \(.+\).*restore the file"):
        read_mono(path, 8000)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-1, 1, 50000), 8000)
    path.write_bytes(path.read_bytes()[:30000])
    with pytest.raises(CanopyError, match=r"cut\.flac: cannot be decoded"):
        read_mono(path, 8000)


@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_those_of_soundfile_and_soxr_bit_for_bit(tmp_path: Path, channels: int) -> None:
    soundfile.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-1, 1, (600_000, channels)), 44100)
    plain = soundfile.read(tmp_path / "a.flac", dtype="float32", always_2d=True)[0]
    mono = plain[:, 0] if channels == 1 else plain.mean(axis=1)
    np.testing.assert_array_equal(read_mono(tmp_path / "a.flac", 44100), mono)
    np.testing.assert_array_equal(
        read_mono(tmp_path / "a.flac", 16000), soxr.resample(mono, 44100, 16000, quality="HQ")
    )


def test_a_format_that_cannot_seek_is_decoded_in_pieces(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 44100), 44100, format="XI", subtype="DPCM_16")
    with Recording(tmp_path / "a.wav") as recording:
        whole = recording.read(0, recording.n_samples, 44100)
        for first, last in ((20000, 30000), (5, 40000), (40000, 44100)):
            np.testing.assert_array_equal(recording.read(first, last, 44100), whole[first:last])


def test_there_is_nothing_behind_the_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 8000), 8000)
    with (
        Recording(tmp_path / "a.wav") as recording,
        pytest.raises(ValueError, match="there are none from 7990 to 8010"),
    ):
        recording.read_channels(7990, 8010)
