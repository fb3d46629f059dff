"""Accuracy, where each recording has exactly one label, as in ESC-50."""

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.measures.measure import SUMMARY, Flags, Floats, Measure, Metric, Scored
from canopy.evaluation.metrics.proportions import proportion


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return `accuracy_rows`, out of fold."""
    if scored.boxes is None:
        return []
    return accuracy_rows(scored.truth, scored.logits, scored.known, scored.weights)


def accuracy_rows(truth: Flags, logits: Floats, known: Flags, weights: Floats) -> list[pd.DataFrame]:
    """Return the share of recordings whose own species has the highest score, as a table of metrics with one row.

    Parameters
    ----------
    truth, logits, known : ndarray, shape (n_recordings, n_species)
        Labels, scores, and where a label is known.
    weights : ndarray, shape (n_recordings, n_replicates)

    Returns
    -------
    list of DataFrame
        None where a recording has no label or several, or where a species may be present without a label; a tie for
        the highest score is no hit.
    """
    if not len(truth) or not known.all() or not (truth.sum(axis=1) == 1).all():
        return []
    own = logits[truth]
    hits = own > np.where(truth, -np.inf, logits).max(axis=1)
    found = proportion(hits, np.ones(len(hits), dtype=bool), weights)
    value, low, high = (float(one) for one in (found.value, found.low, found.high))
    row = {"metric": "accuracy", "species": "", "value": value, "low": low, "high": high, "n": len(truth)}
    return [pd.DataFrame([row])]


MEASURE = Measure(
    (
        Metric(
            "accuracy",
            "accuracy",
            "out of fold, where each recording has exactly one label, and all are known",
            frozenset({SUMMARY}),
        ),
    ),
    rows,
)
