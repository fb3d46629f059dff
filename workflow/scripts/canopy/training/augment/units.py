"""What augmentation leaves out where features are not levels in dB."""

from typing import Literal

from canopy.config.augment import Augment

Unit = Literal["db", "pcen", "sample"]

LEFT_OUT: dict[str, tuple[str, ...]] = {
    "db": (),
    "pcen": ("mixup_probability", "gain_db", "noise_db", "equalizer_db"),
    "sample": ("band_mix_probability", "noise_db", "frequency_masks", "frequency_shift_bins"),
}
"""PCEN takes levels out, so they can be neither added nor changed; the bins of a waveform's frames are no
frequencies."""


def applicable(settings: Augment, unit: Unit) -> Augment:
    """Return the settings with what makes no sense in a unit switched off."""
    return settings.model_copy(update=dict.fromkeys(LEFT_OUT[unit], 0))
