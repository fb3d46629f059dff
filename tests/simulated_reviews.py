"""Simulated reviews: how far off precision and call density are, and how often their intervals hold the truth.

PYTHONPATH=workflow/scripts:tests python tests/simulated_reviews.py 500
"""

import sys

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.detections.review.strategies.stratified import score_bands, shared_out
from canopy.detections.review.strategies.windows import draw as draw_windows
from canopy.evaluation.calibration.drawn import share_of, share_of_bands, weights

Floats = NDArray[np.float64]


def draw(score: Floats, counts: tuple[int, int, int], rng: np.random.Generator) -> tuple[NDArray[np.intp], Floats]:
    """Draw as `canopy.detections.review.choose` does (`top`, `stratified`, `random`); return what, and all chances."""
    top, stratified, n_random = counts
    order = np.argsort(-score)
    chance = np.zeros(len(score))
    chance[order[:top]] = 1
    taken, rest = list(order[:top]), order[top:]
    drawn: list[int] = []
    if stratified:
        bands = score_bands(score[rest], 5)
        for band, n in enumerate(shared_out(stratified, np.bincount(bands))):
            mine = rest[bands == band]
            drawn += list(rng.choice(mine, n, replace=False))
            chance[mine] = n / len(mine)
    even = n_random / (len(rest) - stratified)
    chance[rest] += (1 - chance[rest]) * even
    taken += [*drawn, *rng.choice(np.setdiff1d(rest, drawn), n_random, replace=False)]
    return np.array(taken), chance


def simulate(n_reviews: int, counts: tuple[int, int, int], threshold: float, *, seed: int = 1) -> tuple[float, float]:
    """Return the mean error of precision at a threshold, and the share of intervals that hold the truth.

    Each review is of 300 new detections, whose truth follows a logistic curve of the score.
    """
    rng = np.random.default_rng(seed)
    errors, covered = [], []
    for _ in range(n_reviews):
        score = np.abs(rng.normal(1.0, 1.5, 300))
        probability = 1 / (1 + np.exp(-score))
        truth = rng.random(300) < 1 / (1 + np.exp(-(0.9 * score - 0.6)))
        at, chance = draw(score, counts, rng)
        weight = weights(pd.DataFrame({"round": 1, "chance": chance[at].round(9), "judged": True}))
        there = probability[at] >= threshold
        share = share_of(truth[at][there], weight[there], int((probability >= threshold).sum()))
        true = truth[probability >= threshold].mean()
        errors.append(share.precision - true)
        covered.append(share.low <= true <= share.high)
    return float(np.mean(errors)), float(np.mean(covered))


def simulate_density(
    n_reviews: int,
    n_clips: int,
    *,
    n_windows: int,
    density: float,
    apart: float,
    part: float = 1.0,
    seed: int = 1,
) -> tuple[float, float]:
    """Return the mean error of call density, and the share of intervals that hold the truth.

    Parameters
    ----------
    n_reviews : int
    n_clips : int
        Windows that each review draws, by the strategy itself.
    n_windows : int
    density : float
        The chance that the species calls in a window.
    apart : float
        By how many standard deviations scores of windows with a call lie above the others.
    part : float
        The density is asked of a random part of the windows, as of a site, of so large a share.
    seed : int
    """
    rng = np.random.default_rng(seed)
    errors, covered = [], []
    for _ in range(n_reviews):
        truth = rng.random(n_windows) < density
        score = rng.normal(apart * truth, 1.0)
        order = np.argsort(-score)
        table = pd.DataFrame({"likely": score[order], "lot": rng.random(n_windows)}, index=order)
        drawn = draw_windows(table, n_clips)
        at = drawn.drawn.to_numpy()
        weight = weights(pd.DataFrame({"round": 1, "chance": drawn.chance[at].round(9), "judged": True}))
        there = rng.random(n_windows) < part
        share = share_of_bands(truth[at], weight, int(there.sum()), among=there[at])
        true = truth[there].mean()
        errors.append(share.precision - true)
        covered.append(share.low <= true <= share.high)
    return float(np.mean(errors)), float(np.mean(covered))


DENSITIES: tuple[tuple[int, int, float, float, float], ...] = (
    (60, 3000, 0.05, 2.0, 1.0),
    (120, 3000, 0.05, 2.0, 1.0),
    (120, 20000, 0.02, 3.0, 1.0),
    (60, 3000, 0.2, 1.5, 1.0),
    (120, 3000, 0.2, 2.0, 1.0),
    (120, 1000, 0.4, 1.0, 1.0),
    (120, 3000, 0.2, 2.0, 0.3),
)
"""Clips, windows, density, distance of scores, and the part that is asked about."""


if __name__ == "__main__":
    n, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for counts in ((0, 0, 30), (0, 30, 0), (0, 0, 60), (20, 20, 20)):
        for threshold in (0.5, 0.8):
            error, share = simulate(n, counts, threshold, seed=seed)
            print(f"top {counts[0]}, stratified {counts[1]}, random {counts[2]}, threshold {threshold}:", end=" ")
            print(f"error {error:+.4f}, held {100 * share:.1f} %", flush=True)
    for clips, n_windows, density, apart, part in DENSITIES:
        error, share = simulate_density(
            n, clips, n_windows=n_windows, density=density, apart=apart, part=part, seed=seed
        )
        print(f"{clips} of {n_windows} windows, density {density}, {apart} apart, {part:.0%} of them:", end=" ")
        print(f"error {error:+.4f}, held {100 * share:.1f} %", flush=True)
