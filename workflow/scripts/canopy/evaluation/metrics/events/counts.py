"""Hits, false alarms and misses of detected events, by three ways of saying what agrees.

Each takes detections and truth of one species in one recording, as arrays (n, 2) of onsets and offsets in seconds, and
returns the counts (true positives, false positives, false negatives). Times are compared to the microsecond.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

Floats = NDArray[np.float64]
DECIMALS = 6


def overlaps(detected: Floats, truth: Floats) -> Floats:
    """Return the seconds that each detection shares with each event, (n_detected, n_events)."""
    start = np.maximum(detected[:, None, 0], truth[None, :, 0])
    stop = np.minimum(detected[:, None, 1], truth[None, :, 1])
    return np.maximum(stop - start, 0.0)


def collar_counts(
    detected: Floats,
    truth: Floats,
    *,
    onset_collar_s: float = 0.2,
    offset_collar_s: float = 0.2,
    offset_collar_share: float = 0.2,
) -> tuple[int, int, int]:
    """Count events whose onset and offset were found.

    Mesaros, Heittola and Virtanen, 2016, "Metrics for polyphonic sound event detection".
    The onset must lie within its collar, the offset within its own or a share of the event's length, whichever is
    larger. Each event is found by at most one detection; the matching is the largest there is.
    """
    collar_s = np.maximum(offset_collar_s, offset_collar_share * (truth[:, 1] - truth[:, 0]))
    onset = np.abs(detected[:, None, 0] - truth[None, :, 0]) - onset_collar_s
    offset = np.abs(detected[:, None, 1] - truth[None, :, 1]) - collar_s[None]
    hits = (np.round(onset, DECIMALS) <= 0) & (np.round(offset, DECIMALS) <= 0)
    found = int((maximum_bipartite_matching(csr_array(hits.astype(np.int8))) >= 0).sum()) if hits.any() else 0
    return found, len(detected) - found, len(truth) - found


def segment_counts(
    detected: Floats, truth: Floats, *, duration_s: float, segment_s: float = 1.0
) -> tuple[int, int, int]:
    """Count segments of a fixed length in which something was detected, and in which something was there.

    A segment counts as active where any part of it is; the last one may reach beyond the recording's end.
    """
    n_segments = int(np.ceil(np.round(duration_s / segment_s, DECIMALS)))
    bounds = np.round(np.arange(n_segments + 1) * segment_s, DECIMALS)
    segments = np.stack([bounds[:-1], bounds[1:]], axis=1)
    fired = (np.round(overlaps(segments, detected), DECIMALS) > 0).any(axis=1)
    true = (np.round(overlaps(segments, truth), DECIMALS) > 0).any(axis=1)
    return int((fired & true).sum()), int((fired & ~true).sum()), int((~fired & true).sum())


def intersection_counts(
    detected: Floats, truth: Floats, *, detection_share: float = 0.5, event_share: float = 0.5
) -> tuple[int, int, int]:
    """Count events by how much they and the detections overlap.

    Bilen et al., 2020, "A framework for the robust evaluation of sound event detection".
    A detection is relevant where at least `detection_share` of it lies in events; an event is found where relevant
    detections cover at least `event_share` of it. Detections that are not relevant are false alarms.
    """
    shared = overlaps(detected, truth)
    length, event_length = (np.diff(times, axis=1)[:, 0] for times in (detected, truth))
    relevant = np.round(shared.sum(axis=1), DECIMALS) >= np.round(detection_share * length, DECIMALS)
    covered = np.round(shared[relevant].sum(axis=0), DECIMALS)
    found = int((covered >= np.round(event_share * event_length, DECIMALS)).sum())
    return found, int((~relevant).sum()), len(truth) - found
