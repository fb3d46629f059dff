"""Scores instead of detections: of whole recordings as RFCX wants them, of stretches as BirdCLEF does."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table

BIRDCLEF_STRETCH_S = 5


def write_rfcx_rows(probabilities: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write one row per recording: `recording_id`, then one column of probabilities per species.

    Parameters
    ----------
    probabilities : pandas.DataFrame
        Those columns, in the order to write.
    path : path-like
        The file.
    """
    _check(probabilities, "recording_id")
    write_table(probabilities, path)


def write_birdclef_rows(probabilities: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write one row per stretch: `row_id` (`<stem>_<end second>`), then one column of probabilities per species.

    Parameters
    ----------
    probabilities : pandas.DataFrame
        The rows of `birdclef_rows` of all recordings.
    path : path-like
        The file.
    """
    _check(probabilities, "row_id")
    write_table(probabilities, path)


def birdclef_rows(stem: str, probabilities: NDArray[np.floating], species: Sequence[str]) -> pd.DataFrame:
    """Return one recording's rows from the probabilities of its stretches.

    Parameters
    ----------
    stem : str
        The recording's file name without extension.
    probabilities : ndarray, shape (n_stretches, n_species)
        As `stretch_maxima` gives them, of stretches of `BIRDCLEF_STRETCH_S` seconds.
    species : sequence of str

    Returns
    -------
    pandas.DataFrame
        `row_id` and one column per species.

    Examples
    --------
    >>> birdclef_rows("site_1", np.array([[0.5], [0.25]]), ["owl"])["row_id"].tolist()
    ['site_1_5', 'site_1_10']
    """
    table = pd.DataFrame(np.asarray(probabilities, float), columns=list(species))
    ends = (1 + np.arange(len(table))) * BIRDCLEF_STRETCH_S
    table.insert(0, "row_id", [f"{Path(stem).name}_{end}" for end in ends])
    return table


def stretch_maxima(
    frames: NDArray[np.floating], *, frame_s: float, duration_s: float, stretch_s: float = BIRDCLEF_STRETCH_S
) -> NDArray[np.floating]:
    """Return the highest framewise score in each stretch of a recording.

    Parameters
    ----------
    frames : ndarray, shape (n_frames, n_species)
        Frame `i` is centred at `i * frame_s`.
    frame_s : float
        Seconds from frame to frame, at most `stretch_s`.
    duration_s : float
        Length of the recording; the last stretch may be shorter than the others, and the frame at its very
        end belongs to it.
    stretch_s : float
        Length of a stretch.

    Returns
    -------
    ndarray, shape (n_stretches, n_species)
    """
    if not 0 < frame_s <= stretch_s or not len(frames):
        raise ValueError(f"frames of {frame_s} s do not fill stretches of {stretch_s} s, or there are none")
    n_stretches = max(1, math.ceil(duration_s / stretch_s - 1e-6))
    owner = np.minimum(((np.arange(len(frames)) * frame_s + 1e-9) // stretch_s).astype(int), n_stretches - 1)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    return np.maximum.reduceat(frames, first, axis=0)


def _check(probabilities: pd.DataFrame, key: str) -> None:
    if list(probabilities.columns[:1]) != [key]:
        raise CanopyError(f"scores must begin with the column {key}, and begin with {probabilities.columns[0]!r}")
    again = probabilities[key][probabilities[key].duplicated()]
    if len(again):
        raise CanopyError(f"scores have the {key} {again.iloc[0]} more than once: it must stand once")
    values = probabilities.drop(columns=key).to_numpy(float)
    if not ((values >= 0) & (values <= 1)).all():
        raise CanopyError("scores to submit must be probabilities from 0 to 1: apply the sigmoid or the calibrators")
