"""How each species of the demo calls.

Each call comes from two generators: `own` is drawn anew, with the same seed, for every call of an
individual and gives what it keeps (pitch, tempo, timbre); `now` gives what changes from call to
call (number of notes, length, small drifts). A call takes 0.6 to 3.5 seconds.
"""

import numpy as np

from canopy.data.demo.calls import Wave, band_noise, glide, ring, sequence, swell, tone

Rng = np.random.Generator


def _loudness(rng: Rng) -> float:
    """Return a note's amplitude, which varies by about 2 dB."""
    return float(10 ** (rng.normal(0.0, 2.0) / 20))


def two_note_whistle(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a two-note whistle: long pure notes."""
    first_hz, step = own.uniform(2200, 2900), own.uniform(0.76, 0.86)
    length_s, gap_s = own.uniform(0.35, 0.6), own.uniform(0.04, 0.12)
    ratios = (1.0, step) if songtype == 1 else (step**1.5, step**0.6, 1.0)
    notes, start_s = [], 0.0
    for _ in range(now.integers(1, 3)):
        for ratio in ratios:
            note_s = length_s * now.uniform(0.85, 1.2) * (1.0 if songtype == 1 else 0.6)
            hz = first_hz * ratio * now.normal(1.0, 0.008)
            wave = tone(glide(hz * 1.01, hz * 0.985, note_s, rate_hz), rate_hz, overtones=(0.05,))
            notes.append((start_s, swell(wave, rate_hz, attack_s=0.03, release_s=0.06)))
            start_s += note_s + gap_s
        start_s += now.uniform(0.15, 0.4)
    return sequence(notes, rate_hz)


def _sweeps(own: Rng, now: Rng, rate_hz: int, *, upwards: bool) -> Wave:
    low_hz, span_hz = own.uniform(1700, 2500), own.uniform(1300, 2000)
    length_s, period_s, bend = own.uniform(0.28, 0.45), own.uniform(0.5, 0.75), own.uniform(0.7, 1.6)
    notes = []
    for number in range(now.integers(2, 5)):
        shift = now.normal(1.0, 0.015)
        ends = (low_hz * shift, (low_hz + span_hz) * shift)
        start_hz, end_hz = ends if upwards else ends[::-1]
        track = glide(start_hz, end_hz, length_s * now.uniform(0.9, 1.1), rate_hz, bend=bend)
        wave = _loudness(now) * swell(tone(track, rate_hz, overtones=(0.06,)), rate_hz, attack_s=0.03, release_s=0.05)
        notes.append((number * period_s * now.uniform(0.97, 1.03), wave))
    return sequence(notes, rate_hz)


def upsweep(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return rising whistles."""
    return _sweeps(own, now, rate_hz, upwards=True)


def downsweep(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return falling whistles."""
    return _sweeps(own, now, rate_hz, upwards=False)


def _trill(own: Rng, now: Rng, rate_hz: int, *, notes_per_s: float, share: float) -> Wave:
    base_hz, rise_hz = own.uniform(3100, 3700), own.uniform(500, 900)
    tilt = own.uniform(-0.08, 0.08)
    length_s = now.uniform(1.0, 2.4)
    note_s = share / notes_per_s
    half = note_s / 2
    notes = []
    for start_s in np.arange(0.0, length_s, 1 / notes_per_s):
        low_hz = base_hz * (1 + tilt * start_s / length_s) * now.normal(1.0, 0.008)
        track = np.concatenate(
            [glide(low_hz, low_hz + rise_hz, half, rate_hz), glide(low_hz + rise_hz, low_hz, half, rate_hz)]
        )
        wave = swell(tone(track, rate_hz), rate_hz, attack_s=note_s / 4, release_s=note_s / 3)
        notes.append((start_s, (0.4 + 0.6 * min(1.0, 4 * start_s / length_s)) * wave))
    return sequence(notes, rate_hz)


def fast_trill(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a fast trill of peaked notes."""
    return _trill(own, now, rate_hz, notes_per_s=own.uniform(17, 24), share=0.7)


def slow_trill(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a slow trill of peaked notes."""
    return _trill(own, now, rate_hz, notes_per_s=own.uniform(7, 10), share=own.uniform(0.4, 0.6))


def frog_pulses(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a frog's pulse train."""
    hz, pulses_per_s, decay_s = own.uniform(780, 1100), own.uniform(6, 10), own.uniform(0.012, 0.022)
    pulse_s = 5 * decay_s
    notes = []
    for start_s in np.arange(0.0, now.uniform(1.2, 3.0), 1 / pulses_per_s if songtype == 1 else 2.6 / pulses_per_s):
        for extra_s in (0.0,) if songtype == 1 else (0.0, 0.07):
            track = glide(hz * now.normal(1.0, 0.01), hz * 0.95, pulse_s, rate_hz)
            wave = _loudness(now) * ring(tone(track, rate_hz), rate_hz, decay_s=decay_s)
            notes.append((start_s + extra_s, wave))
    return sequence(notes, rate_hz)


def croak(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return croaks: stacks of harmonics with one formant."""
    base_hz, formant_hz, width_hz = own.uniform(130, 200), own.uniform(850, 1150), own.uniform(220, 330)
    length_s, period_s = own.uniform(0.25, 0.45), own.uniform(0.55, 0.8)
    harmonics = np.arange(2, int(2200 / base_hz) + 1)
    weights = np.exp(-0.5 * ((harmonics * base_hz - formant_hz) / width_hz) ** 2) + 0.02
    turns = own.uniform(0, 2 * np.pi, len(harmonics))
    notes = []
    for number in range(now.integers(2, 5)):
        note_s = length_s * now.uniform(0.85, 1.15)
        phase = 2 * np.pi * np.cumsum(glide(base_hz * 0.92, base_hz * 1.04, note_s, rate_hz)) / rate_hz
        wave = (weights[:, None] * np.sin(harmonics[:, None] * phase + turns[:, None])).sum(axis=0)
        wave = _loudness(now) * swell(wave, rate_hz, attack_s=0.04, release_s=0.09)
        notes.append((number * period_s * now.uniform(0.95, 1.05), wave))
    return sequence(notes, rate_hz)


def buzz(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a buzz: beating noise."""
    low_hz, width_hz, beats_hz = own.uniform(3500, 4300), own.uniform(1500, 2100), own.uniform(35, 60)
    pieces, start_s = [], 0.0
    for _ in range(now.integers(1, 4)):
        length_s = now.uniform(0.6, 1.1)
        noise = band_noise(length_s, low_hz, low_hz + width_hz, rate_hz, now)
        beat = 0.5 - 0.5 * np.cos(2 * np.pi * beats_hz * np.arange(len(noise)) / rate_hz)
        pieces.append((start_s, swell(noise * beat, rate_hz, attack_s=0.12, release_s=0.05)))
        start_s += length_s + now.uniform(0.15, 0.35)
    return sequence(pieces, rate_hz)


def accelerating_chirps(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return falling chirps that follow each other ever faster."""
    top_hz, fall_hz = own.uniform(3800, 4500), own.uniform(900, 1400)
    gap_s, ratio, chirp_s = own.uniform(0.3, 0.42), own.uniform(0.8, 0.86), own.uniform(0.05, 0.075)
    notes, start_s = [], 0.0
    for number in range(now.integers(10, 15)):
        high_hz = top_hz * (1 - 0.006 * number) * now.normal(1.0, 0.006)
        track = glide(high_hz, high_hz - fall_hz, chirp_s, rate_hz, bend=0.8)
        wave = swell(tone(track, rate_hz), rate_hz, attack_s=0.008, release_s=0.02)
        notes.append((start_s, (0.5 + 0.05 * number) * wave))
        start_s += max(0.08, gap_s)
        gap_s *= ratio
    return sequence(notes, rate_hz)


def warble(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a whistle whose pitch swings."""
    centre_hz, swing_hz, swings_per_s = own.uniform(2300, 2900), own.uniform(250, 450), own.uniform(5, 8)
    length_s = now.uniform(1.2, 2.5)
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    drift = 1 + own.uniform(-0.06, 0.06) * time_s / length_s
    track = centre_hz * drift + swing_hz * np.sin(2 * np.pi * (swings_per_s * time_s + now.random()))
    wave = tone(track, rate_hz, overtones=(0.05,))
    beat = 1 + 0.3 * np.sin(2 * np.pi * (now.uniform(1, 2) * time_s + now.random()))
    return swell(wave * beat, rate_hz, attack_s=0.12, release_s=0.2)


def click_train(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return a train of clicks."""
    clicks_per_s, low_hz, high_hz = own.uniform(9, 15), own.uniform(2500, 3100), own.uniform(6300, 7500)
    notes = []
    for start_s in np.arange(0.0, now.uniform(1.0, 2.6), 1 / clicks_per_s):
        noise = band_noise(0.012, low_hz, high_hz, rate_hz, now)
        wave = _loudness(now) * swell(noise, rate_hz, attack_s=0.001, release_s=0.01)
        notes.append((max(0.0, start_s + now.normal(0.0, 0.002)), wave))
    return sequence(notes, rate_hz)


def hoots(own: Rng, now: Rng, rate_hz: int, songtype: int) -> Wave:
    """Return soft hoots."""
    hz, length_s, period_s = own.uniform(460, 620), own.uniform(0.2, 0.35), own.uniform(0.5, 0.7)
    notes = []
    for number in range(now.integers(3, 6)):
        top_hz = hz * now.normal(1.0, 0.01)
        half = length_s / 2
        track = np.concatenate(
            [glide(top_hz * 0.93, top_hz, half, rate_hz), glide(top_hz, top_hz * 0.95, half, rate_hz)]
        )
        wave = swell(tone(track, rate_hz, overtones=(0.08,)), rate_hz, attack_s=0.05, release_s=0.1)
        notes.append((number * period_s * now.uniform(0.96, 1.04), _loudness(now) * wave))
    return sequence(notes, rate_hz)
