import json
from pathlib import Path


def make(folder: Path) -> None:
    region = {"start": 1.0, "end": 2.0}
    results = [
        [
            {"id": "a", "type": "labels", "value": region | {"labels": ["owl"]}},
            {"id": "a", "type": "choices", "value": region | {"choices": ["loud"]}},
            {"id": "b", "type": "textarea", "value": {"text": ["windy"]}},
            {"type": "relation", "from_id": "a", "to_id": "a"},
        ],
        [{"id": "c", "type": "rating", "value": {"rating": 3}}],
        [],
    ]
    tasks = [{"data": {"audio": f"rec{n}.wav"}, "annotations": [{"result": one}]} for n, one in enumerate(results)]
    (folder / "annotations").mkdir()
    (folder / "annotations" / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
