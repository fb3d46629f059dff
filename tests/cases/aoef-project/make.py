import json
from pathlib import Path


def make(folder: Path) -> None:
    shapes = [
        {"type": "BoundingBox", "coordinates": [1.0, 500.0, 2.0, 900.0]},
        {"type": "TimeInterval", "coordinates": [3.0, 4.0]},
        {"type": "Polygon", "coordinates": [[[5.0, 700.0], [6.5, 400.0], [6.0, 1200.0]]]},
        {"type": "BoundingBox", "coordinates": [1.0, 500.0, 2.0, 900.0]},
        {"type": "BoundingBox", "coordinates": [1.0, 500.0, 2.0, 900.0]},
        {"type": "BoundingBox", "coordinates": [7.0, 500.0, 8.0, 900.0]},
        {"type": "BoundingBox", "coordinates": [1.0, 500.0, 2.0, 900.0]},
    ]
    tags = [[0, 2], [1], [0], [0], [0], [0], [2]]
    by_detector = (0, 4)
    events = [
        {"uuid": f"e{n}", "geometry": shape, "features": {"canopy_probability": 0.9} if n in by_detector else {}}
        for n, shape in enumerate(shapes)
    ]
    of_clips = [["a0", "a1", "a2"], ["a3"], ["a4", "a5"], [], ["a6"], []]
    states = [["assigned", "completed"], ["completed", "rejected"], ["assigned"], ["verified"], ["completed"], []]
    data = {
        "collection_type": "annotation_project",
        "tags": [
            {"id": 0, "key": "species", "value": "owl"},
            {"id": 1, "key": "species", "value": "wren"},
            {"id": 2, "key": "quality", "value": "good"},
        ],
        "recordings": [{"uuid": f"r{n}", "path": f"D:\\card\\rec{n}.wav", "duration": 10.0} for n in range(6)],
        "clips": [{"uuid": f"c{n}", "recording": f"r{n}", "start_time": 0.0, "end_time": 10.0} for n in range(6)],
        "sound_events": events,
        "sound_event_annotations": [
            {"uuid": f"a{n}", "sound_event": f"e{n}", "tags": own} for n, own in enumerate(tags)
        ],
        "clip_annotations": [{"uuid": f"n{n}", "clip": f"c{n}", "sound_events": own} for n, own in enumerate(of_clips)],
        "tasks": [{"clip": f"c{n}", "status_badges": [{"state": one} for one in own]} for n, own in enumerate(states)],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / "project.json").write_text(json.dumps({"data": data}), encoding="utf-8")
