"""The waveform as features: every sample in its place, and no level lost in storage."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import extract_waveform
from canopy.config.features import FeatureSet, MelFeatures
from canopy.config.settings import canonical
from canopy.config.waveform import WaveformFeatures
from canopy.data.audio.decoding import read_mono
from canopy.data.recordings.table import COLUMNS
from canopy.features.mel import log_mel
from canopy.features.shards import Store
from canopy.features.waveform import frames_of, samples_of
from canopy.report.levels import axis_of, levels
from canopy.runtime.arrays import write_frames
from canopy.runtime.files import write_table

SMALL = WaveformFeatures(kind="waveform", sample_rate_hz=8000, hop_samples=80)


def noise(n_samples: int, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(4).normal(0, level, n_samples).astype(np.float32)


@pytest.mark.parametrize("hop", [1, 2, 7, 80])
@pytest.mark.parametrize("n_samples", [0, 1, 39, 40, 79, 80, 81, 119, 120, 121, 1000])
def test_every_sample_lies_in_the_frame_around_it(hop: int, n_samples: int) -> None:
    settings = SMALL.model_copy(update={"hop_samples": hop})
    audio = np.arange(1, n_samples + 1, dtype=np.float32)
    found = frames_of(audio, settings)
    assert found.shape == (1 + n_samples // hop, hop) == (1 + n_samples // hop, settings.n_bins)
    for number, frame in enumerate(found):
        first = number * hop - hop // 2
        expected = [audio[at] if 0 <= at < n_samples else 0 for at in range(first, first + hop)]
        np.testing.assert_array_equal(frame, expected)


def test_samples_come_back_but_for_the_last_half_hop() -> None:
    audio = noise(1030)
    found = samples_of(frames_of(audio, SMALL))
    assert 1030 - 40 <= len(found) <= 1030 + 40
    np.testing.assert_array_equal(found[:1000], audio[:1000])


def test_a_click_lies_in_the_frame_of_a_spectrogram() -> None:
    audio = np.zeros(8000, np.float32)
    audio[2400] = 1.0
    mel = MelFeatures(sample_rate_hz=8000, hop_samples=80, n_fft=64, n_bands=8, high_hz=4000)
    in_mel = log_mel(audio, mel).max(axis=1).argmax()
    assert np.abs(frames_of(audio, SMALL)).max(axis=1).argmax() == in_mel == 30


@pytest.mark.parametrize("level_db", [0, -20, -60, -90])
def test_the_rounding_error_lies_far_below_the_recording_at_every_level(level_db: float, tmp_path: Path) -> None:
    audio = noise(8000, level=0.3 * 10 ** (level_db / 20))
    write_frames([("r", frames_of(audio, SMALL))], tmp_path / "0.npy", n_bins=80)
    stored = samples_of(Store([tmp_path / "0.npy"])["r"])[: len(audio)]
    error = stored - audio[: len(stored)]
    below_db = 10 * np.log10(np.mean(audio**2) / np.mean(error.astype(float) ** 2))
    assert below_db > (70 if level_db > -90 else 50)
    assert np.mean(stored**2) == pytest.approx(np.mean(audio**2), rel=0.01)


def test_quiet_sixteen_bit_audio_is_stored_without_error_and_peaks_above_full_scale_are_kept() -> None:
    steps = np.arange(-2048, 2049, dtype=np.float32) / 2**15
    np.testing.assert_array_equal(steps.astype(np.float16), steps)
    fine = np.arange(-1024, 1025, dtype=np.float32) / 2**24
    np.testing.assert_array_equal(fine.astype(np.float16), fine)
    np.testing.assert_array_equal(np.float16(1.5), 1.5)


def test_the_script_writes_a_shard_of_samples(tmp_path: Path) -> None:
    audio = noise(4000)
    soundfile.write(tmp_path / "a.flac", audio, 8000, subtype="PCM_16")
    row = ("a", str(tmp_path / "a.flac"), 0.5, 8000, 1, "")
    write_table(pd.DataFrame([row], columns=list(COLUMNS)), tmp_path / "recordings.csv")
    settings = {"features": SMALL.model_dump(), "shard": 0, "shards": 1, "id_tables": []}
    output = tmp_path / "0.npy"
    extract_waveform.main(
        [
            *("--settings", canonical(settings), "--recordings", str(tmp_path / "recordings.csv")),
            *("--output", str(output)),
        ]
    )
    decoded = read_mono(tmp_path / "a.flac", 8000)
    np.testing.assert_array_equal(Store([output])["a"], frames_of(decoded, SMALL).astype(np.float16))


# What the report draws of it.


def no_sound(rate_hz: int) -> np.ndarray:
    raise AssertionError("features tell what is drawn")


def test_a_waveform_is_drawn_as_its_log_mel_spectrogram() -> None:
    at = np.arange(8000) / 8000
    drawn = levels(frames_of(np.sin(2 * np.pi * 1000 * at).astype(np.float32), SMALL), SMALL, no_sound)
    assert drawn.shape == (101, 32)
    axis = axis_of(SMALL)
    assert axis.n_bins == 32
    bottom, top = axis.ends()
    place = bottom + (drawn[50].argmax() + 0.5) * (top - bottom) / 32
    assert place == pytest.approx(axis.place([1000.0])[0], abs=(top - bottom) / 32)


def test_a_waveform_of_any_rate_and_hop_can_be_drawn() -> None:
    for rate, hop in ((200, 5), (48000, 4800), (16000, 1)):
        settings = WaveformFeatures(kind="waveform", sample_rate_hz=rate, hop_samples=hop)
        assert levels(frames_of(noise(rate // 4), settings), settings, no_sound).shape[0] == 1 + rate // 4 // hop


def test_spectrograms_are_drawn_as_they_are() -> None:
    values = np.zeros((3, 64), np.float16)
    assert levels(values, MelFeatures(), no_sound) is values
    with pytest.raises(TypeError, match="FeatureSet have no frequency axis"):
        axis_of(FeatureSet())
