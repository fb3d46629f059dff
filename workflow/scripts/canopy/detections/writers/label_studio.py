"""Detections as predictions of Label Studio's tasks, and the labelling configuration that they need.

Source of the format: Label Studio's manual, "Import pre-annotated data into Label Studio". It has times and no
frequencies. Sounds are named as local files below the root of the disk.
"""

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pandas as pd

from canopy.detections.writers.detections import checked, per_recording, with_likely
from canopy.runtime.files import write_text

MODEL = "canopy"
LABELS, SOUND = "label", "audio"
"""The names of the tags that a prediction's regions belong to."""
LOCAL = "/data/local-files/?d="


def write_label_studio(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.label_studio.json`, a task a recording, and `label_studio.xml`, the project's configuration.

    Parameters
    ----------
    detections : pandas.DataFrame
        `canopy.detections.writers.detections.COLUMNS`. A region's score is its probability, or the sigmoid of the score
        where that is missing.
    folder : path-like
        Where to write.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`.
    species : sequence of str
        The labels, in this order, besides those that were detected.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    rows = with_likely(checked(detections))
    tasks = []
    for recording, own in per_recording(rows, recordings):
        place = quote(os.path.abspath(recording["path"]).lstrip("/"))
        regions = [_region(number, row) for number, row in enumerate(own.to_dict("records"), start=1)]
        prediction = {"model_version": MODEL, "result": regions}
        if regions:
            prediction["score"] = max(one["score"] for one in regions)
        tasks.append({"data": {SOUND: f"{LOCAL}{place}"}, "predictions": [prediction]})
    names = dict.fromkeys([*species, *sorted(set(rows["species"]))])
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in names)
    config = (
        f'<View>\n  <Audio name="{SOUND}" value="${SOUND}"/>\n'
        f'  <Labels name="{LABELS}" toName="{SOUND}">\n{labels}  </Labels>\n</View>\n'
    )
    paths = [Path(folder, name) for name in ("detections.label_studio.json", "label_studio.xml")]
    write_text(json.dumps(tasks, ensure_ascii=False) + "\n", paths[0])
    write_text(config, paths[1])
    return paths


def _region(number: int, row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {
        "id": str(number),
        "from_name": LABELS,
        "to_name": SOUND,
        "type": "labels",
        "score": float(row["likely"]),
        "value": {"start": float(row["onset_s"]), "end": float(row["offset_s"]), "labels": [row["species"]]},
    }
