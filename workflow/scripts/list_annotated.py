"""List the recordings that annotation files name, decode each to its end, and say which cannot be used.

Settings: folder (of the recordings; folders in it count too), what `canopy.data.annotations.folder.read_folder` is told
(the annotation files and how to read them), on_bad_recording (skip or stop), channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.data.annotations.folder import read_folder
from canopy.data.recordings.folder import count_line, passed_over, scan
from canopy.data.recordings.quality import check_content, check_quality, list_recordings, summary
from canopy.runtime import command
from canopy.runtime.files import write_table


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `list_recordings` on the training recordings of a folder."""
    parser = command.parser(__doc__)
    parser.add_argument("--output", required=True, help="table of recordings to write")
    parser.add_argument("--content", default="", help="the plan's fingerprint of the files; empty: not compared")
    parser.add_argument("--threads", type=int, default=1, help="recordings decoded at once")
    args = parser.parse_args(argv)
    settings = args.settings

    found = scan(settings["folder"], below=True)
    named = read_folder(settings, found["recording_id"]).named
    annotated = found[found["recording_id"].isin(named)]
    passed = passed_over(settings["folder"], below=True)
    recordings = list_recordings(
        annotated,
        named,
        folder=settings["folder"],
        channel=settings.get("channel"),
        passed_over=passed,
        threads=args.threads,
        report=print,
    )
    check_content(annotated, recordings, folder=settings["folder"], content=args.content)
    check_quality(recordings, on_bad_recording=settings.get("on_bad_recording", "skip"))
    print("\n".join([*summary(recordings), *count_line(passed)]))
    if others := len(found) - len(annotated):
        print(f"{others} recordings in {settings['folder']} are not annotated and are left aside")
    write_table(recordings, args.output)


if __name__ == "__main__":
    command.run(main)
