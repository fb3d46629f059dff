"""Polyphonic sound detection score: how many events are found at how few false alarms, over all thresholds.

Bilen et al., 2020, "A framework for the robust evaluation of sound event detection"; PSDS1 and PSDS2 are the two
settings of DCASE task 4. Thresholds are a grid of each species' own logits (`threshold_grid`), so that counts per
recording fit in memory and every interval comes from one pass over the audio.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.evaluation.metrics.events.counts import DECIMALS
from canopy.evaluation.metrics.events.detections import frame_edges, runs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """What counts as found, as a false alarm and as a cross-trigger.

    Attributes
    ----------
    detection_share : float
        DTC: a detection is relevant where this share of it lies in events of its species.
    event_share : float
        GTC: an event is found where relevant detections cover this share of it.
    cross_share : float
        CTTC: an irrelevant detection is a cross-trigger where this share of it lies in events of another species.
    cross_weight : float
        How much the rate of cross-triggers adds to the false-alarm rate.
    spread_weight : float
        How many standard deviations between species are taken off the mean.
    max_per_hour : float
        The false-alarm rate up to which the area is taken.
    """

    detection_share: float
    event_share: float
    cross_share: float = 0.3
    cross_weight: float = 0.0
    spread_weight: float = 1.0
    max_per_hour: float = 100.0


PSDS1 = Scenario(0.7, 0.7)
"""Rewards finding events where they are."""
PSDS2 = Scenario(0.1, 0.1, cross_weight=0.5)
"""Rewards telling species apart."""


@dataclass(frozen=True)
class Counts:
    """What thresholds do to recordings, (n_recordings, n_thresholds, n_species) each.

    `cross` is the rate of cross-triggers: their number over the true seconds of the species they fall on, averaged
    over the other species.
    """

    found: Floats
    false: Floats
    cross: Floats
    n_events: Floats
    duration_s: Floats


def threshold_grid(peaks: Floats, inside: Floats, *, n_thresholds: int = 200) -> Floats:
    """Return thresholds where counts change: quantiles of the recordings' peaks and of the logits inside events.

    Parameters
    ----------
    peaks : ndarray
        The highest logit of each recording: here false alarms begin.
    inside : ndarray
        Logits of frames inside true events: here events are found and fall apart.
    n_thresholds : int
        At most so many, evenly spaced in rank.

    Returns
    -------
    ndarray, shape (n_thresholds,)
        Sorted, distinct.
    """
    share = n_thresholds // 2
    taken = [np.quantile(part, np.linspace(0, 1, share), method="nearest") for part in (peaks, inside) if len(part)]
    return np.unique(np.concatenate(taken)) if taken else np.empty(0)


def count(
    logits: Mapping[str, tuple[NDArray[np.floating], float]],
    events: Mapping[tuple[str, str], Floats],
    species: list[str],
    thresholds: list[Floats],
    scenario: Scenario,
) -> Counts:
    """Count what each threshold finds in each recording.

    Parameters
    ----------
    logits : mapping of str to (ndarray (n_frames, n_species), float)
        Framewise logits and seconds per frame, by recording.
    events : mapping of (str, str) to ndarray (n_events, 2)
        True intervals by recording and species.
    species : list of str
    thresholds : list of ndarray
        Of each species; shorter lists are filled up with infinity, at which nothing is detected.
    scenario : Scenario
    """
    shape = (len(logits), max((len(levels) for levels in thresholds), default=0), len(species))
    found, false, cross = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    n_events, seconds = np.zeros((len(logits), len(species))), np.zeros(len(logits))
    true_s = np.zeros(len(species))
    for (_, name), times in events.items():
        if name in species:
            true_s[species.index(name)] += np.diff(times, axis=1).sum()
    per_second = np.divide(1.0, true_s, out=np.zeros_like(true_s), where=true_s > 0) / max(len(species) - 1, 1)
    for row, (recording, (frames, frame_s)) in enumerate(logits.items()):
        edges = frame_edges(len(frames), frame_s)
        seconds[row] = edges[-1]
        own = [events.get((recording, name), np.empty((0, 2))) for name in species]
        n_events[row] = [len(times) for times in own]
        covered = np.stack([_covered(edges, times) for times in own], axis=1)
        for column, levels in enumerate(thresholds):
            active = frames[:, column].astype(float)[None] >= levels[:, None]
            level, first, stop = runs(active)
            lasting = edges[stop] > edges[first]
            level, first, stop = level[lasting], first[lasting], stop[lasting]
            length = edges[stop] - edges[first]
            shared = covered[stop] - covered[first]
            relevant = np.round(shared[:, column], DECIMALS) >= np.round(scenario.detection_share * length, DECIMALS)
            n = len(levels)
            found[row, :n, column] = _found(
                own[column], edges, level[relevant], first[relevant], stop[relevant], n, scenario
            )
            false[row, :n, column] = np.bincount(level[~relevant], minlength=n)
            if scenario.cross_weight:
                other = (
                    np.round(shared[~relevant], DECIMALS)
                    >= np.round(scenario.cross_share * length[~relevant], DECIMALS)[:, None]
                )
                other[:, column] = False
                cross[row, :n, column] = np.bincount(level[~relevant], weights=other @ per_second, minlength=n)
    return Counts(found, false, cross, n_events, seconds)


def statistic(counts: Counts, scenario: Scenario) -> Callable[[Floats], Floats]:
    """Return the statistic of the bootstrap: the overall score and each species' own, (1 + n_species, n_replicates).

    It takes row weights (n_recordings, n_replicates).

    A species' own score is the area under its staircase alone; overall, the spread between species is taken off.
    """

    def areas(weights: Floats) -> Floats:
        totals = [
            np.einsum("ntk,nr->rkt", part, weights, optimize=True)
            for part in (counts.found, counts.false, counts.cross)
        ]
        n_events = np.maximum(weights.T @ counts.n_events, 1e-12)
        hours = weights.T @ counts.duration_s / 3600
        # Cross-triggers weigh as many as they are, whatever the weights' sum.
        rate = totals[1] / hours[:, None, None]
        rate += scenario.cross_weight * 3600 * totals[2] * (len(weights) / weights.sum(axis=0))[:, None, None]
        share = totals[0] / n_events[:, :, None]
        return np.stack([_areas(rate[one], share[one], scenario) for one in range(weights.shape[1])], axis=1)

    return areas


def _areas(rate: Floats, share: Floats, scenario: Scenario) -> Floats:
    """Return the overall area and each species', (1 + n_species,), of points (n_species, n_thresholds)."""
    order = np.argsort(rate, axis=1, kind="stable")
    rate, share = np.take_along_axis(rate, order, 1), np.take_along_axis(share, order, 1)
    share = np.maximum.accumulate(share, axis=1)
    end = scenario.max_per_hour
    grid = np.unique(np.append(rate[rate < end], [0.0, end]))
    place = [np.searchsorted(one, grid[:-1], side="right") - 1 for one in rate]
    heights = np.stack([np.where(at >= 0, of[at], 0.0) for at, of in zip(place, share, strict=True)])
    widths = np.diff(grid) / end
    overall = np.maximum(heights.mean(axis=0) - scenario.spread_weight * heights.std(axis=0), 0.0)
    return np.concatenate([[overall @ widths], heights @ widths])


def _covered(edges: Floats, times: Floats) -> Floats:
    """Return how many seconds of events lie before each edge."""
    return np.clip(edges[:, None] - times[None, :, 0], 0.0, (times[:, 1] - times[:, 0])[None]).sum(axis=1)


def _found(
    times: Floats,
    edges: Floats,
    level: NDArray[np.int64],
    first: NDArray[np.int64],
    stop: NDArray[np.int64],
    n_levels: int,
    scenario: Scenario,
) -> Floats:
    """Return how many of a recording's events each threshold finds."""
    total = np.zeros(n_levels)
    for onset_s, offset_s in times:
        shared = np.maximum(np.minimum(edges[stop], offset_s) - np.maximum(edges[first], onset_s), 0.0)
        covered = np.bincount(level, weights=shared, minlength=n_levels)
        total += np.round(covered, DECIMALS) >= np.round(scenario.event_share * (offset_s - onset_s), DECIMALS)
    return total
