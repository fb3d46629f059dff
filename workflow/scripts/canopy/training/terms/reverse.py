"""Reverse cross entropy."""

from typing import Any

from canopy.config.loss import Loss
from canopy.training.terms.term import Term, Weighed


def reverse(given: Weighed, settings: Loss) -> Any:
    """Return the mean cross entropy of the labels under the predictions, with `-log 0` taken as `reverse_limit`.

    With `bce` it makes the symmetric cross entropy of Wang et al. 2019, "Symmetric cross entropy for
    robust learning with noisy labels": it grows linearly with a wrong probability and so forgives wrong labels
    more than `bce`.
    """
    return settings.reverse_limit * given.mean(given.miss())


TERM = Term("reverse", reverse)
