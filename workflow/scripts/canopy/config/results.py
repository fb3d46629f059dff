"""What is made of the scores."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Count, Natural, PathText, Section, Seed


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


class Calibration(Section):
    """How framewise logits become probabilities and detections."""

    min_examples: Count = 10
    """A species with fewer confirmed or fewer refuted examples is calibrated together with all others."""
    precision: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)] = (0.9,)
    """The precisions for which thresholds are chosen."""
    background: Natural = 100
    """Of the dataset `folder`: so many of the recordings beside the training recordings that no annotation names are
    scored by all networks. They tell how the mean of networks differs from one of them and, where nobody reviewed, what
    else sounds; 0: none."""
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The share of time in which a species calls, such as 0.02, where no time was reviewed; null: estimated from scores
    of unjudged time, starting from 3 %."""
    bins: Count = 10
    """Bins of the reliability diagram."""
    priors: Literal["estimated"] | PathText | None = None
    """Class priors that test scores are moved to: estimated from the scores, or a table with the columns species,
    training, test (shares of recordings); null: left as trained."""


class Report(Section):
    """What the report shows."""

    examples: Natural = 6
    """Whole recordings shown as spectrograms with boxes and framewise scores."""
    detections: Natural = 3
    """Detections of each kind (best, worst, false alarms, unmarked) and species, shown with their sound."""
    max_detections: Natural = 400
    """How many in all: a page grows by some 30 KB for each."""
