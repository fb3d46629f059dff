"""What was scored, kept by chunk under the fingerprints of the audio and of all that made the scores."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.runtime.digest import digest
from canopy.runtime.files import whole


@dataclass(frozen=True)
class Chunk:
    """The scores of a chunk.

    Attributes
    ----------
    frames : ndarray of float16, shape (n_frames, n_species)
        Framewise logits of the ensemble.
    clips, peaks : ndarray of float32, shape (n_networks, n_species)
        Each network's highest clipwise and highest framewise logit.
    """

    frames: NDArray[np.float16]
    clips: NDArray[np.float32]
    peaks: NDArray[np.float32]


class Kept:
    """A folder of scored chunks. It may be removed at any time: that costs computing the chunks anew.

    Parameters
    ----------
    folder : path-like
    scoring : str
        The fingerprint of all that makes scores of samples: networks, their settings, code.
    """

    def __init__(self, folder: str | os.PathLike[str], scoring: str) -> None:
        self.folder = Path(folder) / scoring

    def path(self, audio: str, chunk_s: int, start_s: int) -> Path:
        """Return the file of a chunk of the recording whose audio has that fingerprint."""
        name = digest(audio, chunk_s)
        return self.folder / name[:2] / name / f"{start_s}.npz"

    def read(self, audio: str, chunk_s: int, start_s: int) -> Chunk | None:
        """Return a chunk, or None where it is not kept or its file is damaged."""
        try:
            with (
                open(self.path(audio, chunk_s, start_s), "rb") as handle,
                np.load(handle, allow_pickle=False) as held,
            ):
                return Chunk(held["frames"], held["clips"], held["peaks"])
        except (FileNotFoundError, zipfile.BadZipFile, KeyError, ValueError, EOFError):
            return None

    def write(self, chunk: Chunk, audio: str, chunk_s: int, start_s: int) -> None:
        """Keep a chunk, whole or not at all. Runs that apply the same model to copies of a recording may meet here."""
        with whole(self.path(audio, chunk_s, start_s), shared=True) as draft, open(draft, "wb") as handle:
            np.savez(handle, frames=chunk.frames, clips=chunk.clips, peaks=chunk.peaks)
