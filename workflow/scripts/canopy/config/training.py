"""All that makes a trained network."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from canopy.config.augment import Augment
from canopy.config.base import Count, Positive, Section, Seed, Share
from canopy.config.loss import Loss, terms
from canopy.config.model import SOLVED, Model
from canopy.config.optimizer import Optimizer


class Crops(Section):
    """How training windows are drawn from recordings."""

    window_s: Positive = 4.0
    """Length of a window, in seconds."""
    place: Literal["event", "anywhere"] = "event"
    """Where a window lies: event, so that it holds the box that it is drawn for; anywhere in that box's recording."""
    refuted_per_positive: Annotated[float, Field(ge=0)] = 0.0
    """Windows around false-positive boxes for each window around a true-positive one, at most two per box and repeat.
    With 0 these boxes count only where they lie in other windows, and recordings with no others teach nothing."""
    reviewed_per_positive: Annotated[float, Field(ge=0)] = 0.5
    """Windows in the rest of reviewed time, beside true-positive boxes, for each window around such a box; at most
    twice what that time holds, per repeat. Half of them lie where the network, as it was earlier, heard calls that are
    none."""
    min_overlap: Annotated[float, Field(gt=0, le=1)] = 0.5
    """A box counts for a window when this share of it (or of the window, if shorter) lies inside."""
    repeats: Count = 1
    """How often an epoch visits each true-positive box, on the average."""
    balance: Share = 0.0
    """How far rare species are favoured: 0 each box is visited equally often, 1 each species is."""


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

    @model_validator(mode="after")
    def _the_head_is_taught(self) -> "Training":
        if self.model.head == "clip" and not any(terms(self.loss.clip).values()):
            raise ValueError("the head `clip` learns from the loss of clips alone: give `loss: clip:` weight")
        if self.model.head in SOLVED and self.model.backbone != "none":
            raise ValueError(
                f"the head `{self.model.head}` looks at embeddings: set `model: backbone: none`, or choose another head"
            )
        return self
