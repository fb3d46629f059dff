import json
from pathlib import Path


def make(folder: Path) -> None:
    data = {"collection_type": "prediction_set", "sound_event_predictions": []}
    (folder / "annotations").mkdir()
    (folder / "annotations" / "project.json").write_text(json.dumps({"data": data}), encoding="utf-8")
