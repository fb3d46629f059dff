"""One recording: calls of several species, near and far, laid over a background.

Times are in seconds from the start of the recording, frequencies in Hz. The level of a call is set
against the background within the call's own box, so that an SNR means the same for a whistle as for
a band of noise, in quiet as in rain.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from canopy.config.demo import Demo
from canopy.data.demo.background import background
from canopy.data.demo.calls import Wave
from canopy.data.demo.settings import SUBSETS
from canopy.data.demo.species import SPECIES

AUDIO, LABELS, LEADERS = 0, 1, 2
"""Separate streams of randomness, so that what is labelled does not change what is heard."""

_FRAME_S = 0.01
_AUDIBLE_DB = -25.0
_OUTER_SHARE = 0.01
_PLACING_TRIES = 20
_PEAK = 0.9


@dataclass(frozen=True)
class Event:
    """One call in a recording: its species and songtype, the box around it, its SNR within the box."""

    species_id: int
    songtype_id: int
    t_min: float
    f_min: float
    t_max: float
    f_max: float
    snr_db: float


def stream(settings: Demo, subset: str, index: int, purpose: int) -> np.random.Generator:
    """Return the generator for one purpose in one recording; no other recording shares it."""
    return np.random.default_rng([settings.seed, SUBSETS.index(subset), index, purpose])


def leading_species(settings: Demo, subset: str, index: int) -> int:
    """Return the species that surely calls in a recording: each has its turn once in `n_species` recordings."""
    round_number, turn = divmod(index, settings.n_species)
    order = stream(settings, subset, round_number, LEADERS).permutation(settings.n_species)
    return int(order[turn])


def measure_box(call: Wave, rate_hz: int) -> tuple[float, float, float, float]:
    """Return onset and offset in seconds and lowest and highest frequency in Hz of a call.

    In time from the first to the last 10 ms within 25 dB of the loudest; in frequency between the
    points below and above which 1 % of the energy lies.
    """
    hop = int(_FRAME_S * rate_hz)
    padded = np.pad(call, (0, -len(call) % hop))
    power = (padded.reshape(-1, hop) ** 2).mean(axis=1)
    audible = np.flatnonzero(power > power.max() * 10 ** (_AUDIBLE_DB / 10))
    onset_s, offset_s = audible[0] * hop / rate_hz, min(len(call), (audible[-1] + 1) * hop) / rate_hz
    energy = np.abs(scipy.fft.rfft(padded)) ** 2
    share = np.cumsum(energy) / energy.sum()
    low, high = np.searchsorted(share, (_OUTER_SHARE, 1 - _OUTER_SHARE))
    step_hz = rate_hz / len(padded)
    return onset_s, offset_s, low * step_hz, min(high * step_hz, rate_hz / 2)


def band_power(signal: npt.NDArray[np.floating], low_hz: float, high_hz: float, rate_hz: int) -> float:
    """Return the mean power of a signal between two frequencies (Parseval)."""
    spectrum = np.abs(scipy.fft.rfft(signal)) ** 2
    step_hz = rate_hz / len(signal)
    first, last = round(low_hz / step_hz), max(round(high_hz / step_hz), round(low_hz / step_hz) + 1)
    return float(2 * spectrum[first : last + 1].sum() / len(signal) ** 2)


def air(call: Wave, distance: float, rate_hz: int) -> Wave:
    """Return a call as heard from a `distance` of 0 (near) to 1 (far): high frequencies fade by up to 10 dB."""
    n_fast = scipy.fft.next_fast_len(len(call), real=True)
    fade = np.exp(-distance * scipy.fft.rfftfreq(n_fast, 1 / rate_hz) / 7000)
    heard: Wave = scipy.fft.irfft(scipy.fft.rfft(call, n_fast) * fade, n_fast)[: len(call)]
    return heard


def reverberate(call: Wave, echo: Wave, wetness: float) -> Wave:
    """Return a call followed by its echoes, `wetness` being their share of its energy; longer by the echo."""
    n_samples = len(call) + len(echo) - 1
    n_fast = scipy.fft.next_fast_len(n_samples, real=True)
    spectrum = scipy.fft.rfft(call, n_fast)
    tail: Wave = scipy.fft.irfft(spectrum * scipy.fft.rfft(echo, n_fast), n_fast)[:n_samples]
    tail[: len(call)] += call / np.sqrt(wetness)
    return tail * np.sqrt(wetness)


def echo_of_place(rate_hz: int, rng: np.random.Generator) -> Wave:
    """Return a place's echo: noise of unit energy that falls by 60 dB within 0.3 to 0.9 s, after 15 ms of silence."""
    fall_s = rng.uniform(0.3, 0.9)
    time_s = np.arange(int(0.7 * fall_s * rate_hz)) / rate_hz
    echo = rng.standard_normal(len(time_s)) * 10 ** (-3 * time_s / fall_s) * (time_s > 0.015)
    return echo / np.sqrt((echo**2).sum())


