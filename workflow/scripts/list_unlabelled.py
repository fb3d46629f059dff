"""List the recordings beside the training recordings that no annotation names, decode each to its end, and say which
cannot be used.

Settings: folder; annotated_tables (tables whose recordings are annotated), or what
`canopy.data.annotations.folder.read_folder` is told, then folders in the folder count too; on_bad_recording (skip
or stop), channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.data.annotations.folder import read_folder
from canopy.data.recordings.folder import sampled, scan
from canopy.data.recordings.quality import check_content, check_quality, list_recordings, summary
from canopy.runtime import command
from canopy.runtime.files import write_table
from canopy.runtime.input_tables.reading import read_ids


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `list_recordings` on the recordings without annotations."""
    parser = command.parser(__doc__)
    parser.add_argument("--output", required=True, help="table of recordings to write")
    parser.add_argument("--content", default="", help="the plan's fingerprint of the files; empty: not compared")
    parser.add_argument("--threads", type=int, default=1, help="recordings decoded at once")
    args = parser.parse_args(argv)
    settings = args.settings

    tables = settings.get("annotated_tables")
    found = scan(settings["folder"], below=tables is None)
    named = (
        read_folder(settings, found["recording_id"]).named
        if tables is None
        else {one for table in tables for one in read_ids(table)}
    )
    others = found[~found["recording_id"].isin(named)]
    if "at_most" in settings:
        others = others[others["recording_id"].isin(sampled(others["recording_id"], settings["at_most"]))]
    recordings = list_recordings(
        others, {}, folder=settings["folder"], channel=settings.get("channel"), threads=args.threads, report=print
    )
    check_content(others, recordings, folder=settings["folder"], content=args.content)
    how = settings.get("on_bad_recording", "skip")
    if how == "stop" or (recordings["problem"] == "").any():  # without any of them, a student has its other labels
        check_quality(recordings, on_bad_recording=how)
    print("\n".join(summary(recordings)))
    write_table(recordings, args.output)


if __name__ == "__main__":
    command.run(main)
