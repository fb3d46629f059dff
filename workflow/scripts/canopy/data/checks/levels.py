"""Recordings that are silent, or clipped."""

import os
from collections.abc import Mapping

import numpy as np
import soundfile as sf

from canopy.data.checks.findings import Findings

EXCERPTS = 3
EXCERPT_S = 3.0
NEAR_FULL = 0.98
"""Share of full scale at which a sample may be clipped."""
SILENT_SHARE = 0.99
CLIPPED_SHARE = 0.0005
RUN = 3
"""Samples of the same extreme value in a row that make a clipped peak: no sound stands still there."""


def clipped_share(path: str | os.PathLike[str]) -> float:
    """Return the share of samples in clipped peaks, over three excerpts of three seconds.

    Parameters
    ----------
    path : path-like
        A recording that can be decoded.
    """
    with sf.SoundFile(path) as audio:
        length = min(audio.frames, int(EXCERPT_S * audio.samplerate))
        starts = np.linspace(0, audio.frames - length, EXCERPTS if audio.frames > length else 1).astype(int)
        clipped = n = 0
        for start in starts.tolist():
            audio.seek(start)
            block = audio.read(length, dtype="float32", always_2d=True)
            n += block.size
            clipped += sum(_in_clipped_runs(block[:, channel]) for channel in range(block.shape[1]))
    return clipped / max(n, 1)


def _in_clipped_runs(samples: np.ndarray) -> int:
    """Count samples in runs of at least `RUN` equal values near full scale."""
    loud = np.abs(samples) >= NEAR_FULL
    if not loud.any():
        return 0
    same = np.append(loud[1:] & (samples[1:] == samples[:-1]), False)
    change = np.diff(np.concatenate([[0], same.astype(np.int8), [0]]))
    lengths = np.flatnonzero(change == -1) - np.flatnonzero(change == 1) + 1
    return int(lengths[lengths >= RUN].sum())


def check_levels(paths: Mapping[str, str], silent_shares: Mapping[str, float], findings: Findings) -> None:
    """Report recordings that are silent, or clipped.

    Parameters
    ----------
    paths : mapping of str to str
        The file of each recording.
    silent_shares : mapping of str to float
        Share of each recording's frames in which no band holds sound.
    findings : Findings
    """
    silence, clipping = "silent recordings", "clipped recordings"
    findings.look(silence, len(silent_shares))
    findings.look(clipping, len(paths))
    for name in sorted(silent_shares):
        if silent_shares[name] >= SILENT_SHARE:
            findings.add(
                "warning",
                silence,
                f"{name} holds no sound in {silent_shares[name]:.0%} of its frames: a broken recorder or cable?",
                recording_id=name,
                value=silent_shares[name],
            )
    for name in sorted(paths):
        share = clipped_share(paths[name])
        if share >= CLIPPED_SHARE:
            findings.add(
                "note",
                clipping,
                f"{name} is clipped in {share:.2%} of the samples looked at: the recorder's gain was too high",
                recording_id=name,
                value=share,
            )
