"""Giving back what was scored, a recording at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from canopy.data.recordings.chunks import chunk_starts
from canopy.inference.apply.kept import Chunk, Kept
from canopy.package.manifest import Member
from canopy.runtime.errors import CanopyError

VALUES_AT_ONCE = 1 << 24
"""How many framewise logits are in memory at once."""


def chunks(kept: Kept, audio: str, chunk_s: int, duration_s: float) -> Iterator[Chunk]:
    """Yield the chunks of a recording in order.

    Raises
    ------
    CanopyError
        One is gone.
    """
    for start_s in chunk_starts(duration_s, chunk_s):
        chunk = kept.read(audio, chunk_s, start_s)
        if chunk is None:
            raise CanopyError(
                f"{kept.path(audio, chunk_s, start_s)}, which `apply` kept, is missing or damaged: "
                "run the same command with `--forcerun apply_shard` and what is missing is computed again"
            )
        yield chunk


def maxima(found: Iterator[Chunk]) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Return each network's highest clipwise and framewise logits `(n_networks, n_species)`, and the frames."""
    first = next(found)
    clips, peaks, n_frames = first.clips, first.peaks, len(first.frames)
    for chunk in found:
        clips, peaks = np.maximum(clips, chunk.clips), np.maximum(peaks, chunk.peaks)
        n_frames += len(chunk.frames)
    return clips, peaks, n_frames


def columns(
    kept: Kept, audio: str, chunk_s: int, duration_s: float, *, n_frames: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the framewise logits `(n_frames,)` of each class in turn, with its number.

    A long recording of many classes is read several times, some classes at a time.
    """
    n_species = next(chunks(kept, audio, chunk_s, duration_s)).frames.shape[1]
    at_once = max(1, VALUES_AT_ONCE // n_frames)
    for start in range(0, n_species, at_once):
        these = slice(start, min(start + at_once, n_species))
        block = np.concatenate([chunk.frames[:, these].copy() for chunk in chunks(kept, audio, chunk_s, duration_s)])
        for number in range(block.shape[1]):
            yield start + number, block[:, number].astype(np.float32)


def recording_logits(
    clips: NDArray[np.float32], peaks: NDArray[np.float32], members: Sequence[Member]
) -> NDArray[np.float64]:
    """Return a recording's logits, as the workflow scores its test recordings.

    Parameters
    ----------
    clips, peaks : ndarray, shape (n_networks, n_species)
        Each network's highest clipwise and highest framewise logit in the whole recording.
    members : sequence of Member
        Whose networks stand one after another.

    Returns
    -------
    ndarray, shape (n_species,)
    """
    total, first = np.zeros(clips.shape[1]), 0
    for member in members:
        mine = slice(first, first + member.folds)
        first += member.folds
        share = float(member.prediction["frame_share"])
        total += member.coefficient * ((1 - share) * clips[mine] + share * peaks[mine]).mean(axis=0)
    return total
