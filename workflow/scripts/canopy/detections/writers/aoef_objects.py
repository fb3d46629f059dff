"""What AOEF holds of recordings and detections, whatever is said of them.

Source of the format: the schema of soundevent 2.10.0. Every UUID is named by what it stands for, so that the same
detections give the same bytes, and a dataset and its project agree.
"""

import json
import math
import os
import uuid
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.data.annotations.aoef import PROBABILITY, SPECIES, VERSION
from canopy.detections.writers.detections import checked, per_recording, with_likely
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_text

Json = dict[str, Any]
Row = Mapping[Hashable, Any]
Told = list[tuple[Json, list[tuple[Json, Row]]]]
"""Each recording's clip with its recording, and its sound events with the detections that they are of."""


def told_of(detections: pd.DataFrame, recordings: pd.DataFrame) -> Told:
    """Return what the usable recordings hold; raises a CanopyError where one has no duration, rate or channels."""
    rows = with_likely(checked(detections))
    told: Told = []
    for recording, own in per_recording(rows, recordings):
        sound = _recording(recording)
        clip = {
            "uuid": name_of("clip", sound["uuid"]),
            "recording": sound,
            "start_time": 0.0,
            "end_time": sound["duration"],
        }
        told.append((clip, list(_events(own, sound))))
    return told


def _recording(recording: pd.Series) -> Json:
    path = os.path.abspath(recording["path"])
    for name in ("duration_s", "sample_rate_hz", "channels"):
        if pd.isna(recording[name]):
            raise CanopyError(
                f"recording {recording['recording_id']} has no {name}, which AOEF needs: list the recordings again"
            )
    return {
        "uuid": name_of("recording", path),
        "path": path,
        "duration": float(recording["duration_s"]),
        "channels": int(recording["channels"]),
        "samplerate": int(recording["sample_rate_hz"]),
    }


def _events(rows: pd.DataFrame, sound: Json) -> Iterator[tuple[Json, Row]]:
    for at, row in enumerate(rows.to_dict("records")):
        onset_s, offset_s, low_hz, high_hz = (float(row[name]) for name in ("onset_s", "offset_s", "low_hz", "high_hz"))
        geometry: Json = {"type": "TimeInterval", "coordinates": [onset_s, offset_s]}
        if not (math.isnan(low_hz) and math.isnan(high_hz)):
            band = (0.0 if math.isnan(low_hz) else low_hz, sound["samplerate"] / 2 if math.isnan(high_hz) else high_hz)
            geometry = {"type": "BoundingBox", "coordinates": [onset_s, band[0], offset_s, band[1]]}
        yield (
            {
                "uuid": name_of("event", sound["uuid"], str(at), str(row["species"]), f"{onset_s!r}"),
                "recording": sound["uuid"],
                "geometry": geometry,
                "features": {PROBABILITY: float(row["likely"])},
            },
            row,
        )


def tags_of(detections: pd.DataFrame, species: Sequence[str]) -> dict[str, int]:
    """Return the number of each class's tag."""
    names = dict.fromkeys([*species, *sorted(set(detections["species"]))])
    return {name: number for number, name in enumerate(names)}


def shared(told: Told, tags: dict[str, int]) -> Json:
    """Return what predictions and annotations have alike."""
    return {
        "tags": [{"id": number, "key": SPECIES, "value": name} for name, number in tags.items()],
        "recordings": [clip["recording"] for clip, _ in told],
        "clips": [{**clip, "recording": clip["recording"]["uuid"]} for clip, _ in told],
        "sound_events": [event for _, events in told for event, _ in events],
    }


def of_clip(kind: str, clip: Json, own: list[Json]) -> Json:
    """Return what is said of a recording's clip."""
    return {
        "uuid": name_of(kind, clip["uuid"]),
        "clip": clip["uuid"],
        "sound_events": [one["uuid"] for one in own],
    }


def name_of(*parts: str) -> str:
    """Return the UUID of what some words name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(("canopy", *parts))))


def write_json(data: Json, folder: str | os.PathLike[str], name: str) -> Path:
    """Write a collection as a file of AOEF."""
    path = Path(folder) / name
    write_text(json.dumps({"version": VERSION, "data": data}, ensure_ascii=False) + "\n", path)
    return path
