"""Binary cross entropy."""

from typing import Any

from canopy.config.loss import Loss
from canopy.training.terms.term import Term, Weighed


def bce(given: Weighed, settings: Loss) -> Any:
    """Return the mean binary cross entropy, of targets moved by `label_smoothing`."""
    return given.mean(given.entropy(settings.label_smoothing))


TERM = Term("bce", bce)
