"""From single networks, which out-of-fold logits come from, to their mean, which new recordings are scored by.

Networks differ in the scale of their logits, and their mean varies less than one of them. So the logits of each are
brought to a common scale, by where the time of no call lies and how far it spreads: the line is fitted there, and
carried over to the mean of the networks. Where the variance within calls and within other time is `gain` times smaller,
the logarithm of the densities' ratio is `gain` times larger (for normal densities of equal variance). How much smaller
it is shows on recordings that all networks score and none was trained on; without any, `gain` is 1, and probabilities
of the mean lie a little too close to the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from canopy.evaluation.calibration.examples import MARKED

Floats = NDArray[np.float64]
INNER = (0.15, 0.85)
"""Quantiles between which the spread of time is measured: calls are rarer than what lies outside."""
NORMAL = 2.0729
"""The distance of these quantiles in deviations of a normal distribution."""
HIGHEST_GAIN = 4.0


@dataclass(frozen=True)
class Networks:
    """Where the logits of networks lie.

    Attributes
    ----------
    place, spread : ndarray, shape (n_folds, n_species)
        Of each fold's network.
    mean_place, gain : ndarray, shape (n_species,)
        Of the mean of the networks: where it lies, and how many times smaller its variance is.
    """

    place: Floats
    spread: Floats
    mean_place: Floats
    gain: Floats

    @property
    def mean_spread(self) -> Floats:
        """The mean spread of the networks, (n_species,)."""
        return np.asarray(self.spread.mean(axis=0))

    def common(self, logits: Floats, fold: NDArray[np.intp], species: NDArray[np.intp]) -> Floats:
        """Return logits (n,) of folds' networks on the common scale: that of the networks' mean place and spread."""
        unit = (logits - self.place[fold, species]) / self.spread[fold, species]
        return np.asarray(self.place.mean(axis=0)[species] + self.mean_spread[species] * unit)

    def of_fold(self, calibration: pd.DataFrame, species: Sequence[str], fold: int) -> pd.DataFrame:
        """Return a calibration that was fitted on the common scale, for the logits of a fold's network as they are."""
        at = pd.Index(list(species)).get_indexer(pd.Index(calibration["species"]))
        stretch = (self.mean_spread / self.spread[fold])[at]
        scale = calibration["scale"].to_numpy(float)
        moved = scale * (self.place.mean(axis=0)[at] - stretch * self.place[fold][at])
        return calibration.assign(scale=scale * stretch, offset=calibration["offset"].to_numpy(float) + moved)

    def of_mean(self, calibration: pd.DataFrame, species: Sequence[str]) -> pd.DataFrame:
        """Return a calibration that was fitted on the common scale, for the mean of the networks.

        `single_scale` and `single_offset` keep the line of one network.
        """
        at = pd.Index(list(species)).get_indexer(pd.Index(calibration["species"]))
        scale, offset = calibration["scale"].to_numpy(float), calibration["offset"].to_numpy(float)
        rate = calibration["rate"].to_numpy(float)
        odds = np.where(np.isfinite(rate), logit(np.clip(rate, 1e-6, 1 - 1e-6)), 0.0)
        odds = np.where(calibration["basis"] == "nothing", offset, odds)
        gain = np.where(calibration["basis"] == "nothing", 1.0, self.gain[at])
        moved = offset + scale * (self.place.mean(axis=0) - self.mean_place)[at]
        return calibration.assign(
            scale=gain * scale, offset=gain * (moved - odds) + odds, single_scale=scale, single_offset=offset
        )


def held_out_networks(examples: pd.DataFrame, shape: tuple[int, int]) -> Networks:
    """Return networks by the time that each held out.

    Folds hold different recordings, so that a part of their differences is chance: what is beyond that remains.

    Parameters
    ----------
    examples : DataFrame
        Of `canopy.evaluation.calibration.examples`, with fold; species is the place of each. Marked boxes are left
        aside.
    shape : (int, int)
        n_folds, n_species.
    """
    time = examples[examples.source != MARKED]
    columns = (time[name].to_numpy() for name in ("logit", "fold", "species", "recording_id"))
    logits, fold, species, recording = columns
    place, spread = np.zeros(shape), np.ones(shape)
    chance = np.full(shape, np.nan)
    for of in np.ndindex(*shape):
        mine = (fold == of[0]) & (species == of[1])
        if mine.any():
            place[of], spread[of] = located(logits[mine])
            chance[of] = 1 / len(np.unique(recording[mine]))
    known = np.isfinite(chance)
    own, size = np.log(spread), float(np.nanmean(np.where(known, chance, np.nan))) if known.any() else 1.0
    usual = _mean_over_folds(own, known)
    share = _beyond_chance(own - usual, known, size)
    spread = np.exp(usual + share * np.where(known, own - usual, 0.0))
    middle = _mean_over_folds(place, known)
    share = _beyond_chance((place - middle) / np.exp(usual), known, size)
    place = middle + share * np.where(known, place - middle, 0.0)
    return Networks(place, spread, place.mean(axis=0), np.ones(shape[1]))


def common_networks(logits: Sequence[Floats], mean: Sequence[Floats]) -> Networks:
    """Return networks by time that all of them score.

    Parameters
    ----------
    logits : sequence of ndarray, each (n_folds, n_stretches)
        Of each species, whose stretches may be of other lengths.
    mean : sequence of ndarray, each (n_stretches,)
        Highest logits of the mean of the networks, in the same stretches.
    """
    of_each = np.array([[located(values) for values in own] for own in logits]).swapaxes(0, 1)
    of_mean = np.array([located(values) for values in mean])
    place, spread = of_each[..., 0], of_each[..., 1]
    gain = np.clip((spread.mean(axis=0) / of_mean[:, 1]) ** 2, 1.0, HIGHEST_GAIN)
    return Networks(place, spread, of_mean[:, 0], gain)


def located(values: Floats) -> tuple[float, float]:
    """Return the median of logits, and their spread in deviations of a normal distribution."""
    low, middle, high = np.quantile(values, [INNER[0], 0.5, INNER[1]])
    return float(middle), float((high - low) / NORMAL) or 1.0


def _mean_over_folds(values: Floats, known: NDArray[np.bool_]) -> Floats:
    return np.asarray((values * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1))[None]


def _beyond_chance(apart: Floats, known: NDArray[np.bool_], chance: float) -> float:
    """Return the share of the differences' variance that is more than chance, which is the inverse of recordings."""
    n_folds = known.sum(axis=0).max(initial=0)
    if n_folds < 2:
        return 0.0
    found = float((apart[known] ** 2).mean()) * n_folds / (n_folds - 1)
    return max(0.0, 1 - chance / found) if found > 0 else 0.0
