"""The demo's twelve species, and which of them are easily taken for one another."""

from collections.abc import Callable
from dataclasses import dataclass

from canopy.data.demo import voices
from canopy.data.demo.calls import Wave
from canopy.data.demo.voices import Rng


@dataclass(frozen=True)
class Species:
    """A species of the demo.

    Attributes
    ----------
    name, description : str
        As in `species.csv`.
    call : callable
        `call(own, now, rate_hz, songtype)` gives one call as a wave.
    low_hz, high_hz : float
        The band inside which the box of every call lies.
    songtypes : tuple of int
        RFCX's numbers: 1 for most, 1 and 4 for a few.
    looks_like : tuple of str
        The species it is easily taken for.
    """

    name: str
    description: str
    call: Callable[[Rng, Rng, int, int], Wave]
    low_hz: float
    high_hz: float
    songtypes: tuple[int, ...]
    looks_like: tuple[str, ...]


SPECIES: tuple[Species, ...] = (
    Species(
        "two_note_whistle",
        "Two long pure notes, the second lower; songtype 4 has three, rising",
        voices.two_note_whistle,
        1300,
        3200,
        (1, 4),
        ("warble", "upsweep", "downsweep"),
    ),
    Species(
        "upsweep",
        "Two to four whistles that slide upwards",
        voices.upsweep,
        1500,
        4800,
        (1,),
        ("downsweep", "two_note_whistle", "accelerating_chirps"),
    ),
    Species(
        "downsweep",
        "Two to four whistles that slide downwards",
        voices.downsweep,
        1500,
        4800,
        (1,),
        ("upsweep", "accelerating_chirps", "two_note_whistle"),
    ),
    Species(
        "fast_trill",
        "Short peaked notes, 17 to 24 a second",
        voices.fast_trill,
        2600,
        5200,
        (1,),
        ("slow_trill", "buzz", "accelerating_chirps"),
    ),
    Species(
        "slow_trill",
        "Short peaked notes, 7 to 10 a second",
        voices.slow_trill,
        2600,
        5200,
        (1,),
        ("fast_trill", "accelerating_chirps", "click_train"),
    ),
    Species(
        "frog_pulses",
        "A train of struck pulses at 0.7 to 1.2 kHz, 6 to 10 a second; songtype 4 has them in pairs",
        voices.frog_pulses,
        550,
        1400,
        (1, 4),
        ("croak", "hoots"),
    ),
    Species(
        "croak",
        "Two to four croaks: a stack of harmonics of 130 to 200 Hz, loudest near 1 kHz",
        voices.croak,
        250,
        2300,
        (1,),
        ("frog_pulses", "hoots"),
    ),
    Species(
        "buzz",
        "A buzz: noise at 3.5 to 6.5 kHz whose loudness beats 35 to 60 times a second",
        voices.buzz,
        3400,
        6600,
        (1,),
        ("fast_trill", "click_train"),
    ),
    Species(
        "accelerating_chirps",
        "Falling chirps at 2.4 to 4.6 kHz that follow each other ever faster",
        voices.accelerating_chirps,
        2000,
        5000,
        (1,),
        ("slow_trill", "downsweep", "click_train"),
    ),
    Species(
        "warble",
        "One long whistle near 2.6 kHz whose pitch swings 5 to 8 times a second",
        voices.warble,
        1600,
        3700,
        (1,),
        ("two_note_whistle", "upsweep"),
    ),
    Species(
        "click_train",
        "Sharp clicks across 2.5 to 7.5 kHz, 9 to 15 a second",
        voices.click_train,
        2200,
        7700,
        (1,),
        ("buzz", "slow_trill"),
    ),
    Species(
        "hoots", "Three to five soft hoots at 450 to 650 Hz", voices.hoots, 350, 800, (1,), ("frog_pulses", "croak")
    ),
)
