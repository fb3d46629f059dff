"""What the values of features are, and what follows from it for training and prediction."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["db", "pcen", "sample"]


@dataclass(frozen=True)
class Traits:
    """What follows from a unit.

    Attributes
    ----------
    signal : bool
        The values are a signal: outside of a recording it is 0, its bins follow one another in time and share one mean
        and deviation, a gain multiplies it, and two of them are mixed by adding.
    least_deviation : float
        What the deviation of a bin counts as at least: one that is silent in all of training would otherwise be
        magnified beyond measure where it is not.
    left_out : tuple of str
        Keys of `augment:` that make no sense in it.
    """

    signal: bool
    least_deviation: float
    left_out: tuple[str, ...]


UNITS: dict[str, Traits] = {
    "db": Traits(False, 1.0, ()),
    "pcen": Traits(False, 1e-3, ("mixup_probability", "gain_db", "noise_db", "equalizer_db")),
    "sample": Traits(True, 2.0**-24, ("band_mix_probability", "noise_db", "frequency_masks", "frequency_shift_bins")),
}
"""PCEN takes levels out, so they can be neither added nor changed; the bins of a waveform's frames are no
frequencies."""
