import json
from pathlib import Path


def make(folder: Path) -> None:
    data = {
        "collection_type": "annotation_set",
        "tags": [{"id": 0, "key": "bird", "value": "owl"}, {"id": 1, "key": "call", "value": "song"}],
        "recordings": [{"uuid": "r", "path": "rec0.wav", "duration": 10.0}],
        "clips": [{"uuid": "c", "recording": "r", "start_time": 0, "end_time": 10}],
        "clip_annotations": [{"uuid": "n", "clip": "c", "tags": [0, 1]}],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / "project.json").write_text(json.dumps({"data": data}), encoding="utf-8")
