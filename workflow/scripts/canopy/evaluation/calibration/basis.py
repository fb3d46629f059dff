"""What a species' probabilities rest on, and how much each example counts.

The rate at which a species calls comes from time that somebody reviewed, and from nothing else; calls that somebody
marked elsewhere may shape the curve. Where nothing was reviewed, a probability means something else, and says so.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from canopy.evaluation.calibration.examples import MARKED, REVIEWED, UNJUDGED
from canopy.evaluation.calibration.meaning import Basis
from canopy.evaluation.calibration.platt import fit_platt
from canopy.evaluation.calibration.shares import share_of

Floats = NDArray[np.float64]
REFITTED = 40
"""Replicates for which the ratio of densities is fitted anew; they stand for all."""


@dataclass(frozen=True)
class Ground:
    """What one species' line rests on.

    Attributes
    ----------
    basis : str
        A key of `canopy.evaluation.calibration.meaning.MEANING`.
    share : float
        Of stretches with a call, where a rate is known or assumed; else NaN.
    """

    basis: Basis
    share: float


def basis_of(own: pd.DataFrame, everything: pd.DataFrame, *, min_examples: int) -> Basis:
    """Return what a species' line rests on, by its examples (`own`) and those of all species."""
    source, positive = own.source.to_numpy(), own.positive.to_numpy(bool)
    free = int(((source == REVIEWED) & ~positive).sum())
    marked, unjudged = bool(((source == MARKED) & positive).any()), bool((source == UNJUDGED).any())
    if free >= max(min_examples, 1):
        silent = not ((source == REVIEWED) & positive).any()
        return "mixed" if silent and marked and unjudged else "reviewed"
    refuted = (everything.source == MARKED) & ~everything.positive
    confirmed = everything.positive.any()
    if confirmed and int(refuted.sum()) >= max(min_examples, 1):
        return "suspected"
    return "unjudged" if confirmed and unjudged else "nothing"


def weights_of(own: pd.DataFrame, ground: Ground, *, min_examples: int) -> Floats:
    """Return how many examples each of a species' examples stands for, (n_examples,).

    Where time was reviewed, calls weigh as many as were marked in it. Calls marked elsewhere share in that weight as
    `min_examples` of them would: they shape the curve where reviewed calls are few, and hardly where they are many,
    for people mark loud calls first. Refuted boxes elsewhere do not count there: they are harder than other time.
    """
    source, positive = own.source.to_numpy(), own.positive.to_numpy(bool)
    weight = np.zeros(len(own))
    here, elsewhere, free = (
        positive & (source == REVIEWED),
        positive & (source == MARKED),
        ~positive & (source == REVIEWED),
    )
    if ground.basis == "reviewed":
        weight[free] = 1.0
        lent = min(max(min_examples, 1), int(elsewhere.sum()))
        total = max(float(here.sum()), 0.5)
        weight[here] = total / max(int(here.sum()) + lent, 1)
        weight[elsewhere] = total * lent / max(int(here.sum()) + lent, 1) / max(int(elsewhere.sum()), 1)
    elif ground.basis == "mixed":
        weight[free] = 1.0
        weight[elsewhere] = free.sum() * ground.share / (1 - ground.share) / max(int(elsewhere.sum()), 1)
    elif ground.basis == "suspected":
        weight[source == MARKED] = 1.0
        weight[here] = 1.0
    elif ground.basis == "unjudged":
        weight[source == UNJUDGED] = 1.0
    return weight


def ground_of(own: pd.DataFrame, basis: Basis) -> Ground:
    """Return a species' ground, its share estimated where calls and other time are known and their rate is not."""
    source, positive = own.source.to_numpy(), own.positive.to_numpy(bool)
    if basis == "mixed":
        return Ground(basis, float(mixed_share(own, np.ones((len(own), 1)))[0]))
    if basis == "reviewed":
        here = source == REVIEWED
        return Ground(basis, float((here & positive).sum() / here.sum()))
    return Ground(basis, np.nan)


def mixed_share(own: pd.DataFrame, weights: Floats) -> Floats:
    """Return the share of calls in unjudged time by calls marked there and by reviewed time without calls.

    Parameters
    ----------
    own : DataFrame
        Examples of one species.
    weights : ndarray, shape (n_examples, n_replicates)
        Of the bootstrap.
    """
    found = _share(own, weights, np.ones(len(own)))
    refitted = [
        _share(own, weights[:, at : at + 1], weights[:, at])[0] for at in range(min(REFITTED, weights.shape[1] - 1))
    ]
    if not refitted:
        return found
    # What the ratio of densities might have been besides, had other recordings been judged.
    apart = logit(np.array(refitted)) - logit(found[: len(refitted)])
    return np.asarray(expit(logit(found) + np.resize(apart - apart.mean(), len(found))))


def _share(own: pd.DataFrame, weights: Floats, once: Floats) -> Floats:
    """Return the share by weights (n_examples, n_replicates), the densities' ratio by `once`, (n_examples,)."""
    source, positive, logits = own.source.to_numpy(), own.positive.to_numpy(bool), own.logit.to_numpy(float)
    calls, free = positive & (source == MARKED), ~positive & (source == REVIEWED)
    judged = calls | free
    even = np.where(calls, once[free].sum() / once[calls].sum(), 1.0) * once
    scale, offset = fit_platt(logits[judged], positive[judged], even[judged])
    unjudged = source == UNJUDGED
    found = share_of(scale * logits[unjudged] + offset, weights[unjudged])
    time = weights[unjudged].sum(axis=0)
    return np.asarray(found * time / (time + weights[free].sum(axis=0)))
