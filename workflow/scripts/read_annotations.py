"""Read the training annotations, check them, and write them in Canopy's own form.

Settings: what `canopy.annotations.labels.read_labels` is told (the files and how to read them), and unlisted
(unknown or absent).
"""

from collections.abc import Sequence

import pandas as pd

from canopy import command
from canopy.annotations import schema
from canopy.annotations.classes import classes_of
from canopy.annotations.labels import known_species, read_labels
from canopy.annotations.reviewed import train_recordings
from canopy.files import write_table
from canopy.recordings.table import read_recordings


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `read_annotations`."""
    parser = command.parser(__doc__)
    parser.add_argument("--recordings", help="table of training recordings, to check where boxes end")
    parser.add_argument("--annotations", required=True, help="table of annotations to write")
    parser.add_argument("--train-recordings", required=True, help="table of annotated recordings to write")
    parser.add_argument("--classes", required=True, help="table of classes to write")
    args = parser.parse_args(argv)
    settings = args.settings

    recordings = read_recordings(args.recordings) if args.recordings else None
    found = [] if recordings is None else recordings.loc[recordings["path"] != "", "recording_id"].tolist()
    labelled = read_labels(settings, recording_ids=found, recordings=recordings, report=print)
    annotations, known = labelled.annotations, known_species(settings)[0]
    listing = train_recordings(annotations, unlisted=settings.get("unlisted", "unknown"), reviewed=labelled.reviewed)
    classes = pd.DataFrame({"species": classes_of(annotations, known)})
    for table, checked_by, path in (
        (annotations, schema.ANNOTATIONS, args.annotations),
        (listing, schema.TRAIN_RECORDINGS, args.train_recordings),
        (classes, schema.CLASSES, args.classes),
    ):
        schema.check_table(table, checked_by)
        write_table(table, path)
    present = int((annotations["polarity"] == 1).sum())
    print(
        f"{len(listing)} recordings with {present} confirmed and {len(annotations) - present} refuted boxes "
        f"of {len(classes)} classes"
    )


if __name__ == "__main__":
    command.run(main)
