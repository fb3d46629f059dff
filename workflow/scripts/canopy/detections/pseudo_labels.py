"""From a teacher's framewise scores to labels for its student: events where scores are high, and nothing else."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.config.pseudo import PseudoLabels
from canopy.data.annotations.unmarked import reviewed_species
from canopy.detections.segments import Segment, segments
from canopy.inference.framewise import Framewise
from canopy.inference.scores import AGAIN
from canopy.runtime.errors import CanopyError

COLUMNS = ("recording_id", "species", "onset_s", "offset_s", "probability")
Span = tuple[float, float]


def label_recordings(
    parts: Iterable[Framewise],
    rows: pd.DataFrame,
    species: Sequence[str],
    settings: PseudoLabels,
    *,
    annotated: bool,
) -> pd.DataFrame:
    """Return the events that framewise scores tell.

    Parameters
    ----------
    parts : iterable of Framewise
        Scores of different recordings.
    rows : pandas.DataFrame
        The training rows of the network that is to learn: `recording_id, species, onset_s, offset_s, polarity,
        reviewed, reviewed_species`.
    species : sequence of str
        The classes, in the order of the scores' columns.
    settings : PseudoLabels
    annotated : bool
        Whether the recordings of `rows` are labelled, and all others that have scores left aside; else the recordings
        have no annotations, and all are labelled.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, sorted by recording, time and species. An event reaches from half a frame before its first frame's
        centre, but not before 0, to half a frame after its last one's. What people have said counts more: an event
        that shares time with a box of its species, true or false, is left out, and so is one of a species whose
        calls in the recording are all marked.

    Raises
    ------
    CanopyError
        Where a recording has scores in two parts, or a recording without annotations has rows.
    """
    allowed = set(rows["recording_id"])
    told = _Told(rows)
    seen: set[str] = set()
    found: list[tuple[str, str, float, float, float]] = []
    for part in parts:
        for recording_id in part.index["recording_id"]:
            if (recording_id in allowed) != annotated:
                if not annotated:
                    raise CanopyError(f"recording {recording_id} has annotations and was to have none. {AGAIN}")
                continue
            if recording_id in seen:
                raise CanopyError(f"recording {recording_id} has scores of two teachers. {AGAIN}")
            seen.add(recording_id)
            found += _events(recording_id, part, species, settings, told)
    table = pd.DataFrame(found, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[2:], "float64"))
    return table.sort_values(["recording_id", "onset_s", "offset_s", "species"], kind="stable", ignore_index=True)


class _Told:
    """What people have said of each recording and species."""

    def __init__(self, rows: pd.DataFrame) -> None:
        boxes = rows[rows["polarity"] != 0]
        keys = zip(boxes["recording_id"], boxes["species"], strict=True)
        self._spans: dict[tuple[str, str], list[Span]] = {}
        for key, onset_s, offset_s in zip(keys, boxes["onset_s"], boxes["offset_s"], strict=True):
            self._spans.setdefault(key, []).append((onset_s, offset_s))
        firsts = rows.drop_duplicates("recording_id")
        reviews = zip(firsts["reviewed"], firsts["reviewed_species"], strict=True)
        self._reviews = dict(zip(firsts["recording_id"], reviews, strict=True))

    def knows(self, recording_id: str, species: str) -> bool:
        """Return whether all calls of a species in a recording are marked."""
        reviewed, names = self._reviews.get(recording_id, ("none", ""))
        return bool(reviewed_species(reviewed, names, [species])[0])

    def speaks(self, recording_id: str, species: str, onset_s: float, offset_s: float) -> bool:
        """Return whether a box of a species shares time with a span."""
        spans = self._spans.get((recording_id, species), ())
        return any(onset_s < last_s and first_s < offset_s for first_s, last_s in spans)


def _events(
    recording_id: str, part: Framewise, species: Sequence[str], settings: PseudoLabels, told: _Told
) -> Iterator[tuple[str, str, float, float, float]]:
    """Yield the rows of one recording."""
    frame_s = part.frame_s(recording_id)
    probabilities = expit(part.of(recording_id).astype(np.float32))
    for column in np.flatnonzero(probabilities.max(axis=0, initial=0.0) >= settings.threshold).tolist():
        name = species[column]
        if told.knows(recording_id, name):
            continue
        for event in _segments(probabilities[:, column], settings, frame_s):
            onset_s = max(round((event.first - 0.5) * frame_s, 6), 0.0)
            offset_s = round((event.last - 0.5) * frame_s, 6)
            if not told.speaks(recording_id, name, onset_s, offset_s):
                yield recording_id, name, onset_s, offset_s, round(float(probabilities[event.peak, column]), 6)


def _segments(probabilities: NDArray[np.float32], settings: PseudoLabels, frame_s: float) -> list[Segment]:
    return segments(
        probabilities,
        settings.threshold,
        extend=settings.extend,
        merge_gap=round(settings.merge_gap_s / frame_s),
        min_frames=max(1, round(settings.min_duration_s / frame_s)),
    )
