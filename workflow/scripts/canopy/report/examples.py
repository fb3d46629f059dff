"""Which recordings the report shows, and what is drawn of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from canopy.data.annotations.classes import natural_sorted
from canopy.evaluation.metrics.ranking import label_precisions
from canopy.evaluation.metrics.truth import label_matrix
from canopy.inference.scores import species_of
from canopy.report.levels import axis_of, hop_of
from canopy.report.plots.examples import Box, Curve, Scene
from canopy.report.run import Run

MAX_CURVES = 6
LIKELIEST = 2
VIEW_S = 60.0

METHOD = (
    "The held-out recordings with a confirmed species are ranked by their label-ranking average precision (LRAP: 1 "
    "where the confirmed species score highest), and examples are taken at even steps from the lowest to the highest "
    "rank. Where recordings tie, those with more boxes rank higher."
)


@dataclass(frozen=True)
class Example:
    """A recording to show, with its place among the ranked recordings, 1 being the lowest LRAP."""

    recording_id: str
    lrap: float
    rank: int
    n_ranked: int


def rank_recordings(scores: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    """Rank recordings by how well their confirmed species lead their scores.

    Parameters
    ----------
    scores : DataFrame
        recording_id and one column of logits per species.
    annotations : DataFrame
        recording_id, species, polarity.

    Returns
    -------
    DataFrame
        recording_id, lrap, boxes; lowest LRAP first, of equals that with fewer boxes, then by id. Without the
        recordings that have no confirmed species.
    """
    ids, species = scores["recording_id"].tolist(), species_of(scores)
    truth = label_matrix(annotations[annotations["polarity"] > 0], ids, species)
    precisions = label_precisions(truth, scores[species].to_numpy())
    labelled = truth.any(axis=1)
    boxes = annotations.groupby("recording_id").size().reindex(ids, fill_value=0)
    ranked = pd.DataFrame(
        {
            "recording_id": np.array(ids, dtype=object)[labelled],
            "lrap": precisions[labelled].sum(axis=1) / truth[labelled].sum(axis=1),
            "boxes": boxes.to_numpy()[labelled],
        }
    )
    return ranked.sort_values(["lrap", "boxes", "recording_id"], ignore_index=True)


def choose_examples(ranked: pd.DataFrame, n_examples: int) -> list[Example]:
    """Take examples at even steps of the ranking, its first and last included; a single one from its middle."""
    last = len(ranked) - 1
    wanted = np.linspace(0, last, n_examples) if n_examples > 1 else np.full(n_examples, last / 2)
    places = sorted({int(place) for place in np.round(wanted)}) if len(ranked) else []
    return [
        Example(str(ranked["recording_id"][place]), float(ranked["lrap"][place]), place + 1, len(ranked))
        for place in places
    ]


def scene_of(run: Run, recording_id: str) -> Scene:
    """Gather what is drawn of one recording.

    Curves are of its confirmed species, of the two that score highest, and of its refuted ones, six at most. Of a
    recording longer than a minute, the minute with most boxes is shown.
    """
    rows = run.annotations[run.annotations["recording_id"] == recording_id]
    known = {name: _remark(rows[rows["species"] == name]) for name in natural_sorted(rows["species"])}
    scores = run.scores.loc[run.scores["recording_id"] == recording_id, run.classes].to_numpy()[0]
    likeliest = [run.classes[column] for column in np.argsort(-scores, kind="stable")[:LIKELIEST]]
    confirmed = [name for name, remark in known.items() if remark != "refuted"]
    shown = list(dict.fromkeys([*confirmed, *likeliest, *known]))[:MAX_CURVES]
    logits = np.asarray(run.framewise.of(recording_id), dtype=float)
    level_db = run.level_db(recording_id)
    hop_s = hop_of(run.features)
    length_s = (len(level_db) - 1) * hop_s
    boxes = tuple(
        Box(row["species"], row["onset_s"], row["offset_s"], row["low_hz"], row["high_hz"], row["polarity"] > 0)
        for row in rows.to_dict("records")
    )
    return Scene(
        level_db=level_db,
        hop_s=hop_s,
        axis=axis_of(run.features),
        boxes=boxes,
        curves=tuple(
            Curve(name, known.get(name, "not annotated"), expit(logits[:, run.classes.index(name)])) for name in shown
        ),
        frame_s=run.framewise.frame_s(recording_id),
        view_s=view(boxes, length_s),
    )


def view(boxes: Sequence[Box], length_s: float) -> tuple[float, float]:
    """Return from when to when a recording is shown: all of it, or the minute in which most boxes begin and end."""
    if length_s <= VIEW_S:
        return 0.0, length_s
    starts = [0.0, *(min(max(0.0, box.onset_s - 1), length_s - VIEW_S) for box in boxes)]

    def inside(start_s: float) -> int:
        return sum(start_s <= box.onset_s and box.offset_s <= start_s + VIEW_S for box in boxes)

    start_s = max(starts, key=lambda start_s: (inside(start_s), -start_s))
    return start_s, start_s + VIEW_S


def _remark(boxes: pd.DataFrame) -> str:
    """Tell what a recording's boxes of one species say of it."""
    kinds = {1: "confirmed", -1: "refuted"}
    return " and ".join(kinds[polarity] for polarity in (1, -1) if (boxes["polarity"] == polarity).any())
