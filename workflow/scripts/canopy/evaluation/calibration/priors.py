"""Moving recording scores from the class priors of training to those of the recordings at hand.

A network that saw a species in 30 % of its recordings expects it there; where it calls in 3 %, the odds it gives are
some ten times too high, and species are ranked wrongly within a recording. By Bayes' rule the odds are multiplied by
`odds(new prior) / odds(old prior)`: a constant added to each species' logit.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.inference.scores import species_of
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.numbers import numbers
from canopy.runtime.input_tables.reading import read_text
from canopy.runtime.tables import listed

Floats = NDArray[np.float64]


def prior_shift(old: Floats, new: Floats) -> Floats:
    """Return what to add to logits, (n_species,): the logarithm of the ratio of the priors' odds.

    Parameters
    ----------
    old, new : ndarray, shape (n_species,)
        Shares of recordings that hold each species, in (0, 1).
    """
    return np.log(new) - np.log1p(-new) - np.log(old) + np.log1p(-old)


def estimate_priors(logits: Floats, old: Floats, *, max_steps: int = 1000, tolerance: float = 1e-8) -> Floats:
    """Estimate the priors of recordings from their scores.

    Saerens, Latinne and Decaestecker, 2002, "Adjusting the outputs of a classifier to new a priori probabilities": the
    new prior is the mean of the probabilities that it leads to, found by iteration for each species on its own.

    Parameters
    ----------
    logits : ndarray, shape (n_recordings, n_species)
        Calibrated for the old priors.
    old : ndarray, shape (n_species,)
    max_steps : int
    tolerance : float
        On the priors.

    Returns
    -------
    ndarray, shape (n_species,)
        At least 1 / (2 n_recordings) away from 0 and 1, so that no species is ruled out.
    """
    edge = 0.5 / len(logits)
    new = np.clip(old, edge, 1 - edge)
    for _ in range(max_steps):
        before = new
        new = np.clip(expit(logits + prior_shift(old, before)).mean(axis=0), edge, 1 - edge)
        if np.abs(new - before).max() < tolerance:
            break
    return new


def class_priors(source: str, oof: pd.DataFrame, test: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Return the priors of training and of the test recordings, by species.

    Parameters
    ----------
    source : str
        `estimated`: the first are the mean probabilities of the out-of-fold scores, the second are estimated from the
        test scores; else the path of a table with the columns species, training, test.
    oof, test : DataFrame
        Score tables.

    Raises
    ------
    CanopyError
        Where the table is missing or wrong.
    """
    species = species_of(test)
    if source == "estimated":
        edge = 0.5 / len(oof)
        old = np.clip(expit(oof[species].to_numpy(float)).mean(axis=0), edge, 1 - edge)
        new = estimate_priors(test[species].to_numpy(float), old)
        return dict(zip(species, old.tolist(), strict=True)), dict(zip(species, new.tolist(), strict=True))
    rows = read_text(source, ["species", "training", "test"], fix="name a table of priors, or set `priors: null`")
    complaints = Complaints()
    columns = [numbers(rows, name, source, complaints) for name in ("training", "test")]
    complaints.stop()
    first, second = (dict(zip(rows.species, values.tolist(), strict=True)) for values in columns)
    return first, second


def correct_scores(scores: pd.DataFrame, old: Mapping[str, float], new: Mapping[str, float]) -> pd.DataFrame:
    """Return a score table with each species' logits moved from the old to the new prior.

    Raises
    ------
    CanopyError
        Where a species has no prior, or one that is not between 0 and 1.
    """
    species = species_of(scores)
    shift = prior_shift(*(_checked(priors, species) for priors in (old, new)))
    return scores.assign(**{name: scores[name] + by for name, by in zip(species, shift, strict=True)})


def _checked(priors: Mapping[str, float], species: list[str]) -> Floats:
    lacking = [name for name in species if name not in priors]
    if lacking:
        raise CanopyError(f"the priors have no row for {listed(lacking)}: give one for every species")
    values = np.array([priors[name] for name in species], dtype=float)
    wrong = [f"{name} ({priors[name]:g})" for name in species if not 0 < priors[name] < 1]
    if wrong:
        raise CanopyError(f"priors must lie between 0 and 1: {listed(wrong)}; fix the table of priors")
    return values
