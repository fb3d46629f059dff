"""Among the uncertain, those that are least like each other: not the same doubt ten times."""

import numpy as np
import pandas as pd

from canopy.detections.review.strategies.strategy import Draw, Floats, Strategy, Vectors, always, most_uncertain

POOL = 10
"""Of how many uncertain ones each is chosen."""


def draw(candidates: pd.DataFrame, n: int, vectors: Vectors | None = None) -> Draw:
    """Draw the centres of the most uncertain candidates: `k_centres` in the space of `vectors`.

    Without vectors, the candidates' places in time, length and score are their space.
    """
    pool = candidates.loc[most_uncertain(candidates, POOL * n)]
    if not len(pool):
        return always(candidates, pool.index)
    space = vectors(pool) if vectors is not None else _described(pool)
    return always(candidates, pool.index[k_centres(space, n)])


def k_centres(space: Floats, n: int) -> list[int]:
    """Return the places of `n` rows that are far from each other: each is the farthest from those before it.

    Gonzalez, 1985, "Clustering to minimize the maximum intercluster distance"; for labelling, Sener and Savarese, 2018,
    "Active learning for convolutional neural networks: a core-set approach". The first is the first row.

    Parameters
    ----------
    space : ndarray, shape (n_rows, n_dimensions)
    n : int
    """
    chosen: list[int] = []
    distance = np.full(len(space), np.inf)
    while len(chosen) < min(n, len(space)):
        at = int(np.argmax(distance)) if chosen else 0
        chosen.append(at)
        distance = np.minimum(distance, np.linalg.norm(space - space[at], axis=1))
        distance[chosen] = -1.0
    return chosen


def _described(pool: pd.DataFrame) -> Floats:
    file = pd.factorize(pool["recording_id"])[0].astype(float)
    length_s = np.log((pool["offset_s"] - pool["onset_s"]).clip(lower=1e-3).to_numpy(float))
    space = np.column_stack([file, pool["onset_s"], length_s, pool["likely"]]).astype(float)
    spread = space.std(axis=0)
    return np.asarray((space - space.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


STRATEGY = Strategy("diverse", draw)
