"""The network."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Count, Section


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
