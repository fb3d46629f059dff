"""What augmentation leaves out where features are not levels in dB."""

from canopy.config.augment import Augment
from canopy.features.units import UNITS, Unit


def applicable(settings: Augment, unit: Unit) -> Augment:
    """Return the settings with what makes no sense in a unit switched off."""
    return settings.model_copy(update=dict.fromkeys(UNITS[unit].left_out, 0))
