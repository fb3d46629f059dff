"""Tables of metrics: `metric, species, value, low, high, n`, one row per number.

| metric | over | where |
| --- | --- | --- |
| lwlrap | labels ranked within their recording, what is not labelled taken as absent | everywhere |
| lwlrap_frame | the same of the highest framewise logit alone | everywhere |
| lwlrap_clip | the same of the highest clipwise logit alone | an experiment, out of fold |
| box_average_precision, box_roc_auc, box_f1 | true against false boxes of a species | partly labelled data |
| average_precision, roc_auc, f1 | recordings that were reviewed for a species | where any were |
| accuracy | recordings whose own species scores highest | where each has exactly one label, and all are known |
| event_f1, segment_f1, intersection_f1, psds1, psds2 | events in time | recordings reviewed for all species |

An empty species marks the overall figure; for all but LWLRAP and PSDS that is the mean over the species that have both
kinds, and `..._micro` counts all species together. F1 is at probability 0.5. `n` counts the recordings behind a number.
docs/evaluation.md says what each figure means.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics import boxes as in_boxes
from canopy.evaluation.metrics.accuracy import accuracy_rows
from canopy.evaluation.metrics.events.rows import event_rows
from canopy.evaluation.metrics.events.truth import events_of
from canopy.evaluation.metrics.f1 import flag_counts
from canopy.evaluation.metrics.groups import group_weights
from canopy.evaluation.metrics.rows import curve_rows, f1_rows, join_rows, lwlrap_rows, recording_rows
from canopy.evaluation.metrics.truth import check_species, label_matrix, reviewed_matrix
from canopy.inference.framewise import Framewise
from canopy.inference.scores import species_of

Floats = NDArray[np.float64]


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
    peaks = frame_peaks(framewise, ids)
    whole = known.all(axis=1)
    complete = marked[(marked.polarity > 0) & marked.recording_id.isin(np.asarray(ids, dtype=object)[whole])]
    return join_rows(
        lwlrap_rows(truth, logits, species, weights),
        *_seed_rows(truth, logits, peaks, frame_share, weights),
        *_box_rows(marked, framewise, ids, species, weights),
        *_known_rows(truth, logits, known, species, weights),
        *accuracy_rows(truth, logits, known, weights),
        event_rows(
            framewise,
            [ids[row] for row in np.flatnonzero(whole)],
            events_of(complete),
            species,
            weights[whole],
        ),
    )


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
    tables = [lwlrap_rows(labels, logits, species, weights)]
    if framewise is not None:
        tables += _seed_rows(labels, logits, frame_peaks(framewise, ids), None, weights)
    tables += _known_rows(labels, logits, np.ones_like(labels), species, weights)
    if framewise is not None and events is not None:
        tables.append(event_rows(framewise, ids, events_of(events), species, weights, thresholds=thresholds))
    return join_rows(*tables)


def frame_peaks(framewise: Framewise, recording_ids: list[str]) -> Floats:
    """Return each recording's highest framewise logit of each species, (n_recordings, n_species)."""
    return np.array([framewise.of(recording).max(axis=0) for recording in recording_ids], dtype=float)


def _seed_rows(
    truth: NDArray[np.bool_], logits: Floats, peaks: Floats, frame_share: float | None, weights: Floats
) -> list[pd.DataFrame]:
    """Return the overall LWLRAP of the highest framewise logit and, where it follows, of the highest clipwise one."""
    parts = {"lwlrap_frame": peaks}
    if frame_share is not None and frame_share < 1:
        parts["lwlrap_clip"] = (logits - frame_share * peaks) / (1 - frame_share)
    return [lwlrap_rows(truth, part, (), weights, metric=name) for name, part in parts.items() if len(part)]


def _box_rows(
    marked: pd.DataFrame, framewise: Framewise, ids: list[str], species: list[str], weights: Floats
) -> list[pd.DataFrame]:
    row = pd.Index(ids).get_indexer(pd.Index(marked.recording_id))
    logits = in_boxes.box_scores(marked, framewise, species)
    of_species = [marked.species.to_numpy() == name for name in species]
    true = marked.polarity.to_numpy() > 0
    items = [(true[of], logits[of], row[of]) for of in of_species]
    counts = np.zeros((len(ids), len(species), 3), dtype=np.int64)
    for column, (of, values, rows) in enumerate(items):
        np.add.at(counts[:, column], rows, flag_counts(of, values >= 0))
    judged = [column for column, (of, _, _) in enumerate(items) if of.any() and not of.all()]
    return [
        curve_rows("box_average_precision", "box_roc_auc", items, species, weights),
        f1_rows(
            "box_f1",
            counts[:, judged],
            [species[column] for column in judged],
            weights,
            [len(np.unique(items[column][2])) for column in judged],
        ),
    ]


def _known_rows(
    truth: NDArray[np.bool_], logits: Floats, known: NDArray[np.bool_], species: list[str], weights: Floats
) -> list[pd.DataFrame]:
    """Return the metrics over the recordings whose labels of a species are known."""
    counts = flag_counts(truth, logits >= 0) * known[:, :, None]
    judged = [column for column in range(len(species)) if (truth & known)[:, column].any()]
    names = [species[column] for column in judged]
    return [
        recording_rows(truth, logits, known, species, weights),
        f1_rows("f1", counts[:, judged], names, weights, known[:, judged].sum(axis=0).tolist()),
    ]
