"""The same number from each band of scores and, within a band, spread over sites, dates and hours."""

import numpy as np
import pandas as pd

from canopy.detections.review.strategies.strategy import Draw, Strategy, Vectors, log_odds

BANDS = 5


def draw(candidates: pd.DataFrame, n: int, vectors: Vectors | None = None) -> Draw:
    """Draw from bands of the log-odds, which are equally wide, the same number from each, as far as it has so many.

    Within a band candidates stand in the order of their files' paths and of time, which is that of site, date and hour
    where recorders name their files so; every so-manieth is drawn, from a random beginning (systematic sampling:
    Cochran, 1977, "Sampling Techniques", chapter 8). Within a band all have the same chance.
    """
    n = min(n, len(candidates))
    chance = pd.Series(0.0, candidates.index)
    drawn: list[pd.Index] = []
    bands = score_bands(log_odds(candidates["likely"]).to_numpy(), min(BANDS, max(n, 1)))
    sizes = np.bincount(bands)
    for band, wanted in enumerate(shared_out(n, sizes)):
        mine = candidates[bands == band].sort_values(["path", "onset_s"], kind="stable")
        if not wanted:
            continue
        step = len(mine) / wanted
        begin = float(mine["lot"].iloc[0]) * step
        at = np.floor(begin + step * np.arange(wanted)).astype(int)
        drawn.append(mine.index[np.minimum(at, len(mine) - 1)])
        chance[mine.index] = wanted / len(mine)
    every = pd.Index(np.concatenate(drawn)) if drawn else candidates.index[:0]
    return Draw(every, chance)


def score_bands(scores: np.ndarray, n_bands: int) -> np.ndarray:
    """Return the band of each score, from 0 upwards: equally wide ones between the lowest and the highest."""
    if not len(scores):
        return np.zeros(0, dtype=int)
    edges = np.linspace(scores.min(), scores.max(), n_bands + 1)[1:-1]
    return np.unique(np.digitize(scores, edges), return_inverse=True)[1]


def shared_out(n: int, sizes: np.ndarray) -> list[int]:
    """Return how many each band gets of `n`, the same for all; what a band lacks goes to the others.

    Examples
    --------
    >>> shared_out(10, np.array([2, 50, 50]))
    [2, 4, 4]
    """
    given = np.zeros(len(sizes), dtype=int)
    for _ in range(min(n, int(np.sum(sizes)))):
        open_bands = np.flatnonzero(given < sizes)
        given[open_bands[np.argmin(given[open_bands])]] += 1
    return [int(one) for one in given]


STRATEGY = Strategy("stratified", draw)
