"""A project in which nothing is known to be absent is told so before it trains."""

import numpy as np
import pandas as pd
import pytest

from canopy.config.experiment import Experiment
from canopy.plan.absence import check_absence, never_absent
from canopy.runtime.errors import CanopyError

BOXES = pd.DataFrame({"recording_id": ["a", "b"], "species": ["owl", "wren"], "offset_s": [2.0, 3.0], "polarity": 1})
NONE = pd.DataFrame({"recording_id": ["a", "b"], "reviewed": "none", "species": ""})
SPECIES = ["owl", "wren"]


def blind(unknown_weight: float) -> dict[str, Experiment]:
    return {"mel": Experiment.model_validate({"loss": {"unknown_weight": unknown_weight}})}


def test_absence_is_known_by_refuted_boxes_and_by_review() -> None:
    assert never_absent(BOXES, NONE, SPECIES) == SPECIES
    refuted = pd.concat([BOXES, BOXES[:1].assign(polarity=-1)])
    assert never_absent(refuted, NONE, SPECIES) == ["wren"]
    some = NONE.assign(reviewed=["some", "none"], species=["wren;robin", ""])
    assert never_absent(BOXES, some, SPECIES) == ["owl"]
    assert never_absent(BOXES, NONE.assign(reviewed=["all", "none"]), SPECIES) == []


def test_a_project_without_any_absence_is_told_what_to_add() -> None:
    (said,) = check_absence(BOXES, NONE, SPECIES, blind(0.1))
    assert "Nothing says where any species is absent" in said
    assert "some 20 minutes" in said
    assert check_absence(BOXES, NONE.assign(reviewed="all"), SPECIES, blind(0.0)) == []


def test_a_project_that_can_only_learn_to_say_yes_does_not_train() -> None:
    with pytest.raises(CanopyError, match=r"unknown_weight is 0 for mel: a network could only learn to say yes\. Add"):
        check_absence(BOXES, NONE, SPECIES, blind(0.0))
    clips = BOXES.assign(species="owl", offset_s=np.inf)
    with pytest.raises(CanopyError, match="every recording is marked as a whole with owl, and none is known"):
        check_absence(clips, NONE, ["owl"], blind(0.1))
    assert len(check_absence(BOXES.assign(species="owl"), NONE, ["owl"], blind(0.1))) == 1
