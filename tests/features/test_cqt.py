"""Constant-Q spectrograms have librosa's values, and what these values mean."""

import warnings
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile

import extract_cqt
from canopy.config.cqt import CqtFeatures
from canopy.config.loading import load
from canopy.config.settings import canonical, section
from canopy.data.recordings.table import COLUMNS
from canopy.features.cqt import log_cqt
from canopy.features.shards import Store
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table

SMALL = CqtFeatures(kind="cqt", hop_samples=256, low_hz=200.0, n_bins=48, bins_per_octave=12)
RATE_HZ = SMALL.sample_rate_hz


def noise(n_samples: int) -> np.ndarray:
    return np.random.default_rng(4).normal(0, 0.1, n_samples).astype(np.float32)


def tone(hz: float, n_samples: int = RATE_HZ) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n_samples) / RATE_HZ).astype(np.float32)


def by_librosa(audio: np.ndarray, settings: CqtFeatures) -> np.ndarray:
    spectrum = librosa.cqt(
        y=audio,
        sr=settings.sample_rate_hz,
        hop_length=settings.hop_samples,
        fmin=settings.low_hz,
        n_bins=settings.n_bins,
        bins_per_octave=settings.bins_per_octave,
        filter_scale=settings.filter_scale,
        sparsity=settings.sparsity,
    )
    return librosa.amplitude_to_db(np.abs(spectrum), ref=1.0, amin=1e-5, top_db=None).T


