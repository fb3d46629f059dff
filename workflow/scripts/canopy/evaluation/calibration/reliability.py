"""How far probabilities keep their word: of what is called 80 % likely, 80 % should be true."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import SHARE, Statistic, interval
from canopy.evaluation.metrics.proportions import proportion

Floats = NDArray[np.float64]
COLUMNS = ["stage", "species", "bin", "probability", "frequency", "error", "low", "high", "n"]
PER_BIN = 10
"""Examples that a bin holds at least; few examples make few bins."""


def bins_of(probability: Floats, n_bins: int) -> NDArray[np.int64]:
    """Return the bin of each example: bins of equal numbers, ties in the same one, numbered without gaps."""
    count = max(1, min(n_bins, len(probability) // PER_BIN))
    edges = np.quantile(probability, np.linspace(0, 1, count + 1)[1:-1])
    return np.unique(np.searchsorted(edges, probability, side="right"), return_inverse=True)[1]


def calibration_error(probability: Floats, positive: NDArray[np.bool_], place: NDArray[np.int64]) -> Statistic:
    """Return the expected calibration error as a statistic of weights (n_examples, n_replicates).

    The mean over examples of the distance between the mean probability and the share of positives of its bin (Naeini,
    Cooper and Hauskrecht, 2015, "Obtaining well calibrated probabilities using Bayesian binning").
    """
    member = np.eye(int(place.max()) + 1)[place].T

    def error(weights: Floats) -> Floats:
        gap = member @ ((probability - positive)[:, None] * weights)
        return np.abs(gap).sum(axis=0) / weights.sum(axis=0)

    return error


def reliability(
    examples: pd.DataFrame, stages: dict[str, Floats], species: list[str], *, weights: Floats, n_bins: int = 10
) -> pd.DataFrame:
    """Return the points of the reliability diagram, and the expected calibration error of all and of each species.

    Parameters
    ----------
    examples : DataFrame
        species, positive.
    stages : dict of str to ndarray (n_examples,)
        Probabilities by name, such as before and after.
    species : list of str
    weights : ndarray, shape (n_examples, n_replicates)
        Of the bootstrap over recordings.
    n_bins : int

    Returns
    -------
    DataFrame
        stage, species (empty: all together), bin (1, 2, ...; missing in the rows of the expected calibration error),
        probability and frequency (means), error, low, high, n. In a bin's row, low and high bound the frequency and
        error is its distance from the probability; elsewhere they bound the expected calibration error.
    """
    positive, name = examples.positive.to_numpy(bool), examples.species.to_numpy()
    rows: list[tuple[object, ...]] = []
    for stage, probability in stages.items():
        for one in ["", *species]:
            own = np.ones(len(examples), dtype=bool) if one == "" else name == one
            if not own.any():
                continue
            chance, true, drawn = probability[own], positive[own], weights[own]
            place = bins_of(chance, n_bins)
            found = interval(calibration_error(chance, true, place), drawn, bounds=SHARE)
            ends = (float(found.value), float(found.low), float(found.high))
            rows.append((stage, one, np.nan, chance.mean(), true.mean(), *ends, len(chance)))
            for number in range(place.max() + 1) if one == "" else ():
                at = place == number
                share = proportion(true, at, drawn)
                mean = chance[at].mean()
                gap = abs(mean - float(share.value))
                ends = (gap, float(share.low), float(share.high))
                rows.append((stage, one, number + 1, mean, float(share.value), *ends, int(at.sum())))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"bin": "Int64"})
