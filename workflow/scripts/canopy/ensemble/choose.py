"""Whether fitted weights are better than equal ones, and the weights to use."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.ensemble.combine import scales, spreads
from canopy.ensemble.fit import fit_weights
from canopy.metrics.bootstrap import Estimate, bayesian_weights, difference, interval
from canopy.metrics.ranking import RankedLabels, label_precisions
from canopy.metrics.rows import join_rows, metric_rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Method = Literal["auto", "fitted", "mean"]


@dataclass(frozen=True)
class Comparison:
    """Fitted weights against the plain mean, each recording scored with weights fitted on the other folds."""

    fitted: Estimate
    mean: Estimate
    fitted_minus_mean: Estimate
    n: int

    @property
    def fitted_is_better(self) -> bool:
        """Whether the interval of the difference lies above 0."""
        return bool(self.fitted_minus_mean.low > 0)

    def rows(self) -> pd.DataFrame:
        """Return the three figures as rows of a table of metrics."""
        figures = {
            "lwlrap_nested_fitted": self.fitted,
            "lwlrap_nested_mean": self.mean,
            "lwlrap_fitted_minus_mean": self.fitted_minus_mean,
        }
        return join_rows(*(metric_rows(name, [""], estimate, [self.n]) for name, estimate in figures.items()))


def compare_nested(
    truth: Flags,
    members: Floats,
    folds: NDArray[np.int64],
    *,
    groups: list[str],
    replicates: int = 1000,
    seed: int = 1,
) -> Comparison | None:
    """Compare fitted weights with equal ones under nested cross-validation.

    Weights and spreads come from the recordings of the other folds. (The members themselves are not trained again:
    the out-of-fold scores of the other folds come from networks that have seen this fold.)

    Parameters
    ----------
    truth : ndarray of bool, shape (n_recordings, n_species)
    members : ndarray, shape (n_members, n_recordings, n_species)
    folds : ndarray of int, shape (n_recordings,)
    groups : list of str, length n_recordings
        What the bootstrap draws: recording ids.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    Comparison or None
        None where fewer than two folds have labels.
    """
    labelled = truth.any(axis=1)
    if len(np.unique(folds[labelled])) < 2:
        return None
    fitted, mean = np.zeros(truth.shape), np.zeros(truth.shape)
    for fold in np.unique(folds[labelled]):
        held, others = folds == fold, folds != fold
        spread = spreads(members[:, others])[:, None, None]
        weights = fit_weights(truth[others], members[:, others] / spread)
        fitted[held] = label_precisions(truth[held], np.tensordot(weights, members[:, held] / spread, axes=1))
        mean[held] = label_precisions(truth[held], (members[:, held] / spread).mean(axis=0))
    drawn = bayesian_weights(groups, n_replicates=replicates, seed=seed)
    by_fit, by_mean = RankedLabels(truth, fitted).overall, RankedLabels(truth, mean).overall
    return Comparison(
        interval(by_fit, drawn), interval(by_mean, drawn), difference(by_fit, by_mean, drawn), int(labelled.sum())
    )


def choose_weights(
    truth: Flags, members: Floats, experiments: list[str], *, method: Method, comparison: Comparison | None
) -> pd.DataFrame:
    """Return the table of weights: experiment, weight, scale.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_recordings, n_species)
    members : ndarray, shape (n_members, n_recordings, n_species)
    experiments : list of str, length n_members
    method : {"auto", "fitted", "mean"}
        auto takes the fitted weights where `comparison` shows them to be better, else equal ones.
    comparison : Comparison or None
        Of `compare_nested`.
    """
    spread = spreads(members)
    fit = method == "fitted" or (method == "auto" and comparison is not None and comparison.fitted_is_better)
    weights = np.full(len(members), 1 / len(members))
    if fit:
        weights = fit_weights(truth, members / spread[:, None, None])
    return pd.DataFrame({"experiment": experiments, "weight": weights, "scale": scales(spread, weights)})