def by_definition(audio: np.ndarray, settings: CqtFeatures, frame: int, bin_number: int) -> float:
    """Return one magnitude as the inner product of the samples around a frame with a windowed tone of unit L1 norm."""
    hz = settings.low_hz * 2 ** (bin_number / settings.bins_per_octave)
    length = settings.quality * settings.sample_rate_hz / hz
    around = np.arange(-np.floor(length / 2), np.floor(length / 2) + 1)
    window = 0.5 + 0.5 * np.cos(2 * np.pi * around / length)
    at = frame * settings.hop_samples + around.astype(int)
    inside = (at >= 0) & (at < len(audio))
    samples = np.where(inside, audio[np.clip(at, 0, len(audio) - 1)], 0.0)
    phase = np.exp(-2j * np.pi * hz * around / settings.sample_rate_hz)
    return float(abs(np.sum(samples * window * phase)) / window.sum() * np.sqrt(length))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hop_samples": 320},
        {"hop_samples": 250},
        {"filter_scale": 0.5},
        {"bins_per_octave": 24, "n_bins": 100},
        {"sparsity": 0.0},
        {"low_hz": 50.0, "n_bins": 30},
        {"n_bins": 1},
        {"sample_rate_hz": 32000, "n_bins": 72, "hop_samples": 640},
    ],
)
def test_every_setting_reaches_librosa(changes: dict[str, Any]) -> None:
    settings = CqtFeatures.model_validate({**SMALL.model_dump(), **changes})
    audio = noise(30001)
    found, expected = log_cqt(audio, settings), by_librosa(audio, settings)
    assert found.dtype == np.float32
    assert found.shape == (1 + 30001 // settings.hop_samples, settings.n_bins)
    np.testing.assert_allclose(found, expected[: len(found)], atol=1e-3, rtol=0)


@pytest.mark.parametrize("bin_number", [0, 13, 30, 47])
def test_a_value_is_the_product_with_a_windowed_tone(bin_number: int) -> None:
    settings = SMALL.model_copy(update={"sparsity": 0.0})
    audio = noise(RATE_HZ) + 0.3 * tone(500)
    found = 10 ** (log_cqt(audio, settings)[:, bin_number] / 20)
    expected = [by_definition(audio, settings, frame, bin_number) for frame in range(15, 45)]
    np.testing.assert_allclose(found[15:45], expected, atol=0.05 * float(np.mean(expected)), rtol=0)


@pytest.mark.parametrize("n_samples", [0, 1, 255, 256, 257, 4000, 16000, 50001])
def test_a_recording_has_the_frames_that_its_length_says(n_samples: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = log_cqt(noise(n_samples), SMALL)
    assert found.shape == (1 + n_samples // 256, 48)
    assert np.all(np.isfinite(found))


def test_a_rate_far_above_the_highest_bin_keeps_the_frame_count() -> None:
    settings = CqtFeatures(
        kind="cqt", sample_rate_hz=48000, hop_samples=1024, low_hz=100, n_bins=24, bins_per_octave=12
    )
    for n_samples in (48000, 1024 * 30 - 1, 1024 * 30, 1024 * 30 + 1):
        assert len(log_cqt(noise(n_samples), settings)) == 1 + n_samples // 1024


def test_a_tone_stands_out_in_its_bin_and_nowhere_else() -> None:
    for bin_number in (3, 20, 40):
        frame = log_cqt(tone(SMALL.low_hz * 2 ** (bin_number / 12)), SMALL)[30]
        assert frame.argmax() == bin_number
        assert frame[bin_number] - np.delete(frame, [bin_number - 1, bin_number, bin_number + 1]).max() > 6


def test_a_click_is_centred_on_its_frame_in_every_octave() -> None:
    audio = np.zeros(RATE_HZ, np.float32)
    audio[30 * 256] = 1.0
    power = 10 ** (log_cqt(audio, SMALL) / 10)
    centre = (power * np.arange(len(power))[:, None]).sum(0) / power.sum(0)
    np.testing.assert_allclose(centre, 30, atol=0.1)


def test_decibels_are_relative_to_one_and_silence_rests_on_the_floor() -> None:
    louder = log_cqt(2 * noise(8000), SMALL) - log_cqt(noise(8000), SMALL)
    np.testing.assert_allclose(louder, 20 * np.log10(2), atol=1e-3)
    np.testing.assert_allclose(log_cqt(np.zeros(8000, np.float32), SMALL), -100, rtol=1e-6)


# Settings.


def refused_by_librosa(settings: dict[str, Any]) -> bool:
    try:
        librosa.cqt(
            noise(20000),
            sr=settings["sample_rate_hz"],
            hop_length=256,
            fmin=settings["low_hz"],
            n_bins=settings["n_bins"],
            bins_per_octave=settings["bins_per_octave"],
            filter_scale=settings["filter_scale"],
        )
    except librosa.ParameterError as error:
        return "would exceed the Nyquist frequency" in str(error)
    return False


@pytest.mark.filterwarnings("ignore:n_fft=.* is too large for input signal")
def test_what_is_refused_is_what_librosa_refuses() -> None:
    found = []
    for n_bins in range(58, 65):
        for scale in (0.4, 1.0):
            given = {"sample_rate_hz": 16000, "low_hz": 220.0, "n_bins": n_bins, "bins_per_octave": 12}
            raw = {**given, "filter_scale": scale}
            try:
                section(CqtFeatures, {"kind": "cqt", **raw}, "pitch")
                refused = False
            except CanopyError:
                refused = True
            assert refused == refused_by_librosa(raw)
            found.append(refused)
    assert {True, False} == set(found)


def test_a_range_above_half_the_sample_rate_is_told_when_the_config_is_read() -> None:
    with pytest.raises(CanopyError) as caught:
        load({"features": {"mel": {}, "pitch": {"kind": "cqt", "low_hz": 200.0, "n_bins": 200}}})
    assert str(caught.value) == (
        "config: features.pitch: the highest of 200 bins lies at 62672 Hz and its filter reaches up to 64029 Hz, above "
        "half the sample rate (8000); take fewer n_bins, more bins_per_octave, a lower low_hz or a higher "
        "sample_rate_hz"
    )
    with pytest.raises(CanopyError, match="above half the sample rate"):
        load({"features": {"mel": {}, "pitch": {"kind": "cqt", "n_bins": 2**31 - 1, "bins_per_octave": 1}}})


def test_the_filters_quality_is_librosas() -> None:
    frequencies = librosa.cqt_frequencies(SMALL.n_bins, fmin=SMALL.low_hz, bins_per_octave=12)
    lengths, cutoff_hz = librosa.filters.wavelet_lengths(freqs=frequencies, sr=RATE_HZ, filter_scale=1.0)
    np.testing.assert_allclose(SMALL.quality * RATE_HZ / frequencies, lengths)
    assert SMALL.cutoff_hz == pytest.approx(cutoff_hz)


# The script.


def test_the_script_writes_a_shard_of_constant_q_spectrograms(tmp_path: Path) -> None:
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"{name}.flac", noise(8000 + 100 * len(name)), RATE_HZ, subtype="PCM_16")
    paths = {name: str(tmp_path / f"{name}.flac") for name in ("a", "b")}
    rows = [(name, path, 0.5, RATE_HZ, 1, "") for name, path in paths.items()]
    write_table(pd.DataFrame(rows, columns=list(COLUMNS)), tmp_path / "recordings.csv")
    settings = {"features": SMALL.model_dump(), "shard": 0, "shards": 1, "id_tables": []}
    output = tmp_path / "0.npy"
    extract_cqt.main(
        [
            *("--settings", canonical(settings), "--recordings", str(tmp_path / "recordings.csv")),
            *("--output", str(output)),
        ]
    )
    store = Store([output])
    assert store.ids() == ["a", "b"]
    audio = soundfile.read(paths["a"], dtype="float32")[0]
    np.testing.assert_allclose(store["a"], by_librosa(audio, SMALL)[: len(store["a"])], atol=0.06)


@pytest.mark.realdata
def test_a_real_recording_has_the_values_of_librosa(shared_data: Path) -> None:
    from canopy.data.audio.decoding import read_mono

    settings = CqtFeatures(kind="cqt")
    audio = read_mono(next((shared_data / "rfcx").rglob("*.flac")), settings.sample_rate_hz)[: 10 * 16000]
    np.testing.assert_allclose(log_cqt(audio, settings), by_librosa(audio, settings), atol=1e-3, rtol=0)


def test_the_frequencies_of_bins_are_librosas() -> None:
    settings = CqtFeatures(kind="cqt", low_hz=120.0, n_bins=60, bins_per_octave=18)
    expected = librosa.cqt_frequencies(60, fmin=120.0, bins_per_octave=18)
    np.testing.assert_allclose(settings.bin_hz, expected, rtol=1e-9)
