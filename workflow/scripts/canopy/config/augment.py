"""What is done to training windows."""

from typing import Annotated

from pydantic import Field

from canopy.config.base import Natural, Positive, Section, Share


class Augment(Section):
    """What is done to training windows, differently in every epoch; 0 switches each off.

    What has no meaning in a kind of features is left out: mixup, gain, equalizer and noise with PCEN, which takes
    levels out; band mixing, noise, frequency masks and frequency shift with the waveform, whose samples are no
    frequencies.
    """

    mixup_probability: Share = 0.5
    """Share of windows to which another window of the batch is added, in the power domain."""
    mixup_alpha: Positive = 1.0
    """Both parameters of the beta distribution that the added window's gain is drawn from."""
    band_mix_probability: Share = 0.0
    """Share of windows that keep only the frequencies of one of their species, its boxes say which, and take all others
    from another window of the batch."""
    time_stretch: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Each window is played up to this share faster or slower."""
    time_roll: Share = 0.0
    """Each window is moved by up to this share of its length; what leaves at one end enters at the other."""
    time_masks: Natural = 2
    """Number of time masks per window (SpecAugment)."""
    time_mask_s: Annotated[float, Field(ge=0)] = 0.5
    """Longest time mask, in seconds."""
    frequency_masks: Natural = 2
    """Number of frequency masks per window (SpecAugment)."""
    frequency_mask_share: Share = 0.1
    """Widest frequency mask, as a share of the bins."""
    gain_db: Annotated[float, Field(ge=0)] = 6.0
    """Each window's level is changed by up to this much, up or down, in dB."""
    noise_db: Annotated[float, Field(ge=0)] = 0.0
    """Deviation of Gaussian noise on every value, in dB."""
    equalizer_db: Annotated[float, Field(ge=0)] = 6.0
    """Gains that vary smoothly with frequency change each window by up to this much, in dB."""
    equalizer_bands: Annotated[int, Field(ge=2)] = 6
    """Number of frequencies at which those gains are drawn."""
    frequency_shift_bins: Natural = 0
    """Each window is moved up or down by up to so many bins."""
