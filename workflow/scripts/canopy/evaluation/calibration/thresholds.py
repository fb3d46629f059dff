"""A threshold for a wanted precision, and the precision that it keeps on recordings it was not chosen by."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.calibration.fit import crossfit, fit_calibration, probabilities
from canopy.evaluation.calibration.proportions import proportion

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
COLUMNS = ["species", "wanted_precision", "threshold", "precision", "low", "high", "recall", "n", "note"]
FEW = "too few: threshold of all species together"
NOT_REACHED = "not reached: the probability itself stands in"
FEW_FIRED = "too few at or above the threshold to tell its precision"


def lowest_threshold(probability: Floats, positive: Flags, wanted: float) -> float | None:
    """Return the lowest threshold at which the wanted share of examples is positive.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
    wanted : float
        Precision among the examples at or above the threshold.

    Returns
    -------
    float or None
        Half way between the lowest positive example that is taken and the next lower example. None where no threshold
        reaches it.
    """
    order = np.argsort(-probability, kind="stable")
    ranked, hits = probability[order], np.cumsum(positive[order])
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    reached = np.flatnonzero(last_of_tie & (hits >= wanted * np.arange(1, len(ranked) + 1) - 1e-9) & (hits > 0))
    if not len(reached):
        return None
    # Below the last positive example nothing is won.
    lowest = ranked[np.flatnonzero(positive[order][: reached[-1] + 1])[-1]]
    below = ranked[ranked < lowest]
    return float((lowest + below[0]) / 2) if len(below) else float(lowest)


def fit_thresholds(
    examples: pd.DataFrame,
    folds: NDArray[np.int64],
    species: list[str],
    *,
    weights: Floats,
    wanted: list[float],
    min_examples: int = 10,
) -> pd.DataFrame:
    """Choose each species' thresholds, and estimate what they keep of their promise.

    Thresholds are chosen by all examples. Precision and recall are those of the procedure under cross-validation: curve
    and threshold come from the other folds.

    Parameters
    ----------
    examples : DataFrame
        species, logit, positive.
    folds : ndarray of int, shape (n_examples,)
    species : list of str
    weights : ndarray, shape (n_examples, n_replicates)
        Of the bootstrap over recordings.
    wanted : list of float
        Precisions, each in (0, 1].
    min_examples : int
        A species with fewer confirmed or refuted examples gets the threshold of all species together.

    Returns
    -------
    DataFrame
        species, wanted_precision, threshold (a calibrated probability), precision, low, high, recall, n (examples at or
        above the threshold), note.
    """
    positive = examples.positive.to_numpy(bool)
    name = examples.species.to_numpy()
    honest, fitted = crossfit(examples, folds, species, min_examples=min_examples)
    everything = probabilities(examples, fit_calibration(examples, species, min_examples=min_examples))
    others = {fold: probabilities(examples, table) for fold, table in fitted.items()}
    rows = []
    for precision in wanted:
        final = _choose(everything, positive, name, species, precision, min_examples)
        fired = np.zeros(len(examples), dtype=bool)
        for fold, probability in others.items():
            seen, held = folds != fold, folds == fold
            chosen = _choose(probability[seen], positive[seen], name[seen], species, precision, min_examples)
            level = pd.Series({one: threshold for one, (threshold, _) in chosen.items()})
            fired[held] = honest[held] >= level.reindex(name[held]).to_numpy(float)
        for one in species:
            rows.append((one, precision, *_scored(name == one, positive, fired, weights, *final[one], min_examples)))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(
        ["species", "wanted_precision"],
        key=lambda keys: keys.map({s: n for n, s in enumerate(species)}).fillna(keys),
        kind="stable",
        ignore_index=True,
    )


def _choose(
    probability: Floats, positive: Flags, name: NDArray[np.object_], species: list[str], wanted: float, few: int
) -> dict[str, tuple[float, str]]:
    pooled = lowest_threshold(probability, positive, wanted)
    found = {}
    for one in species:
        own = name == one
        if min(positive[own].sum(), (~positive[own]).sum()) < max(few, 1):
            found[one] = (wanted if pooled is None else pooled, FEW)
            continue
        threshold = lowest_threshold(probability[own], positive[own], wanted)
        found[one] = (wanted, NOT_REACHED) if threshold is None else (threshold, "")
    return found


def _scored(
    own: Flags, positive: Flags, fired: Flags, weights: Floats, threshold: float, note: str, few: int
) -> tuple[float, float, float, float, float, int, str]:
    hit, n = own & fired & positive, int((own & fired).sum())
    recall = hit.sum() / (own & positive).sum() if (own & positive).any() else np.nan
    if not n:
        return threshold, np.nan, np.nan, np.nan, recall, 0, note or FEW_FIRED

    found = proportion(hit, own & fired, weights)
    note = note or (FEW_FIRED if n < few else "")
    return threshold, float(found.value), float(found.low), float(found.high), recall, n, note