def _free_start(n_call: int, n_total: int, taken: list[tuple[int, int]], rng: np.random.Generator) -> int | None:
    """Return a start at which a call overlaps none of `taken`, or None when a few tries find none."""
    for _ in range(_PLACING_TRIES):
        start = int(rng.integers(0, max(1, n_total - n_call)))
        if all(start + n_call <= first or start >= last for first, last in taken):
            return start
    return None


def soundscape(settings: Demo, subset: str, index: int) -> tuple[npt.NDArray[np.int16], list[Event]]:
    """Make one recording.

    Parameters
    ----------
    settings : Demo
        Neither the counts of recordings nor the label settings have any influence.
    subset : str
        `train` or `test`.
    index : int
        Which recording of the subset.

    Returns
    -------
    samples : ndarray of int16, shape (n_samples,)
        The audio, its peak at most 0.9 of full scale.
    events : list of Event
        Every call in it, sorted by onset.
    """
    rng = stream(settings, subset, index, AUDIO)
    rate_hz, n_samples = settings.sample_rate_hz, round(settings.duration_s * settings.sample_rate_hz)
    bed = background(n_samples, rate_hz, rng)
    mix = bed.astype(np.float64)
    echo = echo_of_place(rate_hz, rng)
    leader = leading_species(settings, subset, index)
    others = rng.permutation([s for s in range(settings.n_species) if s != leader])
    n_present = int(rng.integers(*settings.species_per_recording, endpoint=True))
    events = []
    for species_id in (leader, *(int(s) for s in others[: n_present - 1])):
        species = SPECIES[species_id]
        lowest_db, highest_db = settings.snr_db
        usual_db = rng.uniform(lowest_db, highest_db)
        distance = 1 - (usual_db - lowest_db) / max(1e-9, highest_db - lowest_db)
        songtype_id = int(rng.choice(species.songtypes))
        individual = int(rng.integers(2**32))
        taken: list[tuple[int, int]] = []
        for _ in range(rng.integers(*settings.calls_per_species, endpoint=True)):
            dry = species.call(np.random.default_rng(individual), rng, rate_hz, songtype_id)[:n_samples]
            call = air(dry, distance, rate_hz)
            start = _free_start(len(call), n_samples, taken, rng)
            if start is None:
                continue
            taken.append((start, start + len(call)))
            onset_s, offset_s, low_hz, high_hz = measure_box(call, rate_hz)
            inside = slice(round(onset_s * rate_hz), round(offset_s * rate_hz))
            snr_db = float(np.clip(usual_db + rng.normal(0.0, 1.5), lowest_db, highest_db))
            under = band_power(bed[start:][inside], low_hz, high_hz, rate_hz)
            gain = np.sqrt(under * 10 ** (snr_db / 10) / (call[inside] ** 2).mean())
            heard = reverberate(gain * call, echo, 10 ** (-(14 - 9 * distance) / 10))[: n_samples - start]
            mix[start : start + len(heard)] += heard
            begin_s = start / rate_hz
            events.append(
                Event(species_id, songtype_id, begin_s + onset_s, low_hz, begin_s + offset_s, high_hz, snr_db)
            )
    peak = np.abs(mix).max()
    scaled = mix * min(1.0, _PEAK / peak) * 32767
    return np.round(scaled).astype(np.int16), sorted(events, key=lambda event: (event.t_min, event.species_id))
