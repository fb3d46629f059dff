"""The labels that an experiment takes from its teacher."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from canopy.config.base import Section, Share

Inside = Annotated[float, Field(gt=0, lt=1)]


class PseudoLabels(Section):
    """What an experiment learns from the scores of its `teacher`: events where these are high, and no absences."""

    labelled: Literal["inner", "fold", "none"] = "inner"
    """Who labels the training recordings. inner: the teacher trained once more without the recording's own fold;
    fold: the teacher of the same fold, which has trained on the recording (cheaper); none: nobody."""
    unlabelled: bool = True
    """Whether recordings beside the training recordings that no annotation names take part."""
    threshold: Inside = 0.9
    """The teacher's framewise probability, not calibrated, that an event must reach."""
    extend: Share = 0.5
    """An event reaches as far as the probability stays above this share of the threshold."""
    merge_gap_s: Annotated[float, Field(ge=0)] = 0.4
    """Events of a species with at most so many seconds between them are one."""
    min_duration_s: Annotated[float, Field(ge=0)] = 0.1
    """Shorter events are dropped."""
    real_share: Inside = 0.5
    """Share of every batch that is kept for windows around real boxes, which are told the real labels alone (but for
    what mixing adds to them)."""

    @model_validator(mode="after")
    def _something_is_labelled(self) -> "PseudoLabels":
        if self.labelled == "none" and not self.unlabelled:
            raise ValueError("labelled is none and unlabelled is false, so that nothing is left to label: change one")
        return self
