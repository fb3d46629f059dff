"""Recordings that nobody annotated and all networks score: what else sounds, and how the mean of networks differs."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.calibration.examples import UNJUDGED, joined, stretches
from canopy.evaluation.calibration.networks import Networks, common_networks
from canopy.evaluation.metrics.groups import group_weights
from canopy.inference.framewise import combine_framewise, read_framewise

Floats = NDArray[np.float64]


def background_time(
    paths: Sequence[Path], coefficients: Floats, species: list[str], lengths: list[float]
) -> list[pd.DataFrame]:
    """Return stretches of recordings without annotations: of each fold's networks, and of the mean over folds.

    Parameters
    ----------
    paths : sequence of Path
        Framewise logits of all experiments' networks, those of one experiment together, in the order of the folds.
    coefficients : ndarray, shape (n_experiments,)
        What the ensemble multiplies each experiment's logits with.
    species : list of str
    lengths : list of float
        Of each species' stretches, in seconds.

    Returns
    -------
    list of DataFrame
        As `canopy.evaluation.calibration.examples.stretches` returns them, one per fold and one of the mean: the same
        stretches in the same order.
    """
    n_folds = len(paths) // len(coefficients)
    parts = {str(path): read_framewise(path) for path in paths}
    weight = {str(path): coefficients[at // n_folds] for at, path in enumerate(paths)}
    sets = [[str(path) for path in paths[fold::n_folds]] for fold in range(n_folds)]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for number, names in enumerate([*sets, list(parts)]):
            shares = [weight[name] / (n_folds if number == n_folds else 1) for name in names]
            path = Path(folder) / f"{number}.npy"
            combine_framewise({name: parts[name] for name in names}, shares, path)
            framewise = read_framewise(path)
            ids = framewise.index["recording_id"].tolist()
            everything = np.ones((len(ids), len(species)), dtype=bool)
            found.append(stretches(framewise, ids, everything, species, lengths, source=UNJUDGED))
    return found


def networks_of(time: Sequence[pd.DataFrame], species: Sequence[str]) -> Networks:
    """Return how networks and their mean differ, by the stretches of `background_time`."""
    *each, mean = time
    of = [(mean["species"] == name).to_numpy() for name in species]
    logits = [np.stack([one["logit"].to_numpy(float)[mine] for one in each]) for mine in of]
    return common_networks(logits, [mean["logit"].to_numpy(float)[mine] for mine in of])


def one_network_each(time: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the stretches with each recording scored by one of the networks, whose number is in the column `fold`."""
    *each, mean = time
    number = pd.Series({name: at % len(each) for at, name in enumerate(sorted(mean["recording_id"].unique()))})
    fold = mean["recording_id"].map(number).to_numpy()
    logits = np.stack([one["logit"].to_numpy(float) for one in each])
    return mean.assign(logit=logits[fold, np.arange(len(mean))], fold=fold, background=True)


def with_background(found: pd.DataFrame, time: pd.DataFrame) -> pd.DataFrame:
    """Return the examples with time of recordings without annotations in the place of other unjudged time.

    A species that no refuted box and no reviewed recording tells anything of has the rate and the sounds of these.
    """
    judged = set(found.species[(found.source != UNJUDGED) & ~found.positive])
    kept = (found.source != UNJUDGED) | found.species.isin(judged)
    return joined([found[kept], time[~time.species.isin(judged)]])


def judged_weights(
    found: pd.DataFrame, groups: Mapping[str, str] | None, *, replicates: int = 1000, seed: int = 1
) -> Floats:
    """Return the bootstrap's weights of examples, (n_examples, n_replicates); 1 for recordings without annotations."""
    annotated = ~found.background.to_numpy(bool)
    weights = np.ones((len(found), replicates))
    weights[annotated] = group_weights(found.recording_id[annotated].tolist(), groups, replicates=replicates, seed=seed)
    return weights
