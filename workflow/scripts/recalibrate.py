"""Fit curves and thresholds anew by the verdicts of a review, and tell precision and call density.

Settings: wanted (precisions), few (a species with fewer yes or fewer no gets no curve), window_s (seconds of a window),
file_names (a pattern that tells sites and dates, or null); reviews (the folder of the
clips and of their table), verdicts (where else the review page saved verdicts, or null).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.data.recordings.names import read_names
from canopy.data.recordings.table import recordings_alone
from canopy.detections.review.density import call_density
from canopy.detections.review.offer import same_audio
from canopy.detections.review.place import review_table
from canopy.detections.review.recalibrate import recalibrated
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.verdicts import saved_verdicts
from canopy.runtime import command
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--recordings", type=Path, required=True, help="table of the recordings that were scored")
    parser.add_argument("--found", type=Path, required=True, help="recording_id, path, audio: all recordings")
    parser.add_argument("--output", type=Path, required=True, help="table of precision to write")
    parser.add_argument("--density", type=Path, required=True, help="table of call density to write")
    given = parser.parse_args(argv)
    settings = given.settings
    detections = read_table(given.detections, ["recording_id", "path", "species"])
    table = ReviewTable(review_table(settings["reviews"]))
    table.take(saved_verdicts(settings["reviews"], settings.get("verdicts")))
    recordings = scored(given.recordings, given.found, settings)
    found = recalibrated(
        detections,
        table.rows,
        wanted=settings["wanted"],
        few=settings["few"],
        hours=hours_of(given.recordings),
    )
    write_table(found, given.output)
    density = call_density(table.rows, recordings, window_s=settings["window_s"])
    write_table(density, given.density)
    for row in found.to_dict("records"):
        wanted = (
            "all detections" if row["wanted_precision"] != row["wanted_precision"] else f"{row['wanted_precision']:g}"
        )
        reached = f"{row['precision']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        print(f"{row['species']}, {wanted}: precision {reached} of {row['detections']} detections {row['note'] or ''}")
    for row in density[(density["by"] == "all") & (density["note"] == "")].to_dict("records"):
        share = f"{row['density']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
        print(f"{row['species']}: calls in {share} of {row['windows']} windows of {settings['window_s']:g} s")


def hours_of(recordings: Path) -> float:
    """Return how many hours were scored, copies included, as detections in them are."""
    listing = read_table(recordings, ["recording_id", "path", "problem", "note"])
    return float(listing.loc[listing["problem"] == "", "duration_s"].sum()) / 3600


def scored(recordings: Path, found: Path, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Return the recordings that were scored, of copies only the first, with site and day as far as names tell them."""
    text = ["recording_id", "path", "problem", "note"]
    listing = recordings_alone(read_table(recordings, text))
    original = same_audio(read_table(found, ["recording_id", "path", "audio"]))
    listing = listing[(listing["problem"] == "") & (listing["recording_id"].map(original) == listing["recording_id"])]
    told = read_names(listing["recording_id"])
    if settings["file_names"] is not None:
        with suppress(CanopyError):  # a pattern for the training recordings need not match these
            told = read_names(listing["recording_id"], settings["file_names"])
    told = told.reindex(listing["recording_id"])
    days = told["time"].str[:10].to_numpy()
    return listing[["recording_id", "duration_s"]].assign(site=told["site"].to_numpy(), day=days)


if __name__ == "__main__":
    command.run(main)
