"""Read the training annotations of RFCX's layout, check them, and write them in Canopy's own form.

Settings: true_positives, false_positives (path or null), sample_submission (path or null), species (list or
null), classes (species or species_songtype), unlisted (unknown or absent).
"""

from collections.abc import Sequence

from canopy.data.annotations.known import known_species
from canopy.data.annotations.labels import write_labels
from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.recordings.table import read_recordings
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `read_annotations`."""
    parser = command.parser(__doc__)
    parser.add_argument("--recordings", help="table of training recordings, to check where boxes end")
    parser.add_argument("--annotations", required=True, help="table of annotations to write")
    parser.add_argument("--train-recordings", required=True, help="table of annotated recordings to write")
    parser.add_argument("--classes", required=True, help="table of classes to write")
    args = parser.parse_args(argv)
    settings = args.settings

    known, known_from = known_species(settings)
    annotations = read_rfcx(
        settings["true_positives"],
        settings.get("false_positives"),
        classes=settings.get("classes", "species"),
        known=known,
        known_from=known_from,
        recordings=read_recordings(args.recordings) if args.recordings else None,
        report=print,
    )
    paths = {"annotations": args.annotations, "train_recordings": args.train_recordings, "classes": args.classes}
    write_labels(annotations, None, settings, known=known, paths=paths, report=print)


if __name__ == "__main__":
    command.run(main)
