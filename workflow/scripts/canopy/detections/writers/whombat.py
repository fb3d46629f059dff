"""Detections for Whombat, where people judge and mend the boxes: a dataset of recordings, and a project on them."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.writers.aoef_objects import name_of, of_clip, shared, tags_of, told_of, write_json

PROJECT = "Detections of Canopy"
INSTRUCTIONS = (
    "Remove a box that is wrong, mend one that is nearly right, add what is missing, and complete the task. Boxes of "
    "tasks that are not completed do not count."
)


def write_whombat(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `whombat.dataset.json` and `whombat.project.json`, to be imported in this order.

    Whombat finds a project's recordings by their UUIDs, which the dataset brings. The project holds a waiting task for
    each recording, with a box for each detection; the reader of AOEF knows such boxes by a feature of theirs, and
    leaves them out until somebody completes their task. Parameters as for `canopy.detections.writers.aoef.write_aoef`.
    """
    told, tags = told_of(detections, recordings), tags_of(detections, species)
    annotations, clips, tasks = [], [], []
    for clip, events in told:
        own = [
            {
                "uuid": name_of("annotation", event["uuid"]),
                "sound_event": event["uuid"],
                "tags": [tags[row["species"]]],
            }
            for event, row in events
        ]
        annotations += own
        clips.append(of_clip("clip annotation", clip, own))
        tasks.append(
            {"uuid": name_of("task", clip["uuid"]), "clip": clip["uuid"], "status_badges": [{"state": "assigned"}]}
        )
    named = [clip["recording"]["uuid"] for clip, _ in told]
    project = {
        "uuid": name_of("project", *named),
        "name": PROJECT,
        "description": "Boxes that a detector drew",
        "instructions": INSTRUCTIONS,
        "collection_type": "annotation_project",
        **shared(told, tags),
        "project_tags": list(tags.values()),
        "sound_event_annotations": annotations,
        "clip_annotations": clips,
        "tasks": tasks,
    }
    dataset = {
        "uuid": name_of("dataset", *named),
        "name": f"Recordings of {PROJECT}",
        "description": "Recordings in which a detector drew boxes",
        "collection_type": "dataset",
        "recordings": project["recordings"],
    }
    return [write_json(dataset, folder, "whombat.dataset.json"), write_json(project, folder, "whombat.project.json")]
