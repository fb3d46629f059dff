"""Cutting detections out of their recordings."""

import os

import numpy as np
import soundfile as sf
import soxr
from numpy.typing import NDArray

from canopy.data.audio.file import AudioFile
from canopy.data.audio.part import Samples
from canopy.runtime.files import whole

SIXTEEN_BITS = ("PCM_16", "PCM_S8", "PCM_U8", "VORBIS", "OPUS", "MPEG_LAYER_III", "ULAW", "ALAW")
"""Formats of which 16 bits keep all that can be heard; others are written with 24."""
MOST_CHANNELS = 8
MOST_HZ, ANY_HZ, STEP_HZ = 655_350, 65_535, 10
"""FLAC has rates up to the first; all of them up to the second, and multiples of the third above."""


def cut(
    source: str | os.PathLike[str],
    clip: str | os.PathLike[str],
    onset_s: float,
    offset_s: float,
    *,
    context_s: float,
) -> tuple[float, float]:
    """Write a part of a recording as FLAC, with all its channels, at its own rate, as far as FLAC has such.

    Parameters
    ----------
    source, clip : path-like
    onset_s, offset_s : float
        The part, in seconds of the recording.
    context_s : float
        Seconds before and after it, as far as there are.

    Returns
    -------
    tuple of float
        Where the part begins and ends in the clip, in seconds.

    Raises
    ------
    CanopyError
        If the recording cannot be decoded.
    """
    with AudioFile(source) as recording:
        rate_hz, subtype = recording.rate_hz, recording.subtype
        first = max(0, round((onset_s - context_s) * rate_hz))
        last = min(recording.n_samples, round((offset_s + context_s) * rate_hz))
        samples = recording.read_channels(first, max(first, last))
    if samples.shape[1] > MOST_CHANNELS:
        samples = samples.mean(axis=1, keepdims=True)
    written_hz = flac_rate(rate_hz)
    if written_hz != rate_hz:
        samples = soxr.resample(samples, rate_hz, written_hz)
    kind = "PCM_16" if subtype in SIXTEEN_BITS else "PCM_24"
    with whole(clip, at_once=False) as draft:
        sf.write(draft, integers(samples, kind), written_hz, subtype=kind, format="FLAC")
    return onset_s - first / rate_hz, offset_s - first / rate_hz


def flac_rate(rate_hz: int) -> int:
    """Return the highest rate of FLAC that divides a rate, or nearly: those that it has as they are."""
    if rate_hz <= ANY_HZ:
        return rate_hz
    return rate_hz // -(-rate_hz // MOST_HZ) // STEP_HZ * STEP_HZ


def integers(samples: Samples, kind: str) -> NDArray[np.int16] | NDArray[np.int32]:
    """Return samples as integers of 16 bits, or of 24 in the upper ones of 32: those of an integer format as they were.

    Samples beyond full scale, which only formats with a floating point have, are made quieter, all by as much; what is
    no number is silent.
    """
    sound = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    sound /= max(1.0, float(np.abs(sound).max(initial=0.0)))
    bits = 16 if kind == "PCM_16" else 24
    full = 1 << (bits - 1)
    steps = np.clip(np.round(sound * full), -full, full - 1)
    return steps.astype(np.int16) if bits == 16 else steps.astype(np.int32) << 8
