"""The network."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Count, Natural, PathText, Positive, Section

NO_WEIGHTS, IMAGENET = "none", "imagenet"
ARCHITECTURE, WEIGHTS = "model.json", "model.weights.h5"
"""What lies in the folder of a network that Canopy trained."""
SOLVED = ("logistic", "prototypes")
"""Heads whose weights follow from the examples."""


class Image(Section):
    """How a window of features becomes the picture of a backbone for photographs: time down, frequency across."""

    resize: bool = True
    """false: one row per frame and one column per bin."""
    rows: Count | None = None
    """Rows of the picture; null: as many as the backbone was trained with."""
    columns: Count | None = None
    """Columns of the picture; null: as many as the backbone was trained with."""
    channels: Literal["repeat", "coordinate"] = "repeat"
    """repeat: levels in all three channels; coordinate: in the third each bin's place in the spectrum."""
    contrast: Positive = 3.0
    """So many deviations below and above the mean become black and white; nothing is clipped."""


class Waveform(Section):
    """The trunk `waveform`: a filterbank that is learned, and one-dimensional convolutions over its bands."""

    bands: Count = 64
    """Band-pass filters, which begin spaced like mel bands."""
    stride_samples: Count = 32
    """Step of the filters, in samples."""
    kernel_steps: Count = 9
    """Length of a filter, in steps: an odd number lies around its step."""
    average: Count = 5
    """Over so many steps a band's energy is averaged before its logarithm is taken."""
    filters: Annotated[tuple[Count, ...], Field(min_length=1, max_length=8)] = (64, 128, 256)
    """Channels of each block of two convolutions over three steps."""
    pool: Annotated[int, Field(ge=2, le=16)] = 2
    """By how much the pooling behind each block shortens time."""


class Model(Section):
    """The network."""

    backbone: str = "compact"
    """The convolutional trunk: compact; waveform, for samples; none, for embeddings, whose head is all that learns; or
    the name of a backbone for photographs."""
    filters: Annotated[tuple[Count, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of each block of the compact trunk; each block halves time and frequency."""
    frequency_channel: bool = True
    """Whether the compact trunk is told each bin's frequency by a second input channel."""
    waveform: Waveform = Waveform()
    weights: PathText = NO_WEIGHTS
    """What the trunk begins with: none; imagenet, for a backbone for photographs, or a .h5 file that Keras wrote of one
    without its classifier; or the folder of a network that Canopy trained, such as `package/members/mel_sed/fold0`."""
    trainable: bool = True
    """Whether the trunk learns; false: only the head does."""
    image: Image = Image()
    batch_norm_momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """How slowly the statistics used at prediction follow those of the batches; Keras's 0.99 is too slow for trainings
    of a few hundred steps."""
    head: Literal["sed", "clip", "logistic", "prototypes"] = "sed"
    """What turns the trunk's maps into logits: sed, with attention over time; clip, from the mean of the maps, which
    says the same of every frame of a window. Without a trunk also logistic, a logistic regression of frames, and
    prototypes, how alike a frame is to the mean of a species' examples; both are found at once, without `augment`,
    `optimizer` and `seed`."""
    context_frames: Count = 1
    """For logistic and prototypes: a frame is heard as the mean of so many frames around it, such as 6 of BirdNET's."""
    head_units: Natural = 128
    """Width of the hidden layer of the head sed; 0: none, so that logits are linear in the trunk's maps."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.25
    """Dropout before and after the head's hidden layer, or before its only one."""
    prior: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """The probability that the head clip begins with for every species."""
