"""Quality control of one audio file: it is decoded to its end."""

import os
from dataclasses import dataclass

import numpy as np

from canopy.data.audio.channels import Mix
from canopy.data.audio.file import FLOATING, AudioFile, BadRecording


@dataclass(frozen=True)
class Probe:
    """What decoding a file showed.

    `duration_s` is what could be decoded. All numbers are None when not even the header could be read;
    `problem` is empty for a usable file, else a sentence. `note` says what was assumed or left aside of a usable one.
    """

    duration_s: float | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    problem: str = ""
    note: str = ""


def probe(path: str | os.PathLike[str], *, channel: int | None = None) -> Probe:
    """Decode an audio file in blocks and say whether it can be used.

    Any number of channels, any rate and digital silence are fine, and so is a file whose extension
    names another format, as long as it decodes.

    Parameters
    ----------
    path : path-like
        The file.
    channel : int, optional
        As of `AudioFile`.

    Returns
    -------
    Probe
        Never raises for a bad file: what is wrong is in `problem`.
    """
    try:
        with AudioFile(path, channel=channel, checked=False) as recording:
            return _decode(recording)
    except BadRecording as bad:
        return Probe(problem=str(bad))


def _decode(recording: AudioFile) -> Probe:
    floating, mix = recording.subtype in FLOATING, Mix(recording.channels)
    decoded, first_bad, problem = 0, None, recording.problem
    decoded_s = recording.duration_s
    try:
        for block in recording.blocks():
            if floating and first_bad is None and not (finite := np.isfinite(block).all(axis=1)).all():
                first_bad = decoded + int(np.argmin(finite))
            if recording.channels > 1 and recording.channel is None and first_bad is None:
                mix.add(block)
            decoded += len(block)
    except BadRecording as bad:
        problem, decoded_s = str(bad), bad.decoded_s or 0.0
    if not problem and first_bad is not None:
        at_s = first_bad / recording.rate_hz
        problem = f"{recording.name} holds NaN or infinite samples (the first at {at_s:.2f} s): export it again"
    notes = [*recording.notes, *([f"{recording.name} {mix.warning()}"] if mix.warning() else [])]
    note = "" if problem else "; ".join(notes)
    return Probe(decoded_s, recording.rate_hz, recording.channels, problem, note)
