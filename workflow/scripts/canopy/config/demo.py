"""What the default dataset is made of."""

from typing import Annotated

from pydantic import Field, model_validator

from canopy.config.base import Count, Natural, Section, Seed

Recordings = Annotated[int, Field(ge=1, le=100_000)]
Span = tuple[Natural, Natural]


class Demo(Section):
    """The synthetic soundscapes that the default dataset is made of; pairs are lowest and highest value."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$")] | None = None
    """The demo is written into `resources/demo-NAME`; null: into `resources/demo`."""
    seed: Seed = 1
    """Everything random follows from it."""
    n_train: Recordings = 120
    """Number of training recordings."""
    n_test: Recordings = 60
    """Number of test recordings."""
    duration_s: Annotated[float, Field(ge=5, le=3600)] = 15.0
    """Length of each recording, in seconds."""
    sample_rate_hz: Annotated[int, Field(ge=16000, le=384000)] = 16000
    """Sampling rate, in Hz; the highest calls reach 7.6 kHz."""
    n_species: Annotated[int, Field(ge=2, le=12)] = 10
    """The first so many of the twelve species of `canopy.data.demo.species`."""
    species_per_recording: tuple[Count, Count] = (2, 6)
    """How many species call in a recording."""
    calls_per_species: tuple[Count, Count] = (1, 3)
    """How many calls each of them makes, as far as there is room."""
    snr_db: tuple[float, float] = (6.0, 26.0)
    """Power of a call over that of the background, both inside the call's box, in dB."""
    listed_per_recording: tuple[Count, Count] = (1, 2)
    """How many true-positive boxes a training recording lists; what else calls in it is not listed."""
    suspects_per_recording: Span = (2, 5)
    """How many false-positive boxes a training recording lists."""

    @property
    def folder(self) -> str:
        """The folder that the demo is written into: never one that a person names."""
        return "resources/demo" + (f"-{self.name}" if self.name else "")

    @model_validator(mode="after")
    def _pairs_are_ordered(self) -> "Demo":
        for name, value in self:
            if isinstance(value, tuple) and value[0] > value[1]:
                raise ValueError(f"{name} is {list(value)}; give the lower value first")
        if self.species_per_recording[1] > self.n_species:
            raise ValueError(f"species_per_recording reaches {self.species_per_recording[1]}, more than n_species")
        return self
