"""Building blocks of calls: notes, their envelopes, and their order in time.

Waves are float64, shape `(n_samples,)`; times are in seconds, frequencies in Hz, rates in Hz.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import scipy.fft

Wave = npt.NDArray[np.float64]


def glide(start_hz: float, end_hz: float, length_s: float, rate_hz: int, *, bend: float = 1.0) -> Wave:
    """Return a frequency track from `start_hz` to `end_hz`; `bend` above 1 moves late, below 1 early."""
    position = np.linspace(0.0, 1.0, max(2, round(length_s * rate_hz)))
    return start_hz + (end_hz - start_hz) * position**bend


def tone(track_hz: Wave, rate_hz: int, *, overtones: Sequence[float] = ()) -> Wave:
    """Return a sine that follows a frequency track.

    Parameters
    ----------
    track_hz : ndarray, shape (n_samples,)
        Instantaneous frequency.
    rate_hz : int
        Samples per second.
    overtones : sequence of float
        Amplitudes of the harmonics 2, 3, ... relative to the fundamental. Those above the Nyquist
        frequency are left out.
    """
    phase = 2 * np.pi * np.cumsum(track_hz) / rate_hz
    wave = np.sin(phase)
    top_hz = float(track_hz.max())
    for harmonic, amplitude in enumerate(overtones, start=2):
        if harmonic * top_hz < 0.48 * rate_hz:
            wave += amplitude * np.sin(harmonic * phase)
    return wave


def swell(wave: Wave, rate_hz: int, *, attack_s: float, release_s: float) -> Wave:
    """Return `wave` with raised-cosine flanks; they shrink together when the wave is too short for both."""
    n = len(wave)
    shrink = min(1.0, n / max(1.0, (attack_s + release_s) * rate_hz))
    n_attack, n_release = int(attack_s * rate_hz * shrink), int(release_s * rate_hz * shrink)
    shaped = wave.copy()
    shaped[:n_attack] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(n_attack) + 0.5) / max(1, n_attack))
    shaped[n - n_release :] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(n_release) + 0.5) / max(1, n_release))
    return shaped


def ring(wave: Wave, rate_hz: int, *, decay_s: float) -> Wave:
    """Return `wave` struck at its start: a 1 ms rise, then a fall by a factor e in each `decay_s`."""
    time_s = np.arange(len(wave)) / rate_hz
    return swell(wave * np.exp(-time_s / decay_s), rate_hz, attack_s=0.001, release_s=0.002)


def band_noise(length_s: float, low_hz: float, high_hz: float, rate_hz: int, rng: np.random.Generator) -> Wave:
    """Return Gaussian noise of unit power whose spectrum is flat in a band, with raised-cosine edges inside it."""
    n = max(8, round(length_s * rate_hz))
    fast = scipy.fft.next_fast_len(n, real=True)
    spectrum = scipy.fft.rfft(rng.standard_normal(fast))
    hz = scipy.fft.rfftfreq(fast, 1 / rate_hz)
    edge = 0.15 * (high_hz - low_hz)
    inside = np.clip(np.minimum(hz - low_hz, high_hz - hz) / edge, 0.0, 1.0)
    wave: Wave = scipy.fft.irfft(spectrum * (0.5 - 0.5 * np.cos(np.pi * inside)), fast)[:n]
    return wave / wave.std()


def sequence(notes: Iterable[tuple[float, Wave]], rate_hz: int) -> Wave:
    """Return the sum of notes, each laid down at its start in seconds."""
    laid = [(round(start_s * rate_hz), wave) for start_s, wave in notes]
    call = np.zeros(max(first + len(wave) for first, wave in laid))
    for first, wave in laid:
        call[first : first + len(wave)] += wave
    return call
