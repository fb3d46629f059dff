"""Calibrated probabilities of framewise logits, each species by its own line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibrator:
    """Turns logits into probabilities: the logistic function of `scale x logit + offset`, by species.

    Attributes
    ----------
    species : tuple of str
    scale, offset : ndarray, shape (n_species,)
    """

    species: tuple[str, ...]
    scale: Floats
    offset: Floats

    def __call__(self, species: str | int, logits: NDArray[np.floating]) -> Floats:
        """Return the probabilities of one species' logits; of a name that has no line, logits count as they are."""
        if isinstance(species, str) and species not in self.species:
            return np.asarray(expit(np.asarray(logits, dtype=float)))
        at = self.species.index(species) if isinstance(species, str) else species
        return np.asarray(expit(self.scale[at] * np.asarray(logits, dtype=float) + self.offset[at]))

    def all(self, logits: NDArray[np.floating]) -> Floats:
        """Return the probabilities of logits of shape (..., n_species)."""
        return np.asarray(expit(np.asarray(logits, dtype=float) * self.scale + self.offset))

    def pick(self, at: NDArray[np.intp], logits: Floats) -> Floats:
        """Return the probabilities of logits (n,), each of the species in the place that `at` (n,) says."""
        return np.asarray(expit(self.scale[at] * logits + self.offset[at]))

    def logits(self, probabilities: Floats) -> Floats:
        """Return the logits (n_species,) at which species reach their probabilities (n_species,)."""
        chance = np.clip(probabilities, 1e-12, 1 - 1e-12)
        return np.asarray((np.log(chance) - np.log1p(-chance) - self.offset) / self.scale)


def calibrator(table: pd.DataFrame | None, species: Sequence[str], *, single: bool = False) -> Calibrator:
    """Return the calibrator of a table with the columns species, scale and offset; None leaves logits as they are.

    Parameters
    ----------
    table : DataFrame or None
    species : sequence of str
    single : bool
        For single networks, as out of fold, and not for their mean, where the table tells both.

    Raises
    ------
    CanopyError
        A species has no row.
    """
    if table is None:
        return Calibrator(tuple(species), np.ones(len(species)), np.zeros(len(species)))
    rows = rows_of(table, species, "calibration.csv")
    names = ("single_scale", "single_offset") if single and "single_scale" in rows else ("scale", "offset")
    return Calibrator(tuple(species), *(rows[name].to_numpy(float) for name in names))


def rows_of(table: pd.DataFrame, species: Sequence[str], name: str) -> pd.DataFrame:
    """Return each species' row of a table, in their order.

    Raises
    ------
    CanopyError
        A species has no row.
    """
    rows = table.set_index("species")
    lacking = [one for one in species if one not in rows.index]
    if lacking:
        raise CanopyError(f"{name} has no row for {listed(lacking)}: remove {name} and run the workflow again")
    return rows.loc[list(species)]
