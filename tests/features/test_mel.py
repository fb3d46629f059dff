"""Log-mel spectrograms have librosa's values."""

import warnings
from pathlib import Path

import librosa
import numpy as np
import pytest

from canopy.config.features import MelFeatures
from canopy.data.audio.decoding import read_mono
from canopy.features.mel import BLOCK_FRAMES, log_mel

SMALL = MelFeatures(sample_rate_hz=16000, n_fft=512, hop_samples=160, n_bands=32, low_hz=100, high_hz=8000)


def by_librosa(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "n_fft=.* is too large for input signal")
        power = librosa.feature.melspectrogram(
            y=audio,
            sr=settings.sample_rate_hz,
            n_fft=settings.n_fft,
            hop_length=settings.hop_samples,
            n_mels=settings.n_bands,
            fmin=settings.low_hz,
            fmax=settings.high_hz,
        )
    return librosa.power_to_db(power, ref=1.0, top_db=None).T


def noise(n_samples: int) -> np.ndarray:
    return np.random.default_rng(4).normal(0, 0.1, n_samples).astype(np.float32)


@pytest.mark.parametrize("n_samples", [1, 159, 160, 161, 255, 256, 257, 511, 512, 513, 16000, 160 * 3 * BLOCK_FRAMES])
def test_values_and_frame_count_are_those_of_librosa(n_samples: int) -> None:
    found = log_mel(noise(n_samples), SMALL)
    assert found.dtype == np.float32
    assert found.shape == (1 + n_samples // 160, 32)
    np.testing.assert_allclose(found, by_librosa(noise(n_samples), SMALL), atol=0.01, rtol=0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hop_samples": 513},
        {"hop_samples": 1500},
        {"n_fft": 1000},
        {"n_fft": 1023},
        {"sample_rate_hz": 48000, "high_hz": 24000, "n_fft": 2048, "n_bands": 128},
        {"low_hz": 0},
    ],
)
def test_any_window_hop_and_band_agree_with_librosa(changes: dict[str, float]) -> None:
    settings = MelFeatures.model_validate(changes)
    found, expected = log_mel(noise(30001), settings), by_librosa(noise(30001), settings)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=0.01, rtol=0)


def test_an_odd_window_keeps_the_frame_count() -> None:
    settings = SMALL.model_copy(update={"n_fft": 401})
    audio = noise(1600)
    found = log_mel(audio, settings)
    assert len(found) == 11
    np.testing.assert_allclose(found[:10], by_librosa(audio, settings)[:10], atol=0.01, rtol=0)


def test_a_quiet_recording_rests_on_the_floor_and_an_empty_one_has_one_frame() -> None:
    for n_samples, n_frames in ((3200, 21), (0, 1)):
        found = log_mel(np.zeros(n_samples, np.float32), SMALL)
        assert found.shape == (n_frames, 32)
        np.testing.assert_allclose(found, -100, rtol=1e-6)


def test_decibels_are_relative_to_full_power_and_double_amplitude_adds_six() -> None:
    louder = log_mel(2 * noise(8000), SMALL) - log_mel(noise(8000), SMALL)
    np.testing.assert_allclose(louder, 20 * np.log10(2), atol=1e-3)


def test_a_tone_stands_out_in_the_band_around_it() -> None:
    centres_hz = np.array(SMALL.bin_hz)
    assert centres_hz.shape == (32,)
    for band in (5, 16, 28):
        audio = np.sin(2 * np.pi * centres_hz[band] * np.arange(16000) / 16000).astype(np.float32)
        assert log_mel(audio, SMALL)[50].argmax() == band


def test_a_click_shows_in_the_frames_around_it() -> None:
    audio = np.zeros(16000, np.float32)
    audio[8000] = 1.0
    loud = np.flatnonzero(log_mel(audio, SMALL).max(axis=1) > -99)
    assert loud.min() == 49
    assert loud.max() == 51


def test_the_audio_is_left_as_it_was() -> None:
    audio = noise(4000)
    audio.setflags(write=False)
    log_mel(audio, SMALL)


@pytest.mark.realdata
def test_a_real_recording_has_the_values_of_librosa(shared_data: Path) -> None:
    settings = MelFeatures()
    audio = read_mono(next((shared_data / "rfcx").rglob("*.flac")), settings.sample_rate_hz)[: 20 * 32000]
    np.testing.assert_allclose(log_mel(audio, settings), by_librosa(audio, settings), atol=0.01, rtol=0)


def test_the_centres_of_bands_are_librosas() -> None:
    settings = MelFeatures(n_bands=40, low_hz=60.0, high_hz=7600.0)
    expected = librosa.mel_frequencies(42, fmin=60.0, fmax=7600.0)[1:-1]
    np.testing.assert_allclose(settings.bin_hz, expected, rtol=1e-9)
