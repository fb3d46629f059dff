"""LWLRAP of recording scores, and of the two parts of these alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.measures.measure import LOG, REPORT, SUMMARY, Floats, Measure, Metric, Scored
from canopy.evaluation.metrics.rows import lwlrap_rows
from canopy.inference.framewise import Framewise

ANYWHERE = "everywhere: labels ranked within their recording, what is not labelled taken as absent"


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return LWLRAP overall and by species, and that of the highest framewise and, where it follows, clipwise logit."""
    found = [lwlrap_rows(scored.truth, scored.logits, scored.species, scored.weights)]
    if scored.framewise is None:
        return found
    peaks = frame_peaks(scored.framewise, scored.recording_ids)
    parts = {"lwlrap_frame": peaks}
    share = scored.frame_share
    if share is not None and share < 1:
        parts["lwlrap_clip"] = (scored.logits - share * peaks) / (1 - share)
    found += [
        lwlrap_rows(scored.truth, part, (), scored.weights, metric=name) for name, part in parts.items() if len(part)
    ]
    return found


def frame_peaks(framewise: Framewise, recording_ids: Sequence[str]) -> Floats:
    """Return each recording's highest framewise logit of each species, (n_recordings, n_species)."""
    return np.array([framewise.of(recording).max(axis=0) for recording in recording_ids], dtype=float)


HEADLINE = Metric(
    "lwlrap",
    "LWLRAP",
    ANYWHERE,
    frozenset({LOG, SUMMARY, REPORT}),
    "LWLRAP is the label-weighted label-ranking average precision, taken once over all labels of all recordings: 1 "
    "where the species that are there always score highest.",
)
MEASURE = Measure(
    (
        HEADLINE,
        Metric("lwlrap_frame", "LWLRAP of frames", "everywhere: the same of the highest framewise logit alone"),
        Metric("lwlrap_clip", "LWLRAP of clips", "an experiment, out of fold: the same of the highest clipwise logit"),
    ),
    rows,
)
