"""Windows of fixed length over all that was scored, drawn by bands of scores: they tell how often a species calls."""

import numpy as np
import pandas as pd

from canopy.detections.review.strategies.strategy import Draw, Strategy, Vectors

NAME = "windows"
BANDS, LEAST = 6, 5
"""Bands there are at most, and clips that each has at least."""


def draw(candidates: pd.DataFrame, n: int, vectors: Vectors | None = None) -> Draw:
    """Draw a simple random sample from each band of ranks.

    The lowest band is the less probable half, the next one half of the rest, and so on, as in Navine et al., 2024, "All
    thresholds barred: direct estimation of call density in bioacoustic data". A band's share of the clips grows with
    the square root of its windows: between the same for all, which finds calls, and as many as windows.
    """
    n = min(n, len(candidates))
    chance = pd.Series(0.0, candidates.index)
    drawn: list[pd.Index] = []
    bands = rank_bands(len(candidates), min(BANDS, max(n // LEAST, 1)))
    sizes = np.bincount(bands)
    for band, wanted in enumerate(root_shares(n, sizes) if n else ()):
        mine = candidates[bands == band]
        drawn.append(mine["lot"].sort_values(kind="stable").index[:wanted])
        chance[mine.index] = wanted / len(mine)
    return Draw(pd.Index(np.concatenate(drawn)) if drawn else candidates.index[:0], chance)


def rank_bands(n: int, n_bands: int) -> np.ndarray:
    """Return the band of each of `n` candidates that come by falling probability, from 0, the lower half, upwards.

    Examples
    --------
    >>> rank_bands(8, 3).tolist()
    [2, 2, 1, 1, 0, 0, 0, 0]
    """
    from_top = (np.arange(n) + 0.5) / max(n, 1)
    return np.clip(np.floor(-np.log2(from_top)), 0, n_bands - 1).astype(int)


def root_shares(n: int, sizes: np.ndarray) -> list[int]:
    """Return how many of `n` each band gets, in proportion to the root of its size; `n` is no more than all of them.

    Examples
    --------
    >>> root_shares(30, np.array([400, 100, 4]))
    [19, 9, 2]
    """
    exact = n * np.sqrt(sizes) / np.sqrt(sizes).sum()
    given = np.minimum(np.maximum(np.floor(exact), 1), sizes).astype(int)
    while given.sum() != n:
        more = given.sum() < n
        able = given < sizes if more else given > 1
        at = np.argmax(np.where(able, exact - given if more else given - exact, -np.inf))
        given[at] += 1 if more else -1
    return [int(one) for one in given]


STRATEGY = Strategy(NAME, draw)
