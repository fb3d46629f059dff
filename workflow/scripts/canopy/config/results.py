"""What is made of the scores."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Natural, Section, Seed


class Evaluation(Section):
    """Uncertainty of the reported figures."""

    replicates: Annotated[int, Field(ge=10, lt=2**31)] = 1000
    """Bootstrap replicates."""
    seed: Seed = 1
    """Seed of the bootstrap."""
    group: str | None = None
    """A column of `tables.recordings`, such as site, whose values the bootstrap draws; null: the recordings."""


class Ensemble(Section):
    """How experiments are combined."""

    method: Literal["auto", "fitted", "greedy", "mean"] = "auto"
    """auto: fitted weights where they beat the mean by more than its interval under nested cross-validation; fitted, by
    L-BFGS on a smooth LWLRAP; greedy, members joining one by one; mean, equal weights."""


class Report(Section):
    """What the report shows."""

    examples: Natural = 6
    """Whole recordings shown as spectrograms with boxes and framewise scores."""
    detections: Natural = 3
    """Detections of each kind (best, worst, false alarms, unmarked) and species, shown with their sound."""
    max_detections: Natural = 400
    """How many in all: a page grows by some 30 KB for each."""
