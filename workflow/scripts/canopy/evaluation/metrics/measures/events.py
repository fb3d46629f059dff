"""Events in time, where the truth is complete."""

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.events.rows import event_rows
from canopy.evaluation.metrics.measures.measure import Measure, Metric, Scored

COMPLETE = "recordings reviewed for all species: events in time"
CALIBRATED = "the ensemble's test recordings: the same at each species' own threshold"
F1 = {
    "collar_f1": "collar F1",
    "segment_f1": "segment F1",
    "intersection_f1": "intersection F1",
}


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return F1 by collars, segments and intersections, PSDS1 and PSDS2; of recordings whose truth is complete."""
    if scored.framewise is None or scored.events is None:
        return []
    whole = np.flatnonzero(scored.complete)
    recording_ids = [scored.recording_ids[row] for row in whole.tolist()]
    weights = scored.weights[scored.complete]
    inside = set(recording_ids)
    events = {pair: times for pair, times in scored.events.items() if pair[0] in inside}
    return [event_rows(scored.framewise, recording_ids, events, scored.species, weights, thresholds=scored.thresholds)]


MEASURE = Measure(
    (
        *(
            Metric(f"{name}{suffix}{micro}", f"{title}{about}{together}", valid)
            for suffix, about, valid in (("", "", COMPLETE), ("_calibrated", ", calibrated", CALIBRATED))
            for name, title in F1.items()
            for micro, together in (("_micro", ", all species together"), ("", ""))
        ),
        Metric("psds1", "PSDS1", COMPLETE),
        Metric("psds2", "PSDS2", COMPLETE),
    ),
    rows,
)
