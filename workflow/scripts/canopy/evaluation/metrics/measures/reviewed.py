"""Recordings that were reviewed for a species: there, what is not labelled is absent."""

import pandas as pd

from canopy.evaluation.metrics.f1 import flag_counts
from canopy.evaluation.metrics.measures.measure import CARD, LOG, Measure, Metric, Scored
from canopy.evaluation.metrics.rows import f1_rows, recording_rows

REVIEWED = "recordings that were reviewed for the species, where any were"


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return average precision, ROC AUC and F1 over the recordings whose labels of a species are known."""
    truth, known, species = scored.truth, scored.known, scored.species
    counts = flag_counts(truth, scored.logits >= 0) * known[:, :, None]
    judged = [column for column in range(len(species)) if (truth & known)[:, column].any()]
    names = [species[column] for column in judged]
    return [
        recording_rows(truth, scored.logits, known, species, scored.weights),
        f1_rows("f1", counts[:, judged], names, scored.weights, known[:, judged].sum(axis=0).tolist()),
    ]


AVERAGE_PRECISION = Metric("average_precision", "AP of recordings", REVIEWED, frozenset({LOG, CARD}))
MEASURE = Measure(
    (
        AVERAGE_PRECISION,
        Metric("roc_auc", "ROC AUC of recordings", REVIEWED, frozenset({LOG})),
        Metric("f1_micro", "F1 of recordings, all species together", REVIEWED),
        Metric("f1", "F1 of recordings", REVIEWED),
    ),
    rows,
)
