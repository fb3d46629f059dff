"""What a term of the loss declares of itself: its name, and how it is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from canopy.config.loss import Loss


class Weighed(NamedTuple):
    """Labels, the logits that are to match them, and what each label weighs: tensors of one shape, float32.

    Attributes
    ----------
    target : tensor
        0 or 1.
    logits : tensor
    weight : tensor
        0 where a label does not count.
    whole : float
        What the labels of so many windows weigh together on average over the training: so a label counts the same
        whatever else is in its batch.
    """

    target: Any
    logits: Any
    weight: Any
    whole: float

    def mean(self, values: Any) -> Any:
        """Return the weighted mean of a value per label, over as many as there are on average."""
        from keras import ops

        return ops.sum(self.weight * values) / self.whole

    def entropy(self, label_smoothing: float) -> Any:
        """Return each label's binary cross entropy, with targets so far from 0 and 1."""
        from keras import ops

        target = self.target * (1 - 2 * label_smoothing) + label_smoothing
        return ops.softplus(self.logits) - target * self.logits

    def miss(self) -> Any:
        """Return the probability that is not given to the truth, of each label."""
        from keras import ops

        return ops.sigmoid(ops.where(self.target > 0, -self.logits, self.logits))


@dataclass(frozen=True)
class Term:
    """A term of the loss.

    Attributes
    ----------
    name : str
        What the sums of `loss:` call it: small letters, digits and underscores.
    value : callable
        Takes `Weighed` labels and the settings of `loss:`, returns a scalar: over all labels, each by its weight.

    See Also
    --------
    canopy.training.terms.registry : Names all terms.
    """

    name: str
    value: Callable[[Weighed, Loss], Any]
