import json
from pathlib import Path


def make(folder: Path) -> None:
    stretches = [(0, 0.0, 5.0), (0, 5.0, 10.0), (1, 0.0, 6.0), (2, 0.0, 5.0), (2, 5.0, 10.0), (3, 0.0, 1.0)]
    data = {
        "collection_type": "annotation_set",
        "tags": [{"id": 7, "key": "call", "value": "owl"}, {"id": 8, "key": "site", "value": "wood"}],
        "recordings": [
            {"uuid": f"r{n}", "path": f"rec{n}.wav", "duration": 10.0, "time_expansion": None} for n in range(3)
        ]
        + [{"uuid": "r3", "path": "rec3.wav", "duration": 1.0, "time_expansion": 10.0}],
        "clips": [
            {"uuid": f"c{n}", "recording": f"r{of}", "start_time": start, "end_time": end}
            for n, (of, start, end) in enumerate(stretches)
        ],
        "sound_events": [{"uuid": "e", "geometry": {"type": "BoundingBox", "coordinates": [0.1, 3e4, 0.2, 5e4]}}],
        "sound_event_annotations": [{"uuid": "a", "sound_event": "e", "tags": [7]}],
        "clip_annotations": [
            {"uuid": f"n{n}", "clip": f"c{n}", "tags": own, "sound_events": ["a"] if n == 5 else None}
            for n, own in enumerate([[8], [7], [], [], [], [7]])
        ],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / "project.json").write_text(json.dumps({"data": data}), encoding="utf-8")
