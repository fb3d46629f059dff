"""Calibration of each species, and the honest probabilities that it gives to folds which it has not seen."""

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.calibration.basis import Ground, basis_of, ground_of, weights_of
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.calibration.examples import MARKED, REVIEWED, UNJUDGED
from canopy.evaluation.calibration.meaning import Basis
from canopy.evaluation.calibration.platt import fit_platt
from canopy.evaluation.calibration.shares import presence_only

Floats = NDArray[np.float64]
Line = tuple[float, float]
COLUMNS = ["species", "scale", "offset", "n_positive", "n_negative", "basis", "share", "rate", "note"]
POOLED = "too few: pooled over species"
BACKWARDS = "high logits go with refuted examples: pooled over species"
NOTHING = "nothing to calibrate by: as it is"
AS_IT_IS: Line = (1.0, 0.0)


def fit_calibration(
    examples: pd.DataFrame, species: list[str], *, min_examples: int = 10, share: float | None = None
) -> pd.DataFrame:
    """Fit scale and offset of each species.

    Parameters
    ----------
    examples : DataFrame
        Of `canopy.evaluation.calibration.examples`.
    species : list of str
    min_examples : int
        A species with fewer confirmed or fewer other examples gets the curve of all species that rest on the like, and
        so does one whose own curve would fall.
    share : float, optional
        Of unjudged time with a call, where somebody knows it; else it is estimated.

    Returns
    -------
    DataFrame
        species, scale, offset, n_positive, n_negative, basis, share, rate, note; rate is the share of calls among the
        examples, by their weights; `expit(scale * logit + offset)` is what
        `canopy.evaluation.calibration.meaning.MEANING` says of the basis.
    """
    of_species = dict(tuple(examples.groupby("species")))
    own = {name: of_species.get(name, examples[:0]) for name in species}
    grounds = {name: ground_of(mine, basis_of(mine, examples, min_examples=min_examples)) for name, mine in own.items()}
    pooled = {
        basis: _pooled(
            [(own[name], grounds[name]) for name in species if grounds[name].basis == basis], share, min_examples
        )
        for basis in dict.fromkeys(ground.basis for ground in grounds.values())
    }
    rows = [_row(name, own[name], grounds[name], pooled[grounds[name].basis], min_examples, share) for name in species]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    name: str, own: pd.DataFrame, ground: Ground, pooled: tuple[Line | None, float], few: int, share: float | None
) -> tuple[object, ...]:
    weight, positive = weights_of(own, ground, min_examples=few), own.positive.to_numpy(bool)
    n_positive, n_negative = int((weight[positive] > 0).sum()), int((weight[~positive] > 0).sum())
    line, part, note = pooled[0], ground.share, POOLED
    if ground.basis == "unjudged":
        n_positive = int(positive.sum())
        part = pooled[1]
        if n_positive >= max(few, 1):
            *found, part = presence_only(*_unjudged(own), share=share)
            line, note = (found[0], found[1]), ""
    elif min(n_positive, n_negative) >= max(few, 1):
        line, note = fit_platt(own.logit.to_numpy(float), positive, weight), ""
        if line[0] <= 0:
            line, note = pooled[0], BACKWARDS
    if line is None:
        line, note = AS_IT_IS, NOTHING
    basis: Basis = "nothing" if note == NOTHING else ground.basis
    rate = part if np.isfinite(part) else float(weight[positive].sum() / weight.sum()) if weight.any() else np.nan
    return name, *line, n_positive, n_negative, basis, part, rate, note


def _pooled(parts: list[tuple[pd.DataFrame, Ground]], share: float | None, few: int) -> tuple[Line | None, float]:
    """Return the line of all species that rest on the like, and their share; None where there is nothing to fit."""
    table = pd.concat([own for own, _ in parts])
    positive, basis = table.positive.to_numpy(bool), parts[0][1].basis
    if basis == "nothing" or not positive.any():
        return None, np.nan
    if basis == "unjudged":
        *line, part = presence_only(*_unjudged(table), share=share)
        return (line[0], line[1]), part
    weight = np.concatenate([weights_of(own, ground, min_examples=few) for own, ground in parts])
    if not (weight[positive] > 0).any() or not (weight[~positive] > 0).any():
        return None, np.nan
    found = fit_platt(table.logit.to_numpy(float), positive, weight)
    return (found if found[0] > 0 else None), np.nan


def _unjudged(table: pd.DataFrame) -> tuple[Floats, Floats]:
    logits = table.logit.to_numpy(float)
    return logits[table.positive.to_numpy(bool)], logits[(table.source == UNJUDGED).to_numpy()]


def probabilities(examples: pd.DataFrame, calibration: pd.DataFrame) -> Floats:
    """Return the calibrated probability of each example, (n_examples,)."""
    names = calibration.species.tolist()
    line = calibrator(calibration, names)
    at = pd.Index(names).get_indexer(pd.Index(examples.species))
    return line.pick(at, examples.logit.to_numpy(float))


def weighed(examples: pd.DataFrame, calibration: pd.DataFrame, *, min_examples: int) -> Floats:
    """Return how many examples each example stands for, (n_examples,), by what its species' line rests on.

    Parameters
    ----------
    examples : DataFrame
    calibration : DataFrame
        Of `fit_calibration`.
    min_examples : int
    """
    weight, place = np.zeros(len(examples)), examples.species.to_numpy()
    for row in calibration.itertuples(index=False):
        mine = place == row.species
        weight[mine] = weights_of(
            examples[mine], Ground(cast(Basis, row.basis), cast(float, row.share)), min_examples=min_examples
        )
    return weight


def judged_examples(examples: pd.DataFrame, calibration: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which examples tell how far probabilities keep their word, (n_examples,): those that somebody judged.

    Where time was reviewed, these are the examples of reviewed recordings; where none was, the boxes.
    """
    basis = dict(zip(calibration.species, calibration.basis, strict=True))
    judges = {"reviewed": REVIEWED, "suspected": MARKED}
    return np.asarray(examples.source == examples.species.map(basis).map(judges))


def crossfit(
    examples: pd.DataFrame,
    folds: NDArray[np.int64],
    species: list[str],
    *,
    min_examples: int = 10,
    share: float | None = None,
) -> tuple[Floats, dict[int, pd.DataFrame]]:
    """Calibrate each fold's examples by those of the other folds.

    Parameters
    ----------
    examples : DataFrame
    folds : ndarray of int, shape (n_examples,)
        The fold of each example's recording.
    species : list of str
    min_examples, share
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
        fitted[fold] = fit_calibration(examples[~held], species, min_examples=min_examples, share=share)
        found[held] = probabilities(examples[held], fitted[fold])
    return found, fitted
