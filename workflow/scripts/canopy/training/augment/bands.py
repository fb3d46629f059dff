"""Which bins the calls of each species fill."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def species_bands(boxes: pd.DataFrame, species: Sequence[str], bin_hz: Sequence[float]) -> np.ndarray:
    """Return the first and the last bin of each species' confirmed boxes.

    Parameters
    ----------
    boxes : pandas.DataFrame
        With `species, low_hz, high_hz, polarity`.
    species : sequence of str
        The classes.
    bin_hz : sequence of float
        The bins' centres, rising.

    Returns
    -------
    numpy.ndarray
        Shape `(n_species, 2)`, int: the bins whose centres lie between the medians of the boxes' lower and upper
        edges, or the nearest one if none does. All bins for a species whose boxes say no frequencies.
    """
    centres = np.asarray(bin_hz)
    confirmed = boxes[boxes["polarity"] > 0].dropna(subset=["low_hz", "high_hz"])
    edges = confirmed.groupby("species")[["low_hz", "high_hz"]].median()
    bands = np.tile([0, len(centres) - 1], (len(species), 1))
    for number, name in enumerate(species):
        if name in edges.index:
            low_hz, high_hz = edges.loc[name].to_numpy(float)
            inside = np.flatnonzero((centres >= low_hz) & (centres <= high_hz))
            nearest = np.argmin(np.abs(centres - (low_hz + high_hz) / 2))
            bands[number] = (inside[0], inside[-1]) if len(inside) else (nearest, nearest)
    return bands
