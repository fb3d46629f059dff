"""Detections as a set of predictions in AOEF, the JSON of soundevent."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.writers.aoef_objects import name_of, of_clip, shared, tags_of, told_of, write_json

NAME = "Detections of Canopy"


def write_aoef(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `detections.aoef.json`, a set of predictions, each with its probability as its score.

    Parameters
    ----------
    detections : pandas.DataFrame
        `canopy.detections.writers.detections.COLUMNS`. Where the probability rests on nothing and is missing, the
        sigmoid of the score takes its place, since the format requires a number.
    folder : path-like
        Where to write.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`; each is one clip.
    species : sequence of str
        The classes that have a tag, in this order, besides those that were detected.

    Returns
    -------
    list of pathlib.Path
        The file written.

    Raises
    ------
    CanopyError
        A recording has no duration or no sample rate.
    """
    told, tags = told_of(detections, recordings), tags_of(detections, species)
    predictions, clips = [], []
    for clip, events in told:
        own = []
        for event, row in events:
            score = float(row["likely"])
            own.append(
                {
                    "uuid": name_of("prediction", event["uuid"]),
                    "sound_event": event["uuid"],
                    "score": score,
                    "tags": [[tags[row["species"]], score]],
                }
            )
        predictions += own
        clips.append(of_clip("clip prediction", clip, own))
    data = {
        "uuid": name_of("predictions", *(clip["recording"]["uuid"] for clip, _ in told)),
        "name": NAME,
        "collection_type": "prediction_set",
        **shared(told, tags),
        "sound_event_predictions": predictions,
        "clip_predictions": clips,
    }
    return [write_json(data, folder, "detections.aoef.json")]
