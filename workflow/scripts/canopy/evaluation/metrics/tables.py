"""Tables of metrics: `metric, species, value, low, high, n`, one row per number.

`canopy.evaluation.metrics.measures.registry` names all metrics, and says where each is valid.

An empty species marks the overall figure; for all but LWLRAP and PSDS that is the mean over the species that have both
kinds, and `..._micro` counts all species together. F1 is at probability 0.5. `n` counts the recordings behind a number.
docs/evaluation.md says what each figure means.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.events.truth import events_of
from canopy.evaluation.metrics.groups import group_weights
from canopy.evaluation.metrics.measures.measure import Scored
from canopy.evaluation.metrics.measures.registry import MEASURES
from canopy.evaluation.metrics.rows import join_rows
from canopy.evaluation.metrics.truth import check_species, label_matrix, reviewed_matrix
from canopy.inference.framewise import Framewise
from canopy.inference.scores import species_of


def oof_metrics(
    scores: pd.DataFrame,
    framewise: Framewise,
    *,
    annotations: pd.DataFrame,
    train_recordings: pd.DataFrame,
    groups: Mapping[str, str] | None = None,
    frame_share: float | None = None,
    replicates: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Return the metrics of out-of-fold predictions on partly or completely labelled data.

    Parameters
    ----------
    scores : DataFrame
        recording_id and one column of logits per species.
    framewise : Framewise
        Of the same recordings and species.
    annotations : DataFrame
        recording_id, species, onset_s, offset_s, polarity; boxes of recordings without scores are left aside.
    train_recordings : DataFrame
        recording_id, reviewed, species.
    groups : mapping of str to str, optional
        What the bootstrap draws, by recording id, such as sites; recordings without it.
    frame_share : float, optional
        The share of the highest framewise logit in a score, where each recording was scored by one network: then the
        highest clipwise logit follows from both, and has its own row.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
    """
    ids, species = scores.recording_id.tolist(), species_of(scores)
    logits = scores[species].to_numpy()
    weights = group_weights(ids, groups, replicates=replicates, seed=seed)
    marked = annotations[annotations.recording_id.isin(ids) & (annotations.polarity != 0)]
    check_species(marked, species)
    truth = label_matrix(marked[marked.polarity > 0], ids, species)
    known = reviewed_matrix(train_recordings, ids, species)
    whole = np.asarray(known.all(axis=1))
    scored = Scored(
        recording_ids=ids,
        species=species,
        logits=logits,
        truth=truth,
        known=known,
        weights=weights,
        framewise=framewise,
        boxes=marked,
        complete=whole,
        events=events_of(marked[marked.polarity > 0]),
        frame_share=frame_share,
    )
    return _measured(scored)


def truth_metrics(
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    framewise: Framewise | None = None,
    events: pd.DataFrame | None = None,
    thresholds: Mapping[str, float] | None = None,
    groups: Mapping[str, str] | None = None,
    replicates: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Return the metrics of predictions against complete truth.

    Parameters
    ----------
    scores : DataFrame
        recording_id and one column of logits per species.
    truth : DataFrame
        recording_id, species; one row per event. What is not there is absent.
    framewise : Framewise, optional
        Of the same recordings and species.
    events : DataFrame, optional
        recording_id, species, onset_s, offset_s: the events with their times, for metrics in time.
    thresholds : mapping of str to float, optional
        A framewise logit for each species, for the rows `..._calibrated`.
    groups : mapping of str to str, optional
        What the bootstrap draws, by recording id, such as sites; recordings without it.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
    """
    ids, species = scores.recording_id.tolist(), species_of(scores)
    logits = scores[species].to_numpy()
    weights = group_weights(ids, groups, replicates=replicates, seed=seed)
    labels = label_matrix(truth, ids, species)
    scored = Scored(
        recording_ids=ids,
        species=species,
        logits=logits,
        truth=labels,
        known=np.ones_like(labels),
        weights=weights,
        framewise=framewise,
        boxes=None,
        complete=np.ones(len(ids), dtype=bool),
        events=None if events is None else events_of(events),
        thresholds=thresholds,
    )
    return _measured(scored)


def _measured(scored: Scored) -> pd.DataFrame:
    return join_rows(*(table for measure in MEASURES for table in measure.rows(scored)))
