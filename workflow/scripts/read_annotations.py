"""Read the training annotations, check them, and write them in Canopy's own form.

Settings: true_positives, false_positives (path or null), sample_submission (path or null), species (list or
null), classes (species or species_songtype), unlisted (unknown or absent), format (rfcx).
"""

from collections.abc import Sequence

import pandas as pd

from canopy import command
from canopy.annotations import schema
from canopy.annotations.classes import classes_of, configured_species
from canopy.annotations.readers import reader
from canopy.annotations.reviewed import train_recordings
from canopy.files import write_table
from canopy.recordings.table import read_recordings
from canopy.submission.sample import read_sample, sample_species


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `read_annotations`."""
    parser = command.parser(__doc__)
    parser.add_argument("--recordings", help="table of training recordings, to check where boxes end")
    parser.add_argument("--annotations", required=True, help="table of annotations to write")
    parser.add_argument("--train-recordings", required=True, help="table of annotated recordings to write")
    parser.add_argument("--classes", required=True, help="table of classes to write")
    args = parser.parse_args(argv)
    settings = args.settings

    sample = settings.get("sample_submission")
    known, known_from = configured_species(
        settings.get("species"), sample_species(read_sample(sample)) if sample else None
    )
    annotations = reader(settings.get("format", "rfcx"))(
        settings["true_positives"],
        settings.get("false_positives"),
        classes=settings.get("classes", "species"),
        known=known,
        known_from=known_from,
        recordings=read_recordings(args.recordings) if args.recordings else None,
        report=print,
    )
    listing = train_recordings(annotations, unlisted=settings.get("unlisted", "unknown"))
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
