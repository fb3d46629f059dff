"""The most probable ones: where a species is found soonest."""

import pandas as pd

from canopy.detections.review.strategies.strategy import Draw, Strategy, Vectors, always


def draw(candidates: pd.DataFrame, n: int, vectors: Vectors | None = None) -> Draw:
    """Draw the most probable candidates; they come sorted by falling probability."""
    return always(candidates, candidates.index[:n])


STRATEGY = Strategy("top", draw)
