"""Per-channel energy normalisation has librosa's values, and starts where the recording starts."""

from typing import Any

import librosa
import numpy as np
import pytest

from canopy.config.features import MelFeatures, Pcen
from canopy.features.mel import log_mel, mel_power
from canopy.features.pcen import mel_pcen, mel_values, pcen

MEL = MelFeatures(n_bands=20, pcen=Pcen())


def noise(n_samples: int, level: float = 0.1) -> np.ndarray:
    return (np.random.default_rng(4).normal(0, level, n_samples)).astype(np.float32)


def by_librosa(audio: np.ndarray, settings: MelFeatures) -> np.ndarray:
    assert settings.pcen is not None
    energy = 2.0**31 * librosa.feature.melspectrogram(
        y=audio,
        sr=settings.sample_rate_hz,
        n_fft=settings.n_fft,
        hop_length=settings.hop_samples,
        n_mels=settings.n_bands,
        fmin=settings.low_hz,
        fmax=settings.high_hz,
    ).astype(np.float64)
    how = settings.pcen
    n_frames = how.time_constant_s * settings.sample_rate_hz / settings.hop_samples
    share = (np.sqrt(1 + 4 * n_frames**2) - 1) / (2 * n_frames**2)
    return librosa.pcen(
        energy,
        sr=settings.sample_rate_hz,
        hop_length=settings.hop_samples,
        gain=how.gain,
        bias=how.bias,
        power=how.power,
        time_constant=how.time_constant_s,
        eps=how.eps,
        zi=(1 - share) * energy[:, : max(1, round(n_frames))].mean(axis=1, keepdims=True),
    ).T


@pytest.mark.parametrize(
    "changes",
    [{}, {"gain": 0.5}, {"bias": 10.0}, {"power": 0.25}, {"time_constant_s": 0.06}, {"eps": 1e3}, {"gain": 0.0}],
)
def test_every_setting_gives_the_values_of_librosa(changes: dict[str, Any]) -> None:
    settings = MEL.model_copy(update={"pcen": Pcen(**changes)})
    audio = noise(20000) * np.linspace(0.01, 1, 20000, dtype=np.float32)
    found = mel_pcen(audio, settings)
    assert found.dtype == np.float32
    assert found.shape == (1 + 20000 // 320, 20)
    np.testing.assert_allclose(found, by_librosa(audio, settings), rtol=1e-4, atol=1e-5)


def test_the_formula_holds_step_by_step() -> None:
    energy, how = np.array([[4.0, 1.0], [9.0, 1.0], [0.0, 1.0]]), Pcen(time_constant_s=1.0)
    share = (np.sqrt(1 + 4 * 4.0**2) - 1) / (2 * 4.0**2)  # four frames a second
    smooth, expected = energy.mean(axis=0), []
    for now in energy:
        smooth = share * now + (1 - share) * smooth
        expected.append((now / (how.eps + smooth) ** how.gain + how.bias) ** how.power - how.bias**how.power)
    np.testing.assert_allclose(pcen(energy, how, hop_s=0.25), expected, rtol=1e-5)


def test_level_hardly_matters_and_silence_is_zero() -> None:
    loud, quiet = mel_pcen(noise(16000), MEL), mel_pcen(0.01 * noise(16000), MEL)
    assert np.median(loud / quiet) == pytest.approx(1, abs=0.25)
    assert mel_pcen(np.zeros(3200, np.float32), MEL).max() == 0


def test_a_recording_does_not_begin_with_a_burst() -> None:
    values = mel_pcen(noise(48000), MEL)
    assert values[1:6].mean() == pytest.approx(values[50:].mean(), rel=0.3)


def test_without_the_option_features_are_in_decibels() -> None:
    plain = MEL.model_copy(update={"pcen": None})
    assert (plain.unit, MEL.unit) == ("db", "pcen")
    np.testing.assert_array_equal(mel_values(noise(4000), plain), log_mel(noise(4000), plain))
    np.testing.assert_array_equal(mel_values(noise(4000), MEL), mel_pcen(noise(4000), MEL))
    np.testing.assert_allclose(
        10 * np.log10(np.maximum(mel_power(noise(4000), plain), 1e-10)), log_mel(noise(4000), plain), atol=1e-4
    )
    with pytest.raises(ValueError, match="has no `pcen`"):
        mel_pcen(noise(400), plain)
