"""Those whose probability is nearest to the threshold: where a verdict changes most."""

import pandas as pd

from canopy.detections.review.strategies.strategy import Draw, Strategy, Vectors, always, most_uncertain


def draw(candidates: pd.DataFrame, n: int, vectors: Vectors | None = None) -> Draw:
    """Draw the candidates nearest to the threshold, from either side."""
    return always(candidates, most_uncertain(candidates, n))


STRATEGY = Strategy("uncertain", draw)
