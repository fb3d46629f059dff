"""The vectors of all recordings of a folder, as `embed_applied` wrote them; they stay on the disk."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import read_table

Values = NDArray[np.float32]
VALUES_AT_ONCE = 1 << 22
"""How many values are in memory at once as float32, a fraction of which a block of windows is."""
FEW = 10
"""Of fewer windows the mean tells nothing."""
MANY = 1_000_000
"""From so many windows on, a person should know that all of them are read."""


class Windows:
    """All windows, in the order of their files' paths and of time.

    Parameters
    ----------
    arrays : sequence of path-like
        The shards' arrays; the index of each lies beside it.

    Attributes
    ----------
    recordings : DataFrame
        recording_id, path, audio, duration_s, window_s, hop_s, first_s, n_frames (its windows), `first` (the number of
        its first window), sorted by path. Copies of a recording and recordings that cannot be used have no windows.
    recording : ndarray of int, shape (n,)
        The row of each window's recording.
    onset_s, offset_s : ndarray of float, shape (n,)
        Of each window, inside its recording.
    number : ndarray of int, shape (n,)
        Of each window in its recording.

    Raises
    ------
    CanopyError
        An array and its index do not fit together.
    """

    def __init__(self, arrays: Sequence[str | os.PathLike[str]]) -> None:
        self._arrays = [np.load(path, mmap_mode="r", allow_pickle=False) for path in arrays]
        text = ["recording_id", "path", "audio", "copy_of", "problem"]
        tables = [read_table(Path(path).with_suffix(".csv"), text).assign(shard=at) for at, path in enumerate(arrays)]
        for path, array, one in zip(arrays, self._arrays, tables, strict=True):
            if one["n_frames"].sum() != len(array):
                raise CanopyError(
                    f"{path} holds {len(array)} windows and the table beside it lists {one['n_frames'].sum()}: remove "
                    "both, and run the same command again"
                )
        table = pd.concat(tables, ignore_index=True).sort_values("path", kind="stable", ignore_index=True)
        counts = table["n_frames"].to_numpy(np.int64)
        table["first"] = np.cumsum(counts) - counts
        self.recordings = table
        self.recording = np.repeat(np.arange(len(table)), counts)
        self.number = np.arange(int(counts.sum())) - np.repeat(table["first"].to_numpy(np.int64), counts)
        first_s, hop_s, window_s, duration_s = (
            np.repeat(table[name].to_numpy(float), counts) for name in ("first_s", "hop_s", "window_s", "duration_s")
        )
        begin_s = first_s + self.number * hop_s
        self.onset_s = np.clip(begin_s, 0, duration_s).round(6)
        self.offset_s = np.clip(begin_s + window_s, 0, duration_s).round(6)
        rows = {str(one): at for at, one in enumerate(table["recording_id"])}
        copies = zip(rows.items(), table["copy_of"], strict=True)
        self._row = {one: rows.get(original or one, at) for (one, at), original in copies}

    def __len__(self) -> int:
        return len(self.recording)

    def row(self, recording_id: str) -> int | None:
        """Return the row of a recording, or of the one whose copy it is; None where it is not listed."""
        return self._row.get(recording_id)

    def similarity(self, examples: Values) -> NDArray[np.float32]:
        """Return how similar each window is to the example that it is most similar to, by exact search.

        It is the cosine of the angle between them, seen from the mean of all windows: what all have in common, such as
        a recorder's noise, and what a network's values always are, tells nothing (Mu and Viswanath, 2018, "All-but-the-
        top: simple and effective postprocessing for word representations"). Of too few windows, seen from 0.

        Parameters
        ----------
        examples : ndarray of float32, shape (n_examples, n_values)
            Of unit length.

        Returns
        -------
        ndarray, shape (n,)
            From -1 to 1.
        """
        found = np.empty(len(self), np.float32)
        centre = self._mean() if len(self) >= FEW else np.float32(0)
        wanted = _unit(examples - centre)
        for shard, array in enumerate(self._arrays):
            mine = np.empty(len(array), np.float32)
            at_once = _at_once(array)
            for begin in range(0, len(array), at_once):
                block = _unit(np.asarray(array[begin : begin + at_once], np.float32) - centre)
                mine[begin : begin + at_once] = (block @ wanted.T).max(axis=1)
            rows = self.recordings[self.recordings["shard"] == shard]
            for first, start, n in zip(rows["first"], rows["first_frame"], rows["n_frames"], strict=True):
                found[first : first + n] = mine[start : start + n]
        return found

    def _mean(self) -> Values:
        total = np.zeros(self._arrays[0].shape[1])
        for array in self._arrays:
            for begin in range(0, len(array), _at_once(array)):
                total += np.asarray(array[begin : begin + _at_once(array)], np.float32).sum(axis=0, dtype=np.float64)
        return (total / len(self)).astype(np.float32)

    def vectors(self, stretches: pd.DataFrame) -> NDArray[np.float64]:
        """Return the vector of the window that is nearest to the middle of each stretch; 0 where there is none.

        Parameters
        ----------
        stretches : DataFrame
            recording_id, onset_s, offset_s.
        """
        n_values = max((array.shape[1] for array in self._arrays), default=0)
        found = np.zeros((len(stretches), n_values))
        middles = ((stretches["onset_s"] + stretches["offset_s"]) / 2).tolist()
        for at, (recording_id, middle_s) in enumerate(zip(stretches["recording_id"], middles, strict=True)):
            place = self.row(recording_id)
            row = None if place is None else self.recordings.iloc[place]
            if row is None or not row["n_frames"]:
                continue
            number = round((middle_s - row["first_s"] - row["window_s"] / 2) / row["hop_s"])
            number = min(max(number, 0), int(row["n_frames"]) - 1)
            found[at] = self._arrays[int(row["shard"])][int(row["first_frame"]) + number]
        return found


def _at_once(array: NDArray[np.float16]) -> int:
    return max(1, VALUES_AT_ONCE // max(array.shape[1], 1))


def _unit(vectors: Values) -> Values:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1), np.float32)
