"""What lies under the calls: coloured noise, wind, rain and insects.

All are made in the frequency domain and hold float32 samples of shape `(n_samples,)`.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import scipy.fft

Signal = npt.NDArray[np.float32]


def shaped_noise(
    n_samples: int, rate_hz: int, gain: Callable[[Signal], npt.NDArray[np.floating]], rng: np.random.Generator
) -> Signal:
    """Return Gaussian noise of unit power with a given amplitude spectrum.

    Parameters
    ----------
    n_samples, rate_hz : int
        Length and samples per second.
    gain : callable
        Amplitude as a function of frequency in Hz; the frequency 0 is silenced.
    rng : numpy.random.Generator
        Source of randomness.
    """
    n_fast = scipy.fft.next_fast_len(n_samples, real=True)
    hz = np.fft.rfftfreq(n_fast, 1 / rate_hz).astype(np.float32)
    hz[0] = hz[1]
    parts = rng.standard_normal((2, len(hz)), dtype=np.float32)
    spectrum = (parts[0] + 1j * parts[1]) * gain(hz).astype(np.float32)
    spectrum[0] = 0
    noise: Signal = scipy.fft.irfft(spectrum, n_fast)[:n_samples]
    return noise / noise.std()


def slow_level(n_samples: int, rate_hz: int, period_s: float, rng: np.random.Generator) -> Signal:
    """Return a smooth random curve, about standard normal, that changes over `period_s`."""
    n_knots = max(2, int(n_samples / rate_hz / period_s) + 2)
    knots = rng.standard_normal(n_knots)
    position = np.arange(n_samples) / n_samples * (n_knots - 1)
    left = position.astype(np.intp)
    weight = 0.5 - 0.5 * np.cos(np.pi * (position - left))
    curve: Signal = ((1 - weight) * knots[left] + weight * knots[left + 1]).astype(np.float32)
    return curve


def wind(n_samples: int, rate_hz: int, rng: np.random.Generator) -> Signal:
    """Return gusts: rumble that falls off above some 200 Hz and swells over seconds."""
    corner_hz = rng.uniform(100, 300)
    rumble = shaped_noise(n_samples, rate_hz, lambda hz: 1 / (1 + (hz / corner_hz) ** 2), rng)
    return rumble * np.exp(0.9 * slow_level(n_samples, rate_hz, 2.0, rng))


def rain(n_samples: int, rate_hz: int, rng: np.random.Generator) -> Signal:
    """Return rain: hiss at 1 to 7 kHz, and drops that ring for a few milliseconds at random pitches."""
    middle_hz = rng.uniform(2000, 4500)
    hiss = shaped_noise(n_samples, rate_hz, lambda hz: np.exp(-0.5 * (np.log(hz / middle_hz) / 0.6) ** 2), rng)
    drops = np.zeros(n_samples, dtype=np.float32)
    time_s = np.arange(int(0.02 * rate_hz)) / rate_hz
    pitches_hz = rng.uniform(1200, 6000, 12)[:, None]
    kernels = np.exp(-time_s / rng.uniform(0.001, 0.004, 12)[:, None]) * np.sin(2 * np.pi * pitches_hz * time_s)
    count = rng.poisson(rng.uniform(15, 80) * n_samples / rate_hz)
    starts = rng.integers(0, n_samples - len(time_s), count)
    kinds = rng.integers(0, 12, count)
    loudness = rng.lognormal(0.0, 0.7, count)
    np.add.at(drops, starts[:, None] + np.arange(len(time_s)), loudness[:, None] * kernels[kinds])
    return hiss + rng.uniform(1.0, 4.0) * drops


def insects(n_samples: int, rate_hz: int, rng: np.random.Generator) -> Signal:
    """Return one insect's song: a narrow band at 4 to 7 kHz that beats, and comes and goes."""
    centre_hz, width_hz = rng.uniform(4000, min(7000, 0.45 * rate_hz)), rng.uniform(40, 160)
    song = shaped_noise(n_samples, rate_hz, lambda hz: np.exp(-0.5 * ((hz - centre_hz) / width_hz) ** 2), rng)
    time_s = np.arange(n_samples, dtype=np.float32) / rate_hz
    beat = 0.5 + 0.5 * np.sin(2 * np.pi * np.float32(rng.uniform(3, 30)) * time_s)
    song *= 1 - np.float32(rng.uniform(0.3, 1.0)) * (1 - beat)
    if rng.random() < 0.5:
        song *= 1 / (1 + np.exp(-6 * (slow_level(n_samples, rate_hz, 1.5, rng) + 0.3)))
    return song


def background(n_samples: int, rate_hz: int, rng: np.random.Generator) -> Signal:
    """Return a background: coloured noise always, wind, rain and up to two insects at times.

    The slope of the noise lies between 1 and 5 dB per octave, its level between -52 and -40 dB
    re full scale.
    """
    level = np.float32(10 ** (rng.uniform(-52, -40) / 20))
    slope = rng.uniform(0.35, 1.6)
    mix = shaped_noise(n_samples, rate_hz, lambda hz: np.maximum(hz, 60) ** (-slope / 2), rng)
    mix *= np.exp(0.1 * slow_level(n_samples, rate_hz, 3.0, rng))
    if rng.random() < 0.4:
        mix += np.float32(rng.uniform(0.4, 1.5)) * wind(n_samples, rate_hz, rng)
    if rng.random() < 0.35:
        mix += np.float32(rng.uniform(0.2, 0.8)) * rain(n_samples, rate_hz, rng)
    for _ in range(rng.choice(3, p=(0.4, 0.4, 0.2))):
        mix += np.float32(rng.uniform(0.05, 0.4)) * insects(n_samples, rate_hz, rng)
    return (level * mix).astype(np.float32)
