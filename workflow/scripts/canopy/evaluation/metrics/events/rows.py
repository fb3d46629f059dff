"""Rows of a table of metrics for events in time; where the truth is complete."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import SHARE, groups_behind, interval
from canopy.evaluation.metrics.boxes import box_frames
from canopy.evaluation.metrics.events import psds
from canopy.evaluation.metrics.events.counts import collar_counts, intersection_counts, segment_counts
from canopy.evaluation.metrics.events.detections import detect, duration_s
from canopy.evaluation.metrics.rows import f1_rows, join_rows, metric_rows
from canopy.inference.framewise import Framewise

Floats = NDArray[np.float64]
Events = Mapping[tuple[str, str], Floats]
SCENARIOS = {"psds1": psds.PSDS1, "psds2": psds.PSDS2}
NO_EVENTS: Floats = np.empty((0, 2))


def event_rows(
    framewise: Framewise,
    recording_ids: Sequence[str],
    events: Events,
    species: Sequence[str],
    weights: Floats,
    *,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return F1 of events by collars, segments and intersections, PSDS1 and PSDS2.

    Parameters
    ----------
    framewise : Framewise
    recording_ids : sequence of str
        Those whose truth is complete.
    events : mapping of (str, str) to ndarray (n_events, 2)
        Onsets and offsets in seconds by (recording_id, species), merged where they overlap.
    species : sequence of str
        The columns of the framewise logits. Those without any event are left out.
    weights : ndarray, shape (n_recordings, n_replicates)
        Of the bootstrap.
    thresholds : mapping of str to float, optional
        A framewise logit for each species: then there are rows `collar_f1_calibrated` and so on beside those at
        probability 0.5.

    Returns
    -------
    DataFrame
        Columns of `canopy.evaluation.metrics.rows.COLUMNS`; empty where there are no events.
    """
    present = {name for recording, name in events if recording in set(recording_ids)}
    columns = [column for column, name in enumerate(species) if name in present]
    names = [species[column] for column in columns]
    if not names:
        return join_rows()
    logits = {
        recording: (np.asarray(framewise.of(recording))[:, columns], framewise.frame_s(recording))
        for recording in recording_ids
    }
    rows = _f1_rows(logits, events, names, weights, dict.fromkeys(names, 0.0), "")
    if thresholds is not None:
        rows += _f1_rows(logits, events, names, weights, thresholds, "_calibrated")
    levels = [_levels(logits, events, name, column) for column, name in enumerate(names)]
    held = np.array([[(recording, name) in events for name in names] for recording in recording_ids])
    behind = groups_behind(np.column_stack([held.any(axis=1), held]), weights)
    for metric, scenario in SCENARIOS.items():
        counted = psds.count(logits, events, names, levels, scenario)
        found = interval(psds.statistic(counted, scenario), weights, behind=behind, bounds=SHARE)
        rows.append(metric_rows(metric, ["", *names], found, [len(recording_ids)] * (1 + len(names))))
    return join_rows(*rows)


def _f1_rows(
    logits: Mapping[str, tuple[NDArray[np.floating], float]],
    events: Events,
    species: Sequence[str],
    weights: Floats,
    thresholds: Mapping[str, float],
    suffix: str,
) -> list[pd.DataFrame]:
    counts = np.zeros((3, len(logits), len(species), 3), dtype=np.int64)
    for row, (recording, (frames, frame_s)) in enumerate(logits.items()):
        for column, name in enumerate(species):
            truth = events.get((recording, name), NO_EVENTS)
            found = detect(frames[:, column], thresholds[name], frame_s)
            if not len(found) and not len(truth):
                continue
            counts[0, row, column] = collar_counts(found, truth)
            counts[1, row, column] = segment_counts(found, truth, duration_s=duration_s(len(frames), frame_s))
            counts[2, row, column] = intersection_counts(found, truth)
    metrics = ("collar_f1", "segment_f1", "intersection_f1")
    return [f1_rows(metric + suffix, one, species, weights) for metric, one in zip(metrics, counts, strict=True)]


def _levels(logits: Mapping[str, tuple[NDArray[np.floating], float]], events: Events, name: str, column: int) -> Floats:
    """Return the thresholds at which a species is looked at."""
    peaks = np.array([frames[:, column].max() for frames, _ in logits.values()], dtype=float)
    inside = [
        frames[box_frames(onset_s, offset_s, frame_s=frame_s, n_frames=len(frames)), column]
        for recording, (frames, frame_s) in logits.items()
        for onset_s, offset_s in events.get((recording, name), NO_EVENTS)
    ]
    return psds.threshold_grid(peaks, np.concatenate(inside).astype(float) if inside else np.empty(0))
