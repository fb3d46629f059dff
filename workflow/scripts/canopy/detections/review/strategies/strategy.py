"""What a strategy is, and what several share."""

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vectors = Callable[[pd.DataFrame], Floats]
"""Gives each of some detections a place in a space in which alike ones are near: shape (n, n_dimensions)."""


@dataclass(frozen=True)
class Draw:
    """What was drawn of some candidates, and how likely that was of each.

    Attributes
    ----------
    drawn : Index
        Of the candidates that were drawn.
    chance : Series
        By candidate, the chance with which it would be drawn, over all draws that the lots may give: 1 for what is
        always drawn, 0 for what never is.
    """

    drawn: pd.Index
    chance: pd.Series


@dataclass(frozen=True)
class Strategy:
    """A way to draw.

    Attributes
    ----------
    name : str
        Of its key in `review`, and in the table's column `why`.
    draw : callable
        Takes candidates of one species (recording_id, path, onset_s, offset_s, likely, threshold, lot), how many to
        draw, and `Vectors` or None; returns a `Draw`. `lot` is a number between 0 and 1, drawn evenly, of which the
        lower is drawn first.
    """

    name: str
    draw: Callable[[pd.DataFrame, int, Vectors | None], Draw]


def always(candidates: pd.DataFrame, drawn: pd.Index) -> Draw:
    """Return a draw that no lot decides."""
    return Draw(drawn, pd.Series(np.where(candidates.index.isin(drawn), 1.0, 0.0), candidates.index))


def log_odds(probability: pd.Series) -> pd.Series:
    """Return the logarithm of the odds; of 0 and 1, those of a probability next to it."""
    kept = probability.clip(1e-9, 1 - 1e-9)
    return pd.Series(np.log(kept / (1 - kept)), index=probability.index)


def most_uncertain(candidates: pd.DataFrame, n: int) -> pd.Index:
    """Return the candidates whose probability is nearest to the threshold, from either side."""
    distance = (log_odds(candidates["likely"]) - log_odds(candidates["threshold"])).abs()
    return distance.sort_values(kind="stable").index[:n]


def lot(row: Mapping[Hashable, Any], seed: int) -> float:
    """Return a detection's lot, which depends on itself and the seed alone."""
    what = f"{seed} {row['recording_id']} {row['species']} {row['onset_s']:.3f}"
    return int.from_bytes(hashlib.blake2b(what.encode(), digest_size=8).digest()) / 2**64
