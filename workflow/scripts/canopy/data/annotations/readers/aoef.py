"""AOEF, the JSON of soundevent and Whombat: sets and projects of annotations.

A sound event's box is a mark, of the species that its tag names; a clip's tag is a mark of the clip where no box in it
has that species. In a project, a clip counts as reviewed when its task is completed or verified. What belongs to a
rejected task is left out, and so are boxes that a detector drew in a task that nobody has completed.
"""

import json
from collections import defaultdict

from canopy.data.annotations.marks import ALL_OF_THE_BAND, Gathered, Mark, Source, tidy
from canopy.data.annotations.readers.aoef_export import Clip, Json, clips_of
from canopy.data.annotations.readers.reader import Reader
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

UNIT, CLIP = "sound event annotation", "clip annotation"
KEYS = (
    *("species", "dwc:scientificName", "scientific_name", "scientificName", "dwc:vernacularName", "common_name"),
    *("label", "class"),
)
"""Keys of tags that name a species: the first that a file has."""
ANNOTATED = ("annotation_project", "annotation_set", "evaluation_set")
SLACK_S = 0.5
"""Clips that leave less of a recording out have heard all of it."""


def recognises(source: Source) -> bool:
    """Whether a file is JSON with a collection of soundevent."""
    return source.text.lstrip().startswith("{") and '"collection_type"' in source.text


def read(source: Source, gathered: Gathered, *, species_column: str | None = None) -> None:
    """Read an annotation set or project.

    Parameters
    ----------
    source : Source
        The file.
    gathered : Gathered
        Takes the marks, a note of what was not read, and the complaints, which name an annotation by its place in the
        file, the first being 1.
    species_column : str, optional
        The key of the tags that name the species, where it is none of `KEYS`.

    Raises
    ------
    CanopyError
        The file is no such JSON, holds predictions, or no key tells which tags name species.
    """
    clips, wrong = clips_of(_data(source))
    for number, text in wrong:
        gathered.complaints.add(source.path, number, text, unit=CLIP, fix="export the project again")
    key = species_column or _key(clips, source)
    heard: dict[str, list[Clip]] = defaultdict(list)
    aside = {"rejected": 0, "by_detector": 0, "without": 0}
    for clip in clips:
        if not clip.recording.path:
            gathered.complaints.add(source.path, clip.number, "its recording has no path", unit=CLIP)
            continue
        recording_id = gathered.recording(clip.recording.path, source, clip.number, unit=CLIP)
        heard[recording_id].append(clip)
        if clip.state == "rejected":
            aside["rejected"] += len(clip.events) + len(_names(clip.tags, key))
            continue
        for event in clip.events:
            names = _names(event.tags, key)
            if event.by_detector and clip.state == "open":
                aside["by_detector"] += 1
            elif not names:
                aside["without"] += 1
                clip.unread = True
            elif event.box is None:
                gathered.complaints.add(
                    source.path, event.number, "its geometry has no length in time", unit=UNIT, fix="draw a box"
                )
            else:
                for name in names:
                    mark = Mark(recording_id, tidy(name), *event.box, 1, source.path, event.number)
                    gathered.add(mark, unit=UNIT)
        boxed = {name for event in clip.events for name in _names(event.tags, key)}
        for name in _names(clip.tags, key):
            if name not in boxed:
                where = clip.start_s, clip.end_s, *ALL_OF_THE_BAND
                gathered.add(Mark(recording_id, tidy(name), *where, 1, source.path, clip.number), unit=CLIP)
    for recording_id, own in heard.items():
        _review(recording_id, own, key, source, gathered)
    _tell(aside, key, source, gathered)


def _data(source: Source) -> Json:
    try:
        held = json.loads(source.text)
    except ValueError as error:
        raise CanopyError(f"{source.path} is not JSON ({error}): export it again") from None
    data = held.get("data") if isinstance(held, dict) else None
    kind = data.get("collection_type") if isinstance(data, dict) else None
    if not isinstance(data, dict) or kind not in ANNOTATED:
        raise CanopyError(
            f"{source.path} is AOEF of the kind {kind!r}, and annotations are of one of {', '.join(ANNOTATED)}; what a "
            "model predicted is no annotation: take the file out of the folder"
        )
    return data


def _key(clips: list[Clip], source: Source) -> str:
    """Return the key of the tags that name species."""
    tags = [tag for clip in clips for tag in (*clip.tags, *(tag for event in clip.events for tag in event.tags))]
    keys = list(dict.fromkeys(key for key, _ in tags))
    known = [key for key in KEYS if key in keys]
    if not keys or known or len(keys) == 1:
        return [*known, *keys, KEYS[0]][0]
    raise CanopyError(
        f"{source.path} has tags of the keys {listed(keys)}, and none is known to name species; say which with "
        "`annotations: {species_column: KEY}`"
    )


def _names(tags: list[tuple[str, str]], key: str) -> list[str]:
    return [value for own, value in tags if own == key]


def _review(recording_id: str, clips: list[Clip], key: str, source: Source, gathered: Gathered) -> None:
    """Note that a recording was heard and is empty, or that parts of it were not, or hold what is not understood."""
    end_s = 0.0
    for clip in sorted(clips, key=lambda one: one.start_s):
        if clip.state == "finished" and not clip.unread and clip.start_s <= end_s + SLACK_S:
            end_s = max(end_s, clip.end_s)
    if not clips[0].recording.duration_s or end_s + SLACK_S < clips[0].recording.duration_s:
        gathered.unread.add(recording_id)
    elif not any(clip.events or _names(clip.tags, key) for clip in clips):
        gathered.reviewed.setdefault(recording_id, source.path)


def _tell(aside: dict[str, int], key: str, source: Source, gathered: Gathered) -> None:
    reasons = {
        "rejected": "belong to rejected tasks",
        "by_detector": "were drawn by a detector, in tasks that nobody has completed",
        "without": f"have no tag {key!r}, and their recordings do not count as reviewed",
    }
    for why, reason in reasons.items():
        if aside[why]:
            gathered.notes.append(f"{source.path}: {aside[why]} annotations are left out, since they {reason}")


READER = Reader("aoef", recognises, read, options=("species_column",))
