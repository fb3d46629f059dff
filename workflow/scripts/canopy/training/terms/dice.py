"""Dice loss."""

from typing import Any

from canopy.config.loss import Loss
from canopy.training.terms.term import Term, Weighed

SMOOTH = 1.0


def dice(given: Weighed, settings: Loss) -> Any:
    """Return one minus the soft Dice coefficient of all labels together.

    Milletari, Navab and Ahmadi 2016, "V-Net", with plain sums in the denominator and one label of agreement added
    to both sides, so that it is defined where nothing is present.
    """
    from keras import ops

    del settings  # it has none
    target, logits, weight, _ = given
    probability = ops.sigmoid(logits)
    both = 2 * ops.sum(weight * probability * target) + SMOOTH
    return 1 - both / (ops.sum(weight * (probability + target)) + SMOOTH)


TERM = Term("dice", dice)
