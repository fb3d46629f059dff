"""What the values of features are, and what follows from it for training and prediction."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["db", "pcen", "sample", "embedding"]


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
    least_share : float
        And as at least this share of what all bins deviate on average (root mean square).
    level : bool
        The values are levels in dB, whose powers add where two windows are mixed.
    left_out : tuple of str
        Keys of `augment:` that make no sense in it.
    """

    signal: bool
    least_deviation: float
    left_out: tuple[str, ...]
    least_share: float = 0.0
    level: bool = False


_OF_LEVELS = ("gain_db", "noise_db", "equalizer_db")

UNITS: dict[str, Traits] = {
    "db": Traits(False, 1.0, (), level=True),
    "pcen": Traits(False, 1e-3, ("mixup_probability", *_OF_LEVELS)),
    "sample": Traits(True, 2.0**-24, ("band_mix_probability", "noise_db", "frequency_masks", "frequency_shift_bins")),
    "embedding": Traits(
        False,
        1e-6,
        ("band_mix_probability", "frequency_masks", "frequency_shift_bins", *_OF_LEVELS),
        least_share=0.5,
    ),
}
"""PCEN takes levels out, so they can be neither added nor changed; the bins of a waveform's frames are no
frequencies, nor are those of embeddings, which are mixed as they are: their weighted mean."""
