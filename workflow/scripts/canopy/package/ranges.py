"""The frequencies in which each species calls, by its confirmed boxes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

QUANTILE = 0.1


def box_ranges(annotations: pd.DataFrame, species: Sequence[str]) -> pd.DataFrame:
    """Return the frequency range of each species' boxes.

    Parameters
    ----------
    annotations : DataFrame
        species, low_hz, high_hz, polarity; frequencies may be missing.
    species : sequence of str

    Returns
    -------
    DataFrame
        species, low_hz, high_hz, n_boxes; one row per species. The range reaches from the 10 % quantile of the lower
        edges to the 90 % quantile of the upper ones, of confirmed boxes, so that one odd box does not widen it; it is
        missing where no confirmed box has frequencies. n_boxes counts all confirmed boxes.
    """
    present = annotations[annotations["polarity"] > 0]
    rows = []
    for name in species:
        mine = present[present["species"] == name]
        low, high = (mine[edge].to_numpy(float) for edge in ("low_hz", "high_hz"))
        low, high = low[np.isfinite(low)], high[np.isfinite(high)]
        low_hz = float(np.quantile(low, QUANTILE, method="lower")) if len(low) else np.nan
        high_hz = float(np.quantile(high, 1 - QUANTILE, method="higher")) if len(high) else np.nan
        rows.append((name, low_hz, high_hz, len(mine)))
    return pd.DataFrame(rows, columns=["species", "low_hz", "high_hz", "n_boxes"])
