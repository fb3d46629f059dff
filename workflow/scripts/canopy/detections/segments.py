"""Where framewise probabilities make a detection."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BLUR = ("early_s", "late_s")
"""Columns of `calibration.csv`: by how many seconds detections begin too early and end too late."""


@dataclass(frozen=True)
class Segment:
    """Frames `first` to `last - 1`, the highest of which is `peak`."""

    first: int
    last: int
    peak: int


def smoothed(logits: Floats, n_frames: int) -> Floats:
    """Return the running median over `n_frames` frames (rounded up to an odd number); the ends are repeated."""
    width = n_frames + 1 - n_frames % 2
    return scipy.ndimage.median_filter(logits, size=width, mode="nearest") if width > 1 else logits


def segments(
    probabilities: NDArray[np.floating],
    threshold: float,
    *,
    extend: float = 1.0,
    relative_to_peak: float = 0.0,
    merge_gap: int = 0,
    min_frames: int = 1,
) -> list[Segment]:
    """Find the stretches of frames that make a detection.

    Parameters
    ----------
    probabilities : ndarray, shape (n_frames,)
    threshold : float
        What the highest frame of a detection reaches.
    extend : float
        A detection takes in all neighbouring frames that reach this share of the threshold (hysteresis).
    relative_to_peak : float
        Of these it keeps those around its highest frame, up to the first that falls below this share of it.
    merge_gap : int
        Detections with at most so many frames between them are one.
    min_frames : int
        Shorter ones are dropped.

    Returns
    -------
    list of Segment
        In the order of time, not overlapping.
    """
    found: list[Segment] = []
    for first, last in runs(probabilities >= threshold * min(extend, 1.0)):
        peak = first + int(np.argmax(probabilities[first:last]))
        if probabilities[peak] < threshold:
            continue
        if relative_to_peak > 0:
            inside = probabilities[first:last] >= relative_to_peak * probabilities[peak]
            parts = [part for part in runs(inside) if (probabilities[first:last][slice(*part)] >= threshold).any()]
        else:
            parts = [(0, last - first)]
        for start, stop in parts:
            top = first + start + int(np.argmax(probabilities[first + start : first + stop]))
            found.append(Segment(first + start, first + stop, top))
    merged: list[Segment] = []
    for segment in found:
        if merged and segment.first - merged[-1].last <= merge_gap:
            before = merged.pop()
            peak = before.peak if probabilities[before.peak] >= probabilities[segment.peak] else segment.peak
            segment = Segment(before.first, segment.last, peak)
        merged.append(segment)
    return [segment for segment in merged if segment.last - segment.first >= min_frames]


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and one past the last index of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def trimmed(
    onset_s: float, offset_s: float, early_s: float, late_s: float, *, least_s: float, duration_s: float
) -> tuple[float, float]:
    """Return a detection's times without what it begins too early and ends too late; it keeps `least_s` at least."""
    onset, offset = max(onset_s + early_s, 0.0), min(offset_s - late_s, duration_s)
    return (onset, offset) if offset - onset >= least_s else (onset_s, offset_s)
