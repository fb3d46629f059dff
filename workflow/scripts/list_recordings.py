"""List the recordings of one subset, decode each to its end, and say which cannot be used.

Settings: folder, below (whether folders in it count too), expected_tables (tables whose recording_id must have
audio), sample_submission (path or null: its ids and the folder's must belong together), on_bad_recording (skip or
stop), channel (that is heard, or null).
"""

from collections.abc import Sequence

from canopy.data.recordings.folder import count_line, passed_over, scan
from canopy.data.recordings.quality import check_content, check_quality, expected_ids, list_recordings, summary
from canopy.data.sample_submission import check_recordings, read_sample
from canopy.runtime import command
from canopy.runtime.files import write_table


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `list_recordings`."""
    parser = command.parser(__doc__)
    parser.add_argument("--output", required=True, help="table of recordings to write")
    parser.add_argument("--content", default="", help="the plan's fingerprint of the files; empty: not compared")
    parser.add_argument("--threads", type=int, default=1, help="recordings decoded at once")
    args = parser.parse_args(argv)
    settings = args.settings

    found = scan(settings["folder"], below=settings.get("below", False))
    tables = list(settings.get("expected_tables") or [])
    if sample_path := settings.get("sample_submission"):
        sample = read_sample(sample_path)
        check_recordings(sample, found["recording_id"], sample_path=sample_path, folder=settings["folder"])
        tables.append(sample_path)
    others = passed_over(settings["folder"], below=settings.get("below", False))
    recordings = list_recordings(
        found,
        expected_ids(tables),
        folder=settings["folder"],
        channel=settings.get("channel"),
        passed_over=others,
        threads=args.threads,
        report=print,
    )
    check_content(found, recordings, folder=settings["folder"], content=args.content)
    check_quality(recordings, on_bad_recording=settings.get("on_bad_recording", "skip"))
    print("\n".join([*summary(recordings), *count_line(others)]))
    write_table(recordings, args.output)


if __name__ == "__main__":
    command.run(main)
