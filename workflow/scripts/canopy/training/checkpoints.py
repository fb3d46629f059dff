"""Checkpoints of a training: whole, written by rename, and only good for the job that wrote them."""

import contextlib
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from canopy.runtime.files import whole

UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile)
"""What reading a file raises that is not a checkpoint, or no longer a whole one."""


class Checkpoint:
    """The last finished epoch of one training.

    Parameters
    ----------
    path : path-like
        An `.npz` file outside the job's declared outputs, which Snakemake would delete before a rerun.
    fingerprint : str
        What the training depends on; a checkpoint with another one is ignored.
    """

    def __init__(self, path: str | os.PathLike[str], fingerprint: str) -> None:
        self.path, self.fingerprint = Path(path), fingerprint

    def save(self, variables: Sequence[Any], history: Sequence[Sequence[float | str]]) -> None:
        """Keep the variables' values and the history so far, replacing what was kept."""
        arrays = {f"v{number:05d}": np.asarray(variable) for number, variable in enumerate(variables)}
        note = json.dumps({"fingerprint": self.fingerprint, "history": history})
        with whole(self.path) as draft, open(draft, "wb") as handle:
            np.savez(handle, allow_pickle=False, note=np.frombuffer(note.encode(), np.uint8), **arrays)

    def restore(self, variables: Sequence[Any]) -> Sequence[Sequence[float | str]]:
        """Set the variables from what was kept and return its history; without any, return an empty one."""
        if not self.path.exists():
            return []
        try:
            with open(self.path, "rb") as handle, np.load(handle, allow_pickle=False) as kept:
                note = json.loads(kept["note"].tobytes())
                if note["fingerprint"] != self.fingerprint:
                    return []
                values = [kept[f"v{number:05d}"] for number in range(len(kept.files) - 1)]
        except UNREADABLE:
            return []
        fits = len(values) == len(variables) and all(
            tuple(value.shape) == tuple(variable.shape) for value, variable in zip(values, variables, strict=True)
        )
        if not fits:
            return []
        for value, variable in zip(values, variables, strict=True):
            variable.assign(value)
        return note["history"]


def forget_finished(results: str | os.PathLike[str]) -> None:
    """Remove the checkpoints of folds whose weights are there.

    A checkpoint outlives its job, until a whole run has succeeded: Snakemake deletes the outputs of a job that
    it could not record as finished, even if the training was at its end.
    """
    for path in Path(results, "checkpoints").glob("*/fold*.npz"):
        if Path(results, "experiments", path.parent.name, path.stem, "model.weights.h5").exists():
            with contextlib.suppress(OSError):  # it may lie where nothing can be written any more
                path.unlink()
