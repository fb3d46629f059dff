"""A threshold for a wanted precision, and how far it keeps that promise."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.calibration.basis import mixed_share
from canopy.evaluation.calibration.examples import MARKED, REVIEWED
from canopy.evaluation.calibration.fit import probabilities, weighed
from canopy.evaluation.calibration.meaning import MEANING, PROBABLE
from canopy.evaluation.metrics.proportions import proportion, rated_proportion

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
COLUMNS = ["species", "wanted_precision", "threshold", "precision", "low", "high", "recall", "n", "basis", "note"]
FEW = "too few: threshold of all species together"
NOT_REACHED = "not reached: the probability itself stands in"
FEW_FIRED = "too few at or above the threshold to tell its precision"
SHORT = "keeps less than was wanted"


class Kept(NamedTuple):
    """What a threshold keeps of its promise."""

    precision: float
    low: float
    high: float
    recall: float
    n: int


def lowest_threshold(probability: Floats, wanted: float, weight: Floats | None = None) -> float | None:
    """Return the lowest threshold above which the mean probability is the wanted precision.

    The curve says what to expect, and not the examples above each threshold themselves: their share of calls goes up
    and down by chance, and the lowest threshold at which it happens to be high enough is a promise that is not kept.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    wanted : float
        Precision among the examples at or above the threshold.
    weight : ndarray, shape (n,), optional
        How many examples each one stands for; one each without it.

    Returns
    -------
    float or None
        Half way between the lowest example that is taken and the next lower one. None where no threshold reaches it.
    """
    mass = np.ones(len(probability)) if weight is None else weight
    probability, mass = probability[mass > 0], mass[mass > 0]
    order = np.argsort(-probability, kind="stable")
    ranked, taken = probability[order], np.cumsum(mass[order])
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    reached = np.flatnonzero(last_of_tie & (np.cumsum(mass[order] * ranked) >= wanted * taken - 1e-9))
    if not len(reached):
        return None
    lowest = ranked[reached[-1]]
    below = ranked[ranked < lowest]
    return float((lowest + below[0]) / 2) if len(below) else float(lowest)


def fit_thresholds(
    examples: pd.DataFrame,
    calibration: pd.DataFrame,
    *,
    weights: Floats,
    wanted: list[float],
    min_examples: int = 10,
) -> pd.DataFrame:
    """Choose each species' thresholds by its curve, and tell by the examples what they keep.

    Parameters
    ----------
    examples : DataFrame
        Of `canopy.evaluation.calibration.examples`.
    calibration : DataFrame
        Of `canopy.evaluation.calibration.fit.fit_calibration`.
    weights : ndarray, shape (n_examples, n_replicates)
        Of the bootstrap over recordings.
    wanted : list of float
        Precisions, each in (0, 1].
    min_examples : int
        A species with fewer confirmed or fewer other examples gets the threshold of all species together.

    Returns
    -------
    DataFrame
        species, wanted_precision, threshold (a calibrated probability), precision, low, high (missing where nobody
        judged what the threshold lets through), recall, n (judged examples at or above the threshold), basis, note.
    """
    probability = probabilities(examples, calibration)
    mass = weighed(examples, calibration, min_examples=min_examples)
    name = examples.species.to_numpy()
    rows: list[tuple[object, ...]] = []
    for one, basis in zip(calibration.species, calibration.basis, strict=True):
        own = name == one
        pool = np.isin(name, calibration.species[calibration.basis == basis])
        for precision in wanted:
            threshold, note = _choose(own, pool, probability, mass, examples, basis, precision, min_examples)
            kept = _kept(examples[own], probability[own] >= threshold, weights[own], basis)
            note = note or _note(kept, basis, precision, min_examples)
            rows.append((one, precision, threshold, *kept, basis, note))
    return pd.DataFrame(rows, columns=COLUMNS)


def _choose(
    own: Flags,
    pool: Flags,
    probability: Floats,
    mass: Floats,
    examples: pd.DataFrame,
    basis: str,
    wanted: float,
    few: int,
) -> tuple[float, str]:
    """Return a species' threshold and what is to be said of it."""
    if basis == "nothing":
        return wanted, MEANING[basis]
    positive = examples.positive.to_numpy(bool)
    is_few = min((own & positive).sum(), (own & (mass > 0) & ~positive).sum()) < max(few, 1)
    these = pool if is_few else own
    threshold = lowest_threshold(probability[these], wanted, mass[these])
    if threshold is None:
        return wanted, FEW if is_few else NOT_REACHED
    return threshold, FEW if is_few else ""


def _kept(own: pd.DataFrame, fired: Flags, weights: Floats, basis: str) -> Kept:
    """Return what a species' threshold keeps, by what was judged: reviewed time, or boxes where none was."""
    positive, source = own.positive.to_numpy(bool), own.source.to_numpy()
    recall = float(fired[positive].mean()) if positive.any() else np.nan
    if basis == "mixed":
        calls, free = positive & (source == MARKED), ~positive & (source == REVIEWED)
        found = rated_proportion(
            fired, calls, free, weights, share=mixed_share(own, weights), once=mixed_share(own, np.ones((len(own), 1)))
        )
        judged = calls | free
    elif basis in ("reviewed", "suspected"):
        judged = source == (REVIEWED if basis == "reviewed" else MARKED)
        found = proportion(positive, judged & fired, weights)
    else:
        return Kept(np.nan, np.nan, np.nan, recall, 0)
    n = int((judged & fired).sum())
    if not n:
        return Kept(np.nan, np.nan, np.nan, recall, 0)
    return Kept(float(found.value), float(found.low), float(found.high), recall, n)


def _note(kept: Kept, basis: str, wanted: float, few: int) -> str:
    if basis not in PROBABLE:
        return MEANING[basis]
    if kept.n < few:
        return FEW_FIRED
    return SHORT if kept.precision < wanted - 0.05 else ""
