"""Read the annotation files of a folder of recordings, check them, and write them in Canopy's own form.

Settings: what `canopy.data.annotations.folder.read_folder` is told (the files and how to read them), and unlisted
(unknown or absent).
"""

from collections.abc import Sequence

from canopy.data.annotations.folder import read_folder
from canopy.data.annotations.known import known_species
from canopy.data.annotations.labels import write_labels
from canopy.data.recordings.table import read_recordings
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `read_annotations` on a folder."""
    parser = command.parser(__doc__)
    parser.add_argument("--recordings", required=True, help="table of training recordings")
    parser.add_argument("--annotations", required=True, help="table of annotations to write")
    parser.add_argument("--train-recordings", required=True, help="table of annotated recordings to write")
    parser.add_argument("--classes", required=True, help="table of classes to write")
    args = parser.parse_args(argv)

    recordings = read_recordings(args.recordings)
    with_audio = recordings.loc[recordings["path"] != "", "recording_id"]
    labelled = read_folder(args.settings, with_audio, recordings=recordings, report=print)
    write_labels(
        labelled.annotations,
        labelled.reviewed,
        args.settings,
        known=known_species(args.settings)[0],
        paths={
            "annotations": args.annotations,
            "train_recordings": args.train_recordings,
            "classes": args.classes,
        },
        report=print,
    )


if __name__ == "__main__":
    command.run(main)
