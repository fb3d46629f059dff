"""Frames of many recordings on disk: one float16 array, one recording after another, and an index of which are whose.

Features and framewise logits are kept so. Writing needs the memory of what is written at once, not the array's.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from canopy.runtime.errors import CanopyError
from canopy.runtime.files import whole, write_table

FLOAT16_MAX = float(np.finfo(np.float16).max)


def write_frames(
    rows: Iterable[tuple[str, np.ndarray]],
    array_path: str | os.PathLike[str],
    *,
    n_bins: int,
    extra: dict[str, Any] | None = None,
    fix: str = "check the audio for NaN or infinite samples",
) -> pd.DataFrame:
    """Write recordings one after another into one array and its index.

    Parameters
    ----------
    rows : iterable of (str, numpy.ndarray)
        Recording ids and their values, each of shape `(n_frames, n_bins)`; drawn one at a time. What follows under the
        same id is more of the same recording.
    array_path : path-like
        The `.npy` file; the index lies beside it as `.csv`.
    n_bins : int
        Values per frame.
    extra : dict, optional
        Further columns of the index: a value for all recordings, or one for each.
    fix : str, optional
        What to do about a value that cannot be stored, for the error's text.

    Returns
    -------
    pandas.DataFrame
        The index: `recording_id, first_frame, n_frames` and the extra columns.

    Raises
    ------
    CanopyError
        If a value is not finite or does not fit float16.
    """
    array_path = Path(array_path)
    header = {"descr": "<f2", "fortran_order": False, "shape": (0, n_bins)}  # of one length, whatever the shape
    index: list[list[Any]] = []
    n_frames = 0
    with whole(array_path) as draft, open(draft, "wb") as handle:
        np.lib.format.write_array_header_1_0(handle, header)
        for recording_id, values in rows:
            if values.shape[1:] != (n_bins,):
                raise ValueError(
                    f"{recording_id}: values of shape {values.shape} in an array of {n_bins} values per frame"
                )
            peak = max(values.max(initial=0), -values.min(initial=0))
            if not peak <= FLOAT16_MAX:
                raise CanopyError(
                    f"recording {recording_id}: one of its values is {peak:g} in size, where at most "
                    f"{FLOAT16_MAX:g} can be stored; {fix}"
                )
            handle.write(np.ascontiguousarray(values, "<f2").data)
            if not index or index[-1][0] != recording_id:
                index.append([recording_id, n_frames, 0])
            index[-1][-1] += len(values)
            n_frames += len(values)
        handle.seek(0)
        np.lib.format.write_array_header_1_0(handle, {**header, "shape": (n_frames, n_bins)})
    table = pd.DataFrame(index, columns=["recording_id", "first_frame", "n_frames"]).assign(**(extra or {}))
    write_table(table, array_path.with_suffix(".csv"))
    return table
