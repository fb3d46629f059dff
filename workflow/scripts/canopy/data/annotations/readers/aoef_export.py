"""What an annotation set or project in AOEF holds: marks of sound events and clips, and how far it was heard.

Objects refer to each other by UUIDs, and to tags by numbers. What refers to nothing is complained of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from canopy.data.annotations.aoef import PROBABILITY

Json = dict[str, Any]
FINISHED, REJECTED = frozenset(["completed", "verified"]), "rejected"
"""States of a task."""
LATEST = 1e9
"""Times and frequencies lie below it."""


@dataclass(frozen=True)
class Recording:
    """A recording; AOEF divides its times by `expansion`, where a bat detector stored it slower."""

    path: str
    duration_s: float
    expansion: float


@dataclass(frozen=True)
class Event:
    """What somebody, or a detector, marked.

    Attributes
    ----------
    number : int
        Its place in the file, the first being 1.
    recording : Recording
    box : tuple of float, optional
        Onset and offset in seconds, low and high in Hz (infinite where it tells no band); None where it has none.
    tags : list of (str, str)
        Key and value of each.
    by_detector : bool
        Whether a detector of ours drew it.
    """

    number: int
    recording: Recording
    box: tuple[float, float, float, float] | None
    tags: list[tuple[str, str]]
    by_detector: bool


@dataclass
class Clip:
    """A stretch of a recording that was, or is to be, annotated.

    `state` is `finished`, `rejected` or `open`; a set without tasks has finished clips alone.
    """

    number: int
    recording: Recording
    start_s: float
    end_s: float
    state: str
    tags: list[tuple[str, str]]
    events: list[Event] = field(default_factory=list)
    unread: bool = False


def clips_of(data: Json) -> tuple[list[Clip], list[tuple[int, str]]]:
    """Return the annotated clips of a set or project, in the order of the file, and what is wrong by their numbers."""
    recordings = {str(one.get("uuid")): _recording(one) for one in objects(data.get("recordings"))}
    told = [one for one in objects(data.get("tags")) if isinstance(one.get("id"), int)]
    tags = {one["id"]: (str(one.get("key", "")), str(one.get("value", ""))) for one in told}
    sounds = {str(one.get("uuid")): one for one in objects(data.get("sound_events"))}
    marked = {
        str(one.get("uuid")): (number, one)
        for number, one in enumerate(objects(data.get("sound_event_annotations")), start=1)
    }
    stretches = {str(one.get("uuid")): one for one in objects(data.get("clips"))}
    states = _states(data)
    found, wrong = [], []
    for number, one in enumerate(objects(data.get("clip_annotations")), start=1):
        stretch = stretches.get(str(one.get("clip")), {})
        recording = recordings.get(str(stretch.get("recording")))
        start, end = number_of(stretch.get("start_time")), number_of(stretch.get("end_time"))
        if recording is None or start is None or end is None:
            wrong.append((number, "it names no clip of a recording that the file holds"))
            continue
        expansion = recording.expansion
        state = states.get(str(one.get("clip")), "open") if states is not None else "finished"
        clip = Clip(number, recording, start * expansion, end * expansion, state, _tags(one, tags))
        clip.unread = bool(one.get("sequences"))
        for name in _list(one.get("sound_events")):
            at, annotation = marked.get(str(name), (0, {}))
            sound = sounds.get(str(annotation.get("sound_event")))
            if sound is None:
                wrong.append((number, "it names a sound event that the file does not hold"))
                continue
            by_detector = isinstance(sound.get("features"), dict) and PROBABILITY in sound["features"]
            box = _box(sound.get("geometry"), expansion)
            clip.events.append(Event(at, recording, box, _tags(annotation, tags), by_detector))
        found.append(clip)
    return found, wrong


def objects(value: Any) -> list[Json]:
    """Return the objects of a list, of which there are none where it is no list."""
    return [one for one in _list(value) if isinstance(one, dict)]


def number_of(value: Any) -> float | None:
    """Return a number of a sensible size; None for all else."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and -LATEST < value < LATEST
    return float(value) if good else None


def _recording(one: Json) -> Recording:
    duration, expansion = number_of(one.get("duration")), number_of(one.get("time_expansion"))
    expansion = expansion if expansion and expansion > 0 else 1.0
    return Recording(str(one.get("path") or ""), (duration or 0.0) * expansion, expansion)


def _states(data: Json) -> dict[str, str] | None:
    """Return the state of each clip's task; None where the file is no project of tasks."""
    if data.get("collection_type") != "annotation_project":
        return None
    states = {}
    for task in objects(data.get("tasks")):
        badges = {str(badge.get("state")) for badge in objects(task.get("status_badges"))}
        state = REJECTED if REJECTED in badges else "finished" if badges & FINISHED else "open"
        states[str(task.get("clip"))] = state
    return states


def _tags(one: Json, tags: dict[Any, tuple[str, str]]) -> list[tuple[str, str]]:
    return [tags[tag] for tag in _list(one.get("tags")) if isinstance(tag, int) and tag in tags]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _box(geometry: Any, expansion: float) -> tuple[float, float, float, float] | None:
    """Return the box around a geometry, in the file's own seconds and Hz; None where it has no length in time."""
    if not isinstance(geometry, dict):
        return None
    kind, numbers = geometry.get("type"), list(_numbers(geometry.get("coordinates")))
    if None in numbers or len(numbers) < 2:
        return None
    inside = [one for one in numbers if one is not None]
    if kind == "TimeInterval":
        return inside[0] * expansion, inside[1] * expansion, -float("inf"), float("inf")
    if len(inside) % 2 or kind == "TimeStamp":
        return None
    times, bands = inside[::2], inside[1::2]  # of a bounding box too: start, low, end, high
    return min(times) * expansion, max(times) * expansion, min(bands) / expansion, max(bands) / expansion


def _numbers(value: Any) -> Iterator[float | None]:
    if isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    else:
        yield number_of(value)
