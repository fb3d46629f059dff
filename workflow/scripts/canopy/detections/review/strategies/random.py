"""Any, each as likely as the other: what tells how far to trust the rest."""

import numpy as np
import pandas as pd

from canopy.detections.review.strategies.strategy import Draw, Strategy, Vectors


def draw(candidates: pd.DataFrame, n: int, vectors: Vectors | None = None) -> Draw:
    """Draw a simple random sample without replacement."""
    drawn = candidates["lot"].sort_values(kind="stable").index[:n]
    chance = len(drawn) / max(len(candidates), 1)
    return Draw(drawn, pd.Series(np.full(len(candidates), chance), candidates.index))


STRATEGY = Strategy("random", draw)
