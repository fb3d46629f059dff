"""What a measure declares of itself: its metrics, where they are shown, and how they are computed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.inference.framewise import Framewise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LOG = "log"
"""A line of the job that scores the test recordings."""
SUMMARY = "summary"
"""A column of the summary that the run prints."""
REPORT = "report"
"""The report's leading figures, its table of experiments and its table of species."""
CARD = "card"
"""A column of the model card's table of species."""


@dataclass(frozen=True)
class Scored:
    """Predictions, and what is known of the recordings that they are of.

    Attributes
    ----------
    recording_ids, species : sequence of str
        The rows and the columns.
    logits : ndarray, shape (n_recordings, n_species)
    truth, known : ndarray of bool, shape (n_recordings, n_species)
        Which species are confirmed, and for which each recording was reviewed, so that no label means absence.
    weights : ndarray, shape (n_recordings, n_replicates)
        Of the bootstrap.
    framewise : Framewise, optional
        Of the same recordings and species.
    boxes : DataFrame, optional
        recording_id, species, onset_s, offset_s, polarity (+1 or -1): the marks; None where the truth is complete.
    complete : ndarray of bool, shape (n_recordings,)
        Where the truth is complete in time.
    events : mapping of (str, str) to ndarray (n_events, 2), optional
        Onsets and offsets in seconds by (recording_id, species), merged where they overlap; all that was confirmed.
    thresholds : mapping of str to float, optional
        A framewise logit for each species.
    frame_share : float, optional
        The share of the highest framewise logit in a score, where each recording was scored by one network.
    """

    recording_ids: Sequence[str]
    species: Sequence[str]
    logits: Floats
    truth: Flags
    known: Flags
    weights: Floats
    framewise: Framewise | None
    boxes: pd.DataFrame | None
    complete: Flags
    events: Mapping[tuple[str, str], Floats] | None
    thresholds: Mapping[str, float] | None = None
    frame_share: float | None = None


@dataclass(frozen=True)
class Metric:
    """One figure, as tables of metrics name it.

    Attributes
    ----------
    name : str
        In the column `metric`.
    title : str
        For people; short enough for the head of a column.
    valid : str
        On which data it says what it seems to say.
    shown : frozenset of str
        Where people see it, beside the tables: of `LOG`, `SUMMARY`, `REPORT`, `CARD`.
    about : str
        A sentence for the report, where it is shown there.
    """

    name: str
    title: str
    valid: str
    shown: frozenset[str] = frozenset()
    about: str = ""


@dataclass(frozen=True)
class Measure:
    """Metrics that are computed together.

    Attributes
    ----------
    metrics : tuple of Metric
        All that `rows` may return.
    rows : callable
        Takes what was `Scored`, returns tables of metrics (`canopy.evaluation.metrics.rows.COLUMNS`); an empty list
        where its metrics are not valid.

    See Also
    --------
    canopy.evaluation.metrics.measures.registry : Names all measures.
    """

    metrics: tuple[Metric, ...]
    rows: Callable[[Scored], Sequence[pd.DataFrame]]
