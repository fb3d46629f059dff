import json
from pathlib import Path


def make(folder: Path) -> None:
    value = {"start": 1.0, "end": 1.8, "channel": 0}
    results = [
        [{"id": "a", "type": "labels", "value": value | {"labels": ["wren"]}}],
        [{"id": "b", "type": "region", "value": value}],
        [{"id": "c", "type": "timeserieslabels", "value": {"start": 2.0, "end": 3.0, "timeserieslabels": ["owl"]}}],
        [{"id": "d", "type": "labels", "value": value | {"labels": []}}],
        [
            {"id": "e", "type": "labels", "value": value | {"labels": ["owl"]}},
            {"id": "f", "type": "region", "value": value | {"start": 0.0}},
        ],
        [],
        [{"id": "g", "type": "choices", "value": {"choices": ["rain"]}}],
        [{"id": "h", "type": "rectanglelabels", "value": {"x": 1, "y": 2, "rectanglelabels": ["owl"]}}],
    ]
    tasks = [
        {
            "id": number,
            "data": {"audio": f"/data/upload/1/0d93a73{number}-rec{number}.wav"},
            "annotations": [{"result": result, "updated_at": "2024-05-01T00:00:00Z"}],
        }
        for number, result in enumerate(results)
    ]
    (folder / "annotations").mkdir()
    (folder / "annotations" / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
