"""All that makes a trained network."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Count, Natural, Positive, Section, Seed, Share


class Model(Section):
    """The network."""

    backbone: Literal["compact"] = "compact"
    """The convolutional trunk."""
    filters: Annotated[tuple[Count, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of each block of the compact trunk; each block halves time and frequency."""
    head: Literal["sed"] = "sed"
    """What turns the trunk's maps into framewise and clipwise logits."""
    head_units: Count = 128
    """Width of the head's hidden layer."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.25
    """Dropout before and after the head's hidden layer."""
    frequency_channel: bool = True
    """Whether the network is told each bin's frequency by a second input channel."""


class Loss(Section):
    """Masked binary cross entropy over ternary labels."""

    clip_weight: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the clipwise loss."""
    frame_weight: Annotated[float, Field(ge=0)] = 0.5
    """Weight of the framewise loss."""
    unknown_weight: Share = 0.1
    """How far an unknown label counts as absent: 0 not at all, 1 fully (completely annotated data)."""
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Targets move this far from 0 and 1."""


class Crops(Section):
    """How training windows are drawn from recordings."""

    window_s: Positive = 4.0
    """Length of a window, in seconds."""
    negatives_per_positive: Annotated[float, Field(ge=0)] = 0.5
    """Windows around false-positive boxes for each window around a true-positive box."""
    min_overlap: Annotated[float, Field(gt=0, le=1)] = 0.5
    """A box counts for a window when this share of it (or of the window, if shorter) lies inside."""
    repeats: Count = 1
    """How often an epoch visits each true-positive box."""


class Augment(Section):
    """What is done to training windows, differently in every epoch."""

    mixup_probability: Share = 0.5
    """Share of windows to which another window of the batch is added, in the power domain."""
    mixup_alpha: Positive = 1.0
    """Both parameters of the beta distribution that the added window's gain is drawn from."""
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
    equalizer_db: Annotated[float, Field(ge=0)] = 6.0
    """Gains that vary smoothly with frequency change each window by up to this much, in dB; 0: none."""
    equalizer_bands: Annotated[int, Field(ge=2)] = 6
    """Number of frequencies at which those gains are drawn."""
    frequency_shift_bins: Natural = 0
    """Each window is moved up or down by up to so many bins; 0: not."""


class Optimizer(Section):
    """AdamW under a cosine schedule with linear warm-up, and averaged weights."""

    epochs: Count = 30
    """Passes over the true-positive boxes."""
    batch_size: Count = 16
    """Windows per step."""
    learning_rate: Positive = 3.0e-3
    """Peak learning rate."""
    warmup_share: Share = 0.1
    """Share of the steps over which the learning rate climbs to its peak."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Decoupled weight decay."""
    average_decay: Annotated[float, Field(ge=0, lt=1)] = 0.99
    """Decay per step of the moving average of the weights that is kept; 0: the last weights."""
    clip_norm: Positive = 5.0
    """Gradients are scaled down to this global norm."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What convolutions compute in during training: `bfloat16` is faster on processors that have it (AVX512-BF16, AMX),
    and changes nothing on a GPU. Weights and the loss stay in float32."""


class Training(Section):
    """All that makes a trained network, but its features."""

    features: str = "mel"
    """Name of the feature set."""
    seed: Seed = 1
    """Seed of the initial weights and of everything random in training."""
    model: Model = Model()
    loss: Loss = Loss()
    crops: Crops = Crops()
    augment: Augment = Augment()
    optimizer: Optimizer = Optimizer()
