"""Focal loss."""

from typing import Any

from canopy.config.loss import Loss
from canopy.training.terms.term import Term, Weighed


def focal(given: Weighed, settings: Loss) -> Any:
    """Return the mean cross entropy of each label times `(1 - p) ** focal_gamma`, `p` being what is given to the truth.

    Lin et al. 2017, "Focal loss for dense object detection", without the factor for rare classes. The
    factor is differentiated too.
    """
    from keras import ops

    # The derivative of 0 ** gamma is infinite for gamma < 1.
    factor = ops.power(ops.maximum(given.miss(), 1e-7), settings.focal_gamma)
    return given.mean(factor * given.entropy(settings.label_smoothing))


TERM = Term("focal", focal)
