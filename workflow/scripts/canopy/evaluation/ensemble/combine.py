"""Weighted sums of members' logits.

A member's logits are first brought to a common spread, so that a weight says what it seems to say: a network whose
logits are twice as large would otherwise count double. The combination is `sum(weight x scale x logit)`; the scales
are made so that the combined logits have the members' mean spread, and one member alone is left as it is.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

Floats = NDArray[np.float64]


def spreads(members: Floats) -> Floats:
    """Return each member's spread: the standard deviation of its logits within recordings, over species.

    Parameters
    ----------
    members : ndarray, shape (n_members, n_recordings, n_species)

    Returns
    -------
    ndarray, shape (n_members,)
        1 for a member whose logits never differ within a recording.
    """
    spread = np.sqrt(members.var(axis=2).mean(axis=1))
    return np.where(spread > 0, spread, 1.0)


def scales(spread: Floats, weights: Floats) -> Floats:
    """Return what to multiply each member's logits with, (n_members,): its spread becomes the weighted mean spread."""
    return (weights @ spread) / spread


def coefficients(weights: pd.DataFrame, experiments: list[str]) -> Floats:
    """Return weight x scale of each experiment, in the order of `experiments`.

    Raises
    ------
    CanopyError
        Where the experiments are not those of the table.
    """
    if sorted(weights.experiment) != sorted(experiments):
        raise CanopyError(
            f"the weights are for the experiments {listed(weights.experiment)}, the scores come from "
            f"{listed(experiments)}; they must be the same. Remove the weights and run the workflow again."
        )
    found = weights.set_index("experiment").loc[experiments]
    return (found.weight * found.scale).to_numpy()


def combine(members: Floats, factors: Floats) -> Floats:
    """Return the ensemble's logits (n_recordings, n_species) of members (n_members, n_recordings, n_species).

    `factors` are weight x scale, as `coefficients` returns them.
    """
    return np.tensordot(factors, members, axes=1)
