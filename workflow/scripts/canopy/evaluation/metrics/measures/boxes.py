"""True against false boxes of a species: what partly labelled data can tell without guessing at the unlabelled rest."""

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.boxes import box_scores
from canopy.evaluation.metrics.f1 import flag_counts
from canopy.evaluation.metrics.measures.measure import CARD, REPORT, Measure, Metric, Scored
from canopy.evaluation.metrics.rows import curve_rows, f1_rows

PARTLY = "partly labelled data: confirmed against refuted boxes"


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return average precision, ROC AUC and F1 of boxes by the highest framewise logit inside; of marks alone."""
    if scored.boxes is None or scored.framewise is None:
        return []
    marked, species = scored.boxes, list(scored.species)
    row = pd.Index(list(scored.recording_ids)).get_indexer(pd.Index(marked.recording_id))
    logits = box_scores(marked, scored.framewise, species)
    of_species = [marked.species.to_numpy() == name for name in species]
    true = marked.polarity.to_numpy() > 0
    items = [(true[of], logits[of], row[of]) for of in of_species]
    counts = np.zeros((len(scored.recording_ids), len(species), 3), dtype=np.int64)
    for column, (of, values, of_rows) in enumerate(items):
        np.add.at(counts[:, column], of_rows, flag_counts(of, values >= 0))
    judged = [column for column, (of, _, _) in enumerate(items) if of.any() and not of.all()]
    return [
        curve_rows(AVERAGE_PRECISION.name, "box_roc_auc", items, species, scored.weights),
        f1_rows(
            "box_f1",
            counts[:, judged],
            [species[column] for column in judged],
            scored.weights,
            [len(np.unique(items[column][2])) for column in judged],
        ),
    ]


AVERAGE_PRECISION = Metric(
    "box_average_precision",
    "AP in boxes",
    PARTLY,
    frozenset({REPORT, CARD}),
    "AP in boxes is the average precision of telling confirmed boxes from refuted ones, the mean over species.",
)
MEASURE = Measure(
    (
        AVERAGE_PRECISION,
        Metric("box_roc_auc", "ROC AUC in boxes", PARTLY),
        Metric("box_f1_micro", "F1 in boxes, all species together", PARTLY),
        Metric("box_f1", "F1 in boxes", PARTLY),
    ),
    rows,
)
