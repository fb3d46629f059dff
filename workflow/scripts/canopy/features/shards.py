"""The shard store: one float16 array of many recordings' frames, and an index of which are whose.

A recording belongs to the shard that its id's hash names, so adding one touches one shard. An array
is memory-mapped by its readers; `canopy.runtime.arrays` writes it.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import read_table


class Store:
    """Read access to the shards of one feature set and subset.

    Parameters
    ----------
    array_paths : sequence of path-like
        The shards' `.npy` files; each index lies beside its array.

    Attributes
    ----------
    index : pandas.DataFrame
        `recording_id, first_frame, n_frames, shard` (the position in `array_paths`), indexed by recording_id.
    n_bins : int
        Values per frame.
    """

    def __init__(self, array_paths: Sequence[str | os.PathLike[str]]) -> None:
        self.arrays = [np.load(path, mmap_mode="r", allow_pickle=False) for path in array_paths]
        tables = [
            read_table(Path(path).with_suffix(".csv"))
            .astype({"first_frame": "int64", "n_frames": "int64"})
            .assign(shard=number)
            for number, path in enumerate(array_paths)
        ]
        if not tables:
            raise CanopyError("no feature shard was given")
        for path, array, table in zip(array_paths, self.arrays, tables, strict=True):
            if table["n_frames"].sum() != len(array):
                raise CanopyError(
                    f"{Path(path).with_suffix('.csv')} lists {table['n_frames'].sum()} frames and the array beside it "
                    f"holds {len(array)}: remove both, and run the same command again"
                )
        self.index = pd.concat(tables, ignore_index=True).set_index("recording_id", drop=False)
        self.n_bins = self.arrays[0].shape[1]
        columns = (self.index[name].tolist() for name in ("recording_id", "shard", "first_frame", "n_frames"))
        self._span = {name: (shard, first, n) for name, shard, first, n in zip(*columns, strict=True)}

    def __contains__(self, recording_id: str) -> bool:
        return recording_id in self._span

    def __getitem__(self, recording_id: str) -> np.ndarray:
        """Return a recording's frames, shape `(n_frames, n_bins)`, float16, still on disk."""
        shard, first, n_frames = self._span[recording_id]
        return self.arrays[shard][first : first + n_frames]

    def n_frames(self, recording_id: str) -> int:
        """Return the number of frames of a recording."""
        return self._span[recording_id][2]

    def ids(self) -> list[str]:
        """Return all recording ids, sorted."""
        return sorted(self._span)

    def blocks(self, recording_ids: Iterable[str], *, n_frames: int = 16384) -> Iterator[np.ndarray]:
        """Yield the values of those recordings that are here, in float64 blocks of at most `n_frames` frames."""
        for recording_id in recording_ids:
            values = self[recording_id] if recording_id in self else np.empty((0, self.n_bins))
            for start in range(0, len(values), n_frames):
                yield np.asarray(values[start : start + n_frames], np.float64)


def crop(values: np.ndarray, first_frame: int, n_frames: int, *, silent: bool = False) -> np.ndarray:
    """Cut a window out of a recording; outside it, the first and last frame are repeated.

    Parameters
    ----------
    values : numpy.ndarray
        Shape `(n_frames_recording, n_bins)`.
    first_frame, n_frames : int
        Where the window begins (it may be negative) and its length.
    silent : bool
        Zeros outside instead: a frame of samples that is repeated would hum.

    Returns
    -------
    numpy.ndarray
        Shape `(n_frames, n_bins)`.
    """
    last = first_frame + n_frames
    inside = values[max(first_frame, 0) : max(last, 0)]
    if len(inside) == n_frames:
        return inside
    rows = np.arange(first_frame, last)
    held = np.clip(rows, 0, len(values) - 1)
    return np.where((rows == held)[:, None], values[held], 0).astype(values.dtype) if silent else values[held]
