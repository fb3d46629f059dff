"""Calibrated probabilities of framewise logits, and the threshold of each species."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.errors import CanopyError
from canopy.runtime.tables import listed


@dataclass(frozen=True)
class Calibrator:
    """Turns logits into probabilities: `sigmoid(scale x logit + offset)` with the numbers of each species."""

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]

    def __call__(self, logits: NDArray[np.floating], species: int) -> NDArray[np.float64]:
        """Return the probabilities of one species' logits."""
        return np.asarray(expit(self.scale[species] * logits + self.offset[species]))

    def all(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probabilities of logits of shape (..., n_species)."""
        return np.asarray(expit(self.scale * logits + self.offset))


def calibrator(table: pd.DataFrame, species: Sequence[str]) -> Calibrator:
    """Return the calibrator of a table with the columns species, scale and offset.

    Raises
    ------
    CanopyError
        A species has no row.
    """
    rows = _of(table, species, "calibrator")
    return Calibrator(rows["scale"].to_numpy(float), rows["offset"].to_numpy(float))


def thresholds(
    wanted: float, precision: float | None, table: pd.DataFrame, species: Sequence[str]
) -> NDArray[np.float64]:
    """Return each species' threshold, on its calibrated probability.

    Parameters
    ----------
    wanted : float
        One for all, where no precision is asked for.
    precision : float or None
        Each species' own, for this precision.
    table : DataFrame
        Columns species, wanted_precision and threshold; a missing threshold means that none keeps the precision: such
        a species is not detected.
    species : sequence of str

    Returns
    -------
    ndarray, shape (n_species,)
        Infinite for a species that is not detected.

    Raises
    ------
    CanopyError
        The table has no thresholds for that precision.
    """
    if precision is None:
        return np.full(len(species), float(wanted))
    there = table["wanted_precision"].astype(float)
    rows = table[np.isclose(there, precision)]
    if rows.empty:
        known = listed(f"{value:g}" for value in sorted(set(there)))
        raise CanopyError(
            f"config: detection.precision is {precision:g}, but thresholds were chosen for {known}: take one of these"
        )
    found = _of(rows, species, "threshold")["threshold"].to_numpy(float)
    return np.where(np.isfinite(found), found, np.inf)


def _of(table: pd.DataFrame, species: Sequence[str], what: str) -> pd.DataFrame:
    rows = table.set_index("species")
    lacking = [name for name in species if name not in rows.index]
    if lacking:
        raise CanopyError(f"there is no {what} for the species {listed(lacking)}: run the workflow again")
    return rows.loc[list(species)]
