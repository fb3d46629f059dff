"""Windows of time of recordings that were reviewed for a species: those with a call must score above those without."""

import pandas as pd

from canopy.evaluation.metrics.measures.measure import LOG, REPORT, Measure, Metric, Scored
from canopy.evaluation.metrics.rows import curve_rows
from canopy.evaluation.metrics.windows import windows

REVIEWED = "windows of 5 s of recordings that were reviewed for the species, where any were"


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return average precision and ROC AUC of windows by their highest framewise logit."""
    if scored.framewise is None or scored.events is None or not scored.known.any():
        return []
    cut = windows(scored.framewise, scored.recording_ids, scored.events, scored.known, scored.species)
    return [curve_rows(AVERAGE_PRECISION.name, "window_roc_auc", cut.items(), scored.species, scored.weights)]


AVERAGE_PRECISION = Metric(
    "window_average_precision",
    "AP over time",
    REVIEWED,
    frozenset({LOG, REPORT}),
    "AP over time is the average precision of telling windows of 5 s with a call from those without, the mean over "
    "species.",
)
MEASURE = Measure((AVERAGE_PRECISION, Metric("window_roc_auc", "ROC AUC over time", REVIEWED)), rows)
