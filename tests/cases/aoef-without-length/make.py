import json
from pathlib import Path


def make(folder: Path) -> None:
    data = {
        "collection_type": "annotation_set",
        "tags": [{"id": 0, "key": "species", "value": "owl"}],
        "recordings": [{"uuid": "r", "path": "rec0.wav", "duration": 10.0}],
        "clips": [{"uuid": "c", "recording": "r", "start_time": 0, "end_time": 10}],
        "sound_events": [{"uuid": "e", "geometry": {"type": "TimeStamp", "coordinates": 3.0}}],
        "sound_event_annotations": [{"uuid": "a", "sound_event": "e", "tags": [0]}],
        "clip_annotations": [{"clip": "c", "sound_events": ["a", "b"]}, {"clip": "d"}],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / "project.json").write_text(json.dumps({"data": data}), encoding="utf-8")
