"""The threshold of each species."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.calibration.calibrator import calibrator, rows_of
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed


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
        The table has no thresholds for that precision, or none for a species.
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
    found = rows_of(rows, species, "thresholds.csv")["threshold"].to_numpy(float)
    return np.where(np.isfinite(found), found, np.inf)


def framewise_levels(calibration: pd.DataFrame, table: pd.DataFrame) -> dict[str, float]:
    """Return the framewise logit at which each species reaches its threshold for the lowest wanted precision.

    Parameters
    ----------
    calibration, table : DataFrame
        `ensemble/calibration.csv` and `ensemble/thresholds.csv`.
    """
    species = list(dict.fromkeys(table["species"]))
    chance = thresholds(0.5, float(table["wanted_precision"].min()), table, species)
    return dict(zip(species, calibrator(calibration, species).logits(chance).tolist(), strict=True))
