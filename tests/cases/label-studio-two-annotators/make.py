import json
from pathlib import Path


def make(folder: Path) -> None:
    def entry(number: int, annotator: int, changed: str, *labels: str) -> dict:
        regions = [{"start": 1.0 + annotator, "end": 2.0 + annotator, "channel": 0, "labels": [one]} for one in labels]
        task = {
            "audio": f"/data/local-files/?d=field/rec{number}.wav",
            "id": number,
            "site": "plot 3",
            "label": regions,
        }
        own = {"annotator": annotator, "annotation_id": 10 * number + annotator}
        return task | own | {"created_at": "2024-05-01T00:00:00Z", "updated_at": changed, "lead_time": 3.0}

    tasks = [
        entry(0, 2, "2024-05-03T00:00:00Z", "owl"),
        entry(0, 1, "2024-05-02T00:00:00Z", "wren"),
        entry(1, 1, "2024-05-02T00:00:00Z", "wren"),
        entry(1, 2, "2024-05-04T00:00:00Z"),
        entry(2, 1, "2024-05-02T00:00:00Z", "wren"),
    ]
    comment = {"start": 2.0, "end": 3.0, "channel": 0, "text": ["faint"]}
    tasks[-1]["remark"] = [comment]
    (folder / "annotations").mkdir()
    (folder / "annotations" / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
