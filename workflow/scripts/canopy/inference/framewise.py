"""Framewise logits on disk: one float16 array of all recordings, one after another, with an index beside it.

Arrays are mapped, read and written a recording at a time, so that memory does not grow with their number.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.inference.interpolation import on_grid
from canopy.inference.scores import AGAIN, check_same_recordings
from canopy.runtime.arrays import write_frames
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import read_table

INDEX_COLUMNS = ["recording_id", "first_frame", "n_frames", "frame_s"]


@dataclass(frozen=True)
class Framewise:
    """Framewise logits of many recordings.

    Attributes
    ----------
    values : ndarray of float16, shape (n_frames_total, n_species)
        Usually mapped from a file.
    index : DataFrame
        recording_id, first_frame, n_frames, frame_s (seconds from frame to frame; frame `i` of a recording is centred
        at `i * frame_s`).
    """

    values: NDArray[np.float16]
    index: pd.DataFrame

    @cached_property
    def _rows(self) -> dict[str, tuple[int, int, float]]:
        columns = (self.index[name].tolist() for name in INDEX_COLUMNS)
        return {recording: (first, count, step_s) for recording, first, count, step_s in zip(*columns, strict=True)}

    def of(self, recording_id: str) -> NDArray[np.float16]:
        """Return the logits (n_frames, n_species) of one recording."""
        first, count, _ = self._rows[recording_id]
        return self.values[first : first + count]

    def frame_s(self, recording_id: str) -> float:
        """Return the seconds from frame to frame of one recording."""
        return self._rows[recording_id][2]


def read_framewise(path: str | os.PathLike[str]) -> Framewise:
    """Map framewise logits, with the index that lies beside them under the suffix .csv.

    Raises
    ------
    CanopyError
        Where array and index do not fit together.
    """
    beside = Path(path).with_suffix(".csv")
    index = read_table(beside)
    values = np.load(path, mmap_mode="r", allow_pickle=False)
    if list(index.columns) != INDEX_COLUMNS or int(index.n_frames.sum()) != len(values):
        raise CanopyError(
            f"{path} holds {len(values)} frames, which {beside} does not account for: its columns must be "
            f"{', '.join(INDEX_COLUMNS)}, and its n_frames must add up to that. {AGAIN}"
        )
    return Framewise(values, index)


def write_framewise(
    rows: Iterable[tuple[str, NDArray[np.floating]]],
    path: str | os.PathLike[str],
    *,
    n_species: int,
    frame_s: float | Sequence[float],
) -> None:
    """Write framewise logits and their index, a recording at a time.

    Parameters
    ----------
    rows : iterable of (str, ndarray)
        Recording ids and their logits (n_frames, n_species), in the order to write; drawn one at a time.
    path : path-like
        The .npy file; the index is written beside it with the suffix .csv.
    n_species : int
    frame_s : float or sequence of float
        Seconds from frame to frame, of all recordings or of each.
    """
    fix = "a network has diverged: lower its `optimizer: learning_rate:`"
    write_frames(rows, path, n_bins=n_species, extra={"frame_s": frame_s}, fix=fix)


def join_framewise(parts: Mapping[str, Framewise], path: str | os.PathLike[str]) -> None:
    """Write the frames of parts of different recordings as one array, sorted by recording_id.

    `parts` are named as errors call them.
    """
    owner = {recording: part for part in parts.values() for recording in part.index.recording_id}
    index = pd.concat([part.index for part in parts.values()], ignore_index=True)
    index = index.sort_values("recording_id", kind="stable", ignore_index=True)
    rows = ((recording, owner[recording].of(recording)) for recording in index.recording_id)
    write_framewise(rows, path, n_species=_n_species(parts), frame_s=index.frame_s.tolist())


def combine_framewise(
    parts: Mapping[str, Framewise],
    coefficients: Sequence[float] | NDArray[np.float64],
    path: str | os.PathLike[str],
) -> None:
    """Write the sum of coefficient x logits over parts of the same recordings, sorted by recording_id.

    Parts may differ in their frames: each recording gets the frames of the finest part (the first of equals), and the
    others are interpolated linearly between their frame centres, their ends held.

    Parameters
    ----------
    parts : mapping of str to Framewise
        By the name that errors call it.
    coefficients : sequence of float
        One per part.
    path : path-like
        The .npy file; the index is written beside it with the suffix .csv.

    Raises
    ------
    CanopyError
        Where the parts differ in their recordings or their number of species.
    """
    check_same_recordings({name: part.index.recording_id for name, part in parts.items()})
    members = list(parts.values())

    def finest(recording: str) -> Framewise:
        return min(members, key=lambda part: part.frame_s(recording))

    def combined(recording: str) -> NDArray[np.float32]:
        grid = finest(recording)
        total = np.zeros(grid.of(recording).shape, dtype=np.float32)
        for part, coefficient in zip(members, coefficients, strict=True):
            total += np.float32(coefficient) * _on_grid(part, recording, grid)
        return total

    recordings = sorted(members[0].index.recording_id)
    rows = ((recording, combined(recording)) for recording in recordings)
    write_framewise(rows, path, n_species=_n_species(parts), frame_s=[finest(one).frame_s(one) for one in recordings])


def _n_species(parts: Mapping[str, Framewise]) -> int:
    (first_name, first), *others = parts.items()
    for name, part in others:
        if part.values.shape[1] != first.values.shape[1]:
            raise CanopyError(
                f"{name} has {part.values.shape[1]} species, {first_name} has {first.values.shape[1]}; "
                f"it must be the same number. {AGAIN}"
            )
    return first.values.shape[1]


def _on_grid(part: Framewise, recording: str, grid: Framewise) -> NDArray[np.float32]:
    """Return one recording's logits at the frame centres that it has in `grid`."""
    wanted = range(len(grid.of(recording)))
    logits = part.of(recording).astype(np.float32)
    return on_grid(logits, range(len(logits)), part.frame_s(recording), wanted, grid.frame_s(recording))
