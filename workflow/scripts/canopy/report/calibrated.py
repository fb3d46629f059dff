"""Probabilities that mean what they say, where a calibration was fitted."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit


class Calibrated:
    """From framewise logits to probabilities, each species by its own line; without one, as they are.

    Parameters
    ----------
    table : DataFrame or None
        species, scale, offset: the probability is the logistic function of scale x logit + offset.
    """

    def __init__(self, table: pd.DataFrame | None) -> None:
        rows = [] if table is None else table.dropna(subset=["scale", "offset"]).to_dict("records")
        self._lines = {str(row["species"]): (float(row["scale"]), float(row["offset"])) for row in rows}

    @property
    def known(self) -> bool:
        """Whether any species was calibrated."""
        return bool(self._lines)

    def __call__(self, species: str, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probabilities of a species' logits."""
        scale, offset = self._lines.get(species, (1.0, 0.0))
        return np.asarray(expit(scale * logits + offset))
