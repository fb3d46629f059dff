"""Recordings that are silent or clipped, or that fall silent when their channels are mixed."""

from collections.abc import Mapping

import numpy as np

from canopy.data.audio.channels import excerpts, mix_warning
from canopy.data.audio.file import AudioFile
from canopy.data.checks.findings import Findings

NEAR_FULL = 0.98
"""Share of full scale at which a sample may be clipped."""
SILENT_SHARE = 0.99
CLIPPED_SHARE = 0.0005
RUN = 3
"""Samples of the same extreme value in a row that make a clipped peak: no sound stands still there."""


def clipped_share(recording: AudioFile) -> float:
    """Return the share of samples in clipped peaks, over three excerpts of three seconds."""
    clipped = n = 0
    for block in excerpts(recording):
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


def check_levels(
    paths: Mapping[str, str],
    silent_shares: Mapping[str, float],
    findings: Findings,
    *,
    channel: int | None = None,
) -> None:
    """Report recordings that are silent or clipped, or whose channels do not go together.

    Parameters
    ----------
    paths : mapping of str to str
        The file of each recording.
    silent_shares : mapping of str to float
        Share of each recording's frames in which no band holds sound.
    findings : Findings
    channel : int, optional
        The channel that is heard, as of `canopy.data.audio.file.AudioFile`.
    """
    silence, clipping, mixing = "silent recordings", "clipped recordings", "mixed channels"
    findings.look(silence, len(silent_shares))
    for check in (clipping, mixing):
        findings.look(check, len(paths))
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
        with AudioFile(paths[name], channel=channel) as recording:
            share, warnings = clipped_share(recording), mix_warning(recording)
        for warning in warnings:
            findings.add("warning", mixing, f"{name}: {warning}", recording_id=name)
        if share >= CLIPPED_SHARE:
            findings.add(
                "note",
                clipping,
                f"{name} is clipped in {share:.2%} of the samples looked at: the recorder's gain was too high",
                recording_id=name,
                value=share,
            )
