"""Which way of combining is better than the plain mean, and the weights to use."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from canopy.evaluation.ensemble.combine import scales, spreads
from canopy.evaluation.ensemble.fit import fit_weights
from canopy.evaluation.ensemble.greedy import greedy_weights
from canopy.evaluation.metrics.bootstrap import SHARE, Estimate, bayesian_weights, difference, interval, n_groups
from canopy.evaluation.metrics.ranking import RankedLabels, label_precisions
from canopy.evaluation.metrics.rows import join_rows, metric_rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Method = Literal["auto", "fitted", "greedy", "mean"]
RIVALS = ("fitted", "greedy", "rank_mean")


@dataclass(frozen=True)
class Comparison:
    """Ways to combine against the plain mean, each recording scored with weights found on the other folds.

    `values` holds the metric by way (`mean` and those of `RIVALS`), `gains` what each rival adds to the mean.
    """

    values: dict[str, Estimate]
    gains: dict[str, Estimate]
    n: int
    metric: str = "lwlrap"

    def is_better(self, way: str) -> bool:
        """Whether the interval of a way's gain lies above 0."""
        return bool(self.gains[way].low > 0)

    def rows(self) -> pd.DataFrame:
        """Return the figures as rows of a table of metrics."""
        figures = {f"{self.metric}_nested_{way}": value for way, value in self.values.items()}
        figures |= {f"{self.metric}_{way}_minus_mean": gain for way, gain in self.gains.items()}
        return join_rows(*(metric_rows(name, [""], estimate, [self.n]) for name, estimate in figures.items()))


def learned(truth: Flags, folds: NDArray[np.int64]) -> Flags:
    """Return the labels of species of which another fold has a label too: of others, nobody could learn.

    A network that never met a species says by chance where it is, so that such labels tell nothing of which network is
    better. Where each species has a single call, there are no others.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_recordings, n_species)
    folds : ndarray of int, shape (n_recordings,)
    """
    found = truth.copy()
    for fold in np.unique(folds):
        found[folds == fold] &= truth[folds != fold].any(axis=0)
    return found


def compare_nested(
    truth: Flags,
    members: Floats,
    folds: NDArray[np.int64],
    *,
    groups: list[str],
    replicates: int = 1000,
    seed: int = 1,
) -> Comparison | None:
    """Compare ways to combine with equal weights under nested cross-validation.

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
    precisions = {way: np.zeros(truth.shape) for way in ("mean", *RIVALS)}
    for fold in np.unique(folds[labelled]):
        held, others = folds == fold, folds != fold
        unit = members / spreads(members[:, others])[:, None, None]
        combined = {
            "mean": unit[:, held].mean(axis=0),
            "fitted": np.tensordot(fit_weights(truth[others], unit[:, others]), unit[:, held], axes=1),
            "greedy": np.tensordot(greedy_weights(truth[others], unit[:, others]), unit[:, held], axes=1),
            "rank_mean": rankdata(unit[:, held], axis=2).mean(axis=0),
        }
        for way, scores in combined.items():
            precisions[way][held] = label_precisions(truth[held], scores)
    drawn = bayesian_weights(groups, n_replicates=replicates, seed=seed)
    behind = n_groups(drawn[labelled])
    overall = {way: RankedLabels(truth, found).overall for way, found in precisions.items()}
    return Comparison(
        {way: interval(score, drawn, behind=behind, bounds=SHARE) for way, score in overall.items()},
        {way: difference(overall[way], overall["mean"], drawn, behind=behind) for way in RIVALS},
        int(labelled.sum()),
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
    method : {"auto", "fitted", "greedy", "mean"}
        auto takes the fitted weights where `comparison` shows them to be better, else equal ones.
    comparison : Comparison or None
        Of `compare_nested`.
    """
    spread = spreads(members)
    unit = members / spread[:, None, None]
    if method == "fitted" or (method == "auto" and comparison is not None and comparison.is_better("fitted")):
        weights = fit_weights(truth, unit)
    elif method == "greedy":
        weights = greedy_weights(truth, unit)
    else:
        weights = np.full(len(members), 1 / len(members))
    return pd.DataFrame({"experiment": experiments, "weight": weights, "scale": scales(spread, weights)})
