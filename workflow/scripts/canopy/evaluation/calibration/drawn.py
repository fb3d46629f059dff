"""What verdicts on a sample say of all that it was drawn from, when each verdict's chance to be drawn is known."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta, norm
from scipy.stats import t as student

Floats = NDArray[np.float64]
LEVEL = 0.95


class Share(NamedTuple):
    """Which share of some items is positive, with its interval; all are missing where nothing was drawn by lot."""

    precision: float
    low: float
    high: float


def weights(sample: pd.DataFrame) -> Floats:
    """Return for how many items of all each verdict stands: the inverse of its chance, 1 where it was always drawn.

    Horvitz and Thompson, 1952, "A generalization of sampling without replacement from a finite universe". Clips of one
    round and chance without a verdict (waiting, or unsure) are stood for by the others: as if lots decided which were
    judged. Where several rounds were drawn, the rest is shared among them by how many each drew by lot; this is exact
    for one round.

    Parameters
    ----------
    sample : DataFrame
        round, chance, judged (bool): all clips that were drawn, a row each.

    Returns
    -------
    ndarray, shape (n,)
        0 where there is no verdict.
    """
    cell = sample.groupby(["round", "chance"])["judged"]
    answered = (cell.transform("count") / cell.transform("sum").clip(lower=1)).to_numpy(float)
    judged = sample["judged"].to_numpy(bool)
    chance, rounds = sample["chance"].to_numpy(float), sample["round"].to_numpy()
    by_lot = judged & (chance < 1)
    share = np.ones(len(sample))
    for one in np.unique(rounds):
        share[rounds == one] = (by_lot & (rounds == one)).sum() / max(by_lot.sum(), 1)
    unseen = np.where(by_lot, (answered / chance - 1) * share, answered - 1)
    return np.where(judged, 1 + np.maximum(unseen, 0), 0.0)


def share_of(positive: NDArray[np.bool_], weight: Floats, n_all: int, *, level: float = LEVEL) -> Share:
    """Return which share of `n_all` items is positive, by verdicts on some of them.

    What was seen is known. The share of the unseen is estimated by the verdicts drawn by lot, each of which stands for
    `weight - 1` unseen items; its interval is Jeffreys' (Brown, Cai and DasGupta, 2001, "Interval estimation for a
    binomial proportion") for as many verdicts as these are worth (Kish, 1965, "Survey sampling"; less by the ratio of
    Student's t to the normal quantile, as few weights tell little of their spread: Korn and Graubard, 1998), of a rest
    that ends (finite population: the unseen items' own share varies around the rate).

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        The verdicts.
    weight : ndarray, shape (n,)
        Of `weights`.
    n_all : int
        How many items there are, seen ones included.
    level : float
        Of the interval.
    """
    seen = weight > 0
    positive, unseen_each = positive[seen], np.maximum(weight[seen] - 1, 0)
    n_seen, n_unseen = int(seen.sum()), max(n_all - int(seen.sum()), 0)
    found = float(positive.sum())
    if not n_unseen:
        value = found / n_seen if n_seen else np.nan
        return Share(value, value, value)
    mass = unseen_each.sum()
    if mass <= 0:
        return Share(np.nan, np.nan, np.nan)
    rate = float((unseen_each * positive).sum() / mass)
    worth = mass**2 / (unseen_each**2).sum()
    tail = (1 - level) / 2
    worth *= (norm.ppf(tail) / student.ppf(tail, max(int((unseen_each > 0).sum()) - 1, 1))) ** 2
    worth = 1 / (1 / worth + 1 / n_unseen)
    ends = [float(beta.ppf(one, rate * worth + 0.5, (1 - rate) * worth + 0.5)) for one in (tail, 1 - tail)]
    low = 0.0 if rate == 0 else ends[0]
    high = 1.0 if rate == 1 else ends[1]
    value, low, high = ((found + n_unseen * one) / (n_seen + n_unseen) for one in (rate, low, high))
    return Share(value, low, high)


def share_of_bands(
    positive: NDArray[np.bool_],
    weight: Floats,
    n_all: int,
    *,
    among: NDArray[np.bool_] | None = None,
    level: float = LEVEL,
) -> Share:
    """Return which share of `n_all` items is positive, by verdicts drawn from bands whose rates are far apart.

    As `share_of`, but each band (verdicts of one weight) has its own rate: that between the bands is known and adds no
    doubt. The interval is composed of the bands' Jeffreys intervals (Zou and Donner, 2008, "Construction of confidence
    limits about effect measures", whose squared distances from the estimate add up), so that a band without any yes
    widens it to one side alone. Bands without any yes (or any no) widen it as the widest of them does: calls that all
    of them missed were most easily missed where least was heard. Towards the end of the scale that is nearer, a band's
    limit is that of Clopper and Pearson (1934): Jeffreys' lies too close to a rate that rests on a single yes. Where
    only some of a band's items are `among` those that are asked about, how many is not known, and that adds to it.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        The verdicts.
    weight : ndarray, shape (n,)
        Of `weights`, of all that was drawn.
    n_all : int
        How many items are asked about, seen ones included.
    among : ndarray of bool, shape (n,), optional
        The verdicts on these; all without it.
    level : float
        Of the interval.
    """
    among = np.ones(len(weight), dtype=bool) if among is None else among
    seen, unseen_each = among & (weight > 0), np.maximum(weight - 1, 0)
    found, n_seen = float(positive[seen].sum()), int(seen.sum())
    n_unseen = max(n_all - n_seen, 0)
    if not n_unseen:
        value = found / n_seen if n_seen else np.nan
        return Share(value, value, value)
    mass = unseen_each[among].sum()
    if mass <= 0:
        return Share(np.nan, np.nan, np.nan)
    each, band = np.unique(unseen_each.round(9), return_inverse=True)
    whole, n, yes = (
        np.bincount(band, one, minlength=len(each)) for one in (np.ones(len(band)), among, among & positive)
    )
    there = (n > 0) & (each > 0)
    each, whole, n, yes = each[there], whole[there], n[there], yes[there]
    rate, share = yes / n, each * n / mass
    value = float((share * rate).sum())
    worth = 1 / (1 / n + 1 / np.maximum(share * n_unseen, 1e-9))
    tail = (1 - level) / 2
    of, rest, rare = rate * worth, (1 - rate) * worth, rate < 0.5
    low = beta.ppf(tail, of + np.where(rare, 0, 0.5), rest + np.where(rare, 1, 0.5))
    high = beta.ppf(1 - tail, of + np.where(rare, 0.5, 1), rest + np.where(rare, 0.5, 0))
    low = np.where(yes == 0, 0.0, np.minimum(low, rate))
    high = np.where(yes == n, 1.0, np.maximum(high, rate))
    smoothed = (yes + value) / (n + 1)
    spread = norm.ppf(1 - tail) ** 2 * (each**2 * n * (1 - n / whole) * (smoothed - value) ** 2).sum() / mass**2
    below = np.sqrt(_together(share * (rate - low), yes == n) + spread)
    above = np.sqrt(_together(share * (high - rate), yes == 0) + spread)
    ends = value, max(value - below, 0.0), min(value + above, 1.0)
    return Share(*((found + n_unseen * float(one)) / (n_seen + n_unseen) for one in ends))


def _together(distance: Floats, at_its_end: NDArray[np.bool_]) -> float:
    """Return the squared distance of bands' limits together; those at an end of the scale share the widest."""
    return float((distance[~at_its_end] ** 2).sum() + (distance[at_its_end] ** 2).max(initial=0.0))
