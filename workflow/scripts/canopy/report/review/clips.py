"""The rows of a table of clips, as the review page holds them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from canopy.detections.review.place import review_clips
from canopy.detections.review.state import number_of, state_of
from canopy.report.review.media import media

MOST = 1000
"""Clips in a page: each takes some 40 kB."""

Curve = Callable[[str, str, float, float], dict[str, Any] | None]
"""From recording, species and two times in seconds to the score curve between them."""


def page_clips(
    rows: Sequence[Mapping[str, str]], folder: Path, *, curve: Curve, channel: int | None = None, most: int = MOST
) -> list[dict[str, Any]]:
    """Return what the page needs of each clip, ready for JSON.

    Parameters
    ----------
    rows : sequence of mapping
        Of `canopy.detections.review.table.ReviewTable`.
    folder : Path
        The review's.
    curve : callable
    channel : int, optional
        The channel to hear, as of `canopy.data.audio.file.AudioFile`.
    most : int
        Of more clips, those without a verdict come first, and then the last ones.

    Returns
    -------
    list of dict
        In the order of the table: clip, asked, why, recording, probability, similarity; start (of the clip in its
        recording, in seconds); onset, offset, low, high (the box, in seconds of the recording and Hz, or null); `row`,
        what the table says of it (see `canopy.detections.review.state`); curve; and what `canopy.report.review.media`
        returns.
    """
    judged = [at for at, row in enumerate(rows) if row.get("verdict", "").strip()]
    waiting = sorted(set(range(len(rows))) - set(judged))[:most]
    kept = sorted([*waiting, *judged[len(judged) - min(len(judged), most - len(waiting)) :]])
    return [_clip(rows[at], folder, curve, channel) for at in kept if rows[at].get("clip", "").strip()]


def _clip(row: Mapping[str, str], folder: Path, curve: Curve, channel: int | None) -> dict[str, Any]:
    name = row["clip"].strip()
    asked = row.get("asked", "").strip() or row.get("species", "").strip()
    onset_s, offset_s = number_of(row.get("onset_s")), number_of(row.get("offset_s"))
    low_hz, high_hz = number_of(row.get("low_hz")), number_of(row.get("high_hz"))
    seen = media(review_clips(folder) / name, low_hz=low_hz, high_hz=high_hz, channel=channel)
    start_s = number_of(row.get("clip_start_s"))
    if start_s is None:  # a table of an earlier version
        start_s = (onset_s or 0.0) - (number_of(row.get("clip_onset_s")) or 0.0)
    end_s = start_s + seen.get("duration", 0.0)
    return {
        "clip": name,
        "asked": asked,
        "why": row.get("why", ""),
        "recording": row.get("recording_id", "").strip(),
        "probability": number_of(row.get("probability")),
        "similarity": number_of(row.get("similarity")),
        "start": round(start_s, 4),
        "onset": onset_s,
        "offset": offset_s,
        "low": low_hz,
        "high": high_hz,
        "row": state_of(row),
        "curve": curve(row.get("recording_id", "").strip(), asked, start_s, end_s),
        **seen,
    }
