"""Write the submission: probabilities in the rows and columns of the sample submission.

Settings: sample_submission (path or null), classes (species or species_songtype).
"""

from collections.abc import Sequence

from canopy.data.recordings.table import read_recordings
from canopy.data.sample_submission import read_sample
from canopy.inference.scores import read_scores
from canopy.inference.submission.make import check_submission, make_submission
from canopy.runtime import command
from canopy.runtime.files import write_table


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `write_submission`."""
    parser = command.parser(__doc__)
    parser.add_argument("--scores", required=True, help="table of logits of the test recordings")
    parser.add_argument("--recordings", required=True, help="table of the test recordings")
    parser.add_argument("--output", required=True, help="submission to write")
    args = parser.parse_args(argv)

    path = args.settings.get("sample_submission")
    sample = read_sample(path) if path else None
    submission = make_submission(
        read_scores(args.scores),
        read_recordings(args.recordings),
        sample,
        classes=args.settings.get("classes", "species"),
        report=print,
    )
    if sample is not None:
        check_submission(submission, sample)
    write_table(submission, args.output)
    print(f"{args.output}: {len(submission)} recordings, {len(submission.columns) - 1} species")


if __name__ == "__main__":
    command.run(main)
