"""How stretches of recordings that sound like an example are found."""

from pydantic import Field

from canopy.config.base import Natural, Positive, Section


class Search(Section):
    """Which stretches `snakemake search` cuts out for people to judge, as `review` does with detections."""

    species: str | None = Field(default=None, min_length=1)
    """The species that the example is of; it need not be one that the project knows. null: the name of the example's
    file, without what follows its last dot."""
    by: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")
    """What tells how alike two sounds are: a feature set of the kind `embedding`, or an experiment of the package, of
    which the first fold's network is taken, without its head. null: the first such feature set, or else the experiment
    that weighs most in the package."""
    window_s: Positive = 2.0
    """Seconds of sound that are compared with the example at a time. Where the network gives one answer for all that it
    hears at once, that much."""
    top: Natural = 20
    """The most similar stretches, spread over recordings and sites."""
    over_range: Natural = 10
    """Stretches of all degrees of similarity, drawn by lot: as many from the lower half as from the next quarter, the
    next eighth and so on."""
