"""Calibration of each species, and the honest probabilities that it gives to folds which it has not seen."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.calibration.platt import fit_platt, sigmoid

Floats = NDArray[np.float64]
COLUMNS = ["species", "scale", "offset", "n_positive", "n_negative", "note"]
POOLED = "too few: pooled over species"
BACKWARDS = "high logits go with refuted examples: pooled over species"
NOTHING = "nothing to calibrate by: as it is"


def fit_calibration(examples: pd.DataFrame, species: list[str], *, min_examples: int = 10) -> pd.DataFrame:
    """Fit scale and offset of each species.

    Parameters
    ----------
    examples : DataFrame
        species, logit, positive.
    species : list of str
    min_examples : int
        A species with fewer confirmed or fewer refuted examples gets the curve of all species together, and so does one
        whose own curve would fall.

    Returns
    -------
    DataFrame
        species, scale, offset, n_positive, n_negative, note; `sigmoid(scale * logit + offset)` is the probability.
    """
    pooled = (1.0, 0.0)
    usable = examples.positive.any() and not examples.positive.all()
    if usable:
        pooled = fit_platt(examples.logit.to_numpy(float), examples.positive.to_numpy(bool))
        usable = pooled[0] > 0
        pooled = pooled if usable else (1.0, 0.0)
    rows = []
    of_species = dict(tuple(examples.groupby("species")))
    for name in species:
        own = of_species.get(name, examples[:0])
        n_positive = int(own.positive.sum())
        n_negative = len(own) - n_positive
        line, note = pooled, POOLED if usable else NOTHING
        if min(n_positive, n_negative) >= max(min_examples, 1):
            line, note = fit_platt(own.logit.to_numpy(float), own.positive.to_numpy(bool)), ""
            if line[0] <= 0:
                line, note = pooled, BACKWARDS if usable else NOTHING
        rows.append((name, *line, n_positive, n_negative, note))
    return pd.DataFrame(rows, columns=COLUMNS)


def probabilities(examples: pd.DataFrame, calibration: pd.DataFrame) -> Floats:
    """Return the calibrated probability of each example, (n_examples,)."""
    line = calibration.set_index("species").loc[examples.species]
    return sigmoid(line.scale.to_numpy() * examples.logit.to_numpy(float) + line.offset.to_numpy())


def crossfit(
    examples: pd.DataFrame, folds: NDArray[np.int64], species: list[str], *, min_examples: int = 10
) -> tuple[Floats, dict[int, pd.DataFrame]]:
    """Calibrate each fold's examples by those of the other folds.

    Parameters
    ----------
    examples : DataFrame
        species, logit, positive.
    folds : ndarray of int, shape (n_examples,)
        The fold of each example's recording.
    species : list of str
    min_examples : int
        See `fit_calibration`.

    Returns
    -------
    probabilities : ndarray, shape (n_examples,)
    calibrations : dict of int to DataFrame
        What was fitted without each fold.
    """
    found, fitted = np.full(len(examples), np.nan), {}
    for fold in np.unique(folds).tolist():
        held = folds == fold
        fitted[fold] = fit_calibration(examples[~held], species, min_examples=min_examples)
        found[held] = probabilities(examples[held], fitted[fold])
    return found, fitted
