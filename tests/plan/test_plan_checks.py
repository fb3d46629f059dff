"""Names in the configuration that registries know, checked when the plan is made."""

from pathlib import Path
from typing import Any

import pytest

from canopy.plan.plan import Plan
from canopy.runtime.errors import CanopyError

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            {"training": {"loss": {"clip": "bce + dise"}}},
            r"config: training\.loss\.clip: there is no loss term 'dise'; did you mean 'dice'\?",
        ),
        (
            {"experiments": {"one": {"loss": {"frames": "0.5 hinge"}}}, "run": ["one"]},
            r"config: experiments\.one\.loss\.frames: there is no loss term 'hinge'; known: bce, .*reverse",
        ),
    ],
)
def test_a_name_that_no_registry_knows_stops_the_plan(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(CanopyError, match=told):
        Plan({"dataset": "demo", **keys}, SCRIPTS)
