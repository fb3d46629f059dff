"""Applying what was fitted: probabilities of framewise logits, and thresholds on logits."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.errors import CanopyError
from canopy.evaluation.calibration.platt import sigmoid
from canopy.runtime.tables import listed

Floats = NDArray[np.float64]


def lines(calibration: pd.DataFrame, species: list[str]) -> tuple[Floats, Floats]:
    """Return scale and offset of each species, (n_species,) each.

    Raises
    ------
    CanopyError
        Where a species has no calibration.
    """
    table = calibration.set_index("species")
    lacking = [name for name in species if name not in table.index]
    if lacking:
        raise CanopyError(
            f"the calibration has no row for {listed(lacking)}: remove calibration.csv and run the workflow again"
        )
    own = table.loc[species]
    return own.scale.to_numpy(float), own.offset.to_numpy(float)


def calibrated(logits: NDArray[np.floating], calibration: pd.DataFrame, species: list[str]) -> Floats:
    """Return the probabilities of logits (..., n_species)."""
    scale, offset = lines(calibration, species)
    return sigmoid(np.asarray(logits, dtype=float) * scale + offset)


def framewise_thresholds(
    calibration: pd.DataFrame, thresholds: pd.DataFrame, *, wanted_precision: float | None = None
) -> dict[str, float]:
    """Return the framewise logit at which each species reaches its threshold.

    Parameters
    ----------
    calibration, thresholds : DataFrame
        `ensemble/calibration.csv` and `ensemble/thresholds.csv`.
    wanted_precision : float, optional
        Which of the thresholds; the lowest wanted precision without it.
    """
    wanted = thresholds.wanted_precision.min() if wanted_precision is None else wanted_precision
    rows = thresholds[np.isclose(thresholds.wanted_precision, wanted)]
    scale, offset = lines(calibration, rows.species.tolist())
    chance = np.clip(rows.threshold.to_numpy(float), 1e-12, 1 - 1e-12)
    levels = (np.log(chance) - np.log1p(-chance) - offset) / scale
    return dict(zip(rows.species.tolist(), levels.tolist(), strict=True))
