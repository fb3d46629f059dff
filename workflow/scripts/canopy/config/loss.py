"""The training loss: which terms, on clips and on frames, with which weights."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from canopy.config.base import Positive, Section, Share

_TERM = re.compile(r"(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*\*?\s*)?([a-z][a-z0-9_]*)")


def terms(text: str) -> dict[str, float]:
    """Read a weighted sum of loss terms, whose names `canopy.training.terms.registry` knows.

    Parameters
    ----------
    text : str
        Names of terms, joined by `+`, each after its weight if that is not 1; `0` alone is no loss.

    Returns
    -------
    dict of str to float
        The weight of each term named.

    Raises
    ------
    ValueError
        If it is no such sum.

    Examples
    --------
    >>> terms("bce + 0.5 dice")
    {'bce': 1.0, 'dice': 0.5}
    """
    if text.strip() == "0":
        return {}
    found: dict[str, float] = {}
    for part in text.split("+"):
        match = _TERM.fullmatch(part.strip())
        if match is None or match[2] in found:
            raise ValueError(
                f"{text!r} is not a sum of different loss terms; write it as 'bce', '0.5 focal' or 'bce + 0.5 dice', "
                "or '0' for none"
            )
        found[match[2]] = float(match[1] or 1)
    return found


def _none_as_text(value: Any) -> Any:
    return "0" if value == 0 and not isinstance(value, bool) else value


def _readable(text: str) -> str:
    terms(text)
    return text


Terms = Annotated[
    str, BeforeValidator(_none_as_text, json_schema_input_type=str | Literal[0]), AfterValidator(_readable)
]


class Loss(Section):
    """Masked losses over ternary labels: weighted sums of `bce` (binary cross entropy), `focal`, `reverse` and `dice`.

    `bce + 0.1 reverse` is a symmetric cross entropy, `bce + dice` the sum that segmentation likes.
    """

    clip: Terms = "bce"
    """The loss of clipwise logits, as a weighted sum of terms; 0: none."""
    frames: Terms = "0.5 bce"
    """The loss of framewise logits, likewise."""
    unknown_weight: Share = 0.1
    """How far an unknown label counts as absent: 0 not at all, 1 fully (completely annotated data)."""
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Targets of `bce` and `focal` move this far from 0 and 1."""
    focal_gamma: Annotated[float, Field(ge=0)] = 2.0
    """How much `focal` neglects what the network already knows; 0 makes it `bce`."""
    reverse_limit: Positive = 4.0
    """What `reverse` takes for minus the logarithm of a target of 0."""

    @model_validator(mode="after")
    def _something_is_learned(self) -> "Loss":
        if not any([*terms(self.clip).values(), *terms(self.frames).values()]):
            raise ValueError("clip and frames are both without weight, so that nothing would be learned; weigh one")
        return self
