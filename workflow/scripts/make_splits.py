"""Deal the annotated recordings into folds, and write each fold's own training rows.

Settings: n_folds, seed, keep (a folds table whose recordings stay where they are, or null); group or given (a column
of the table recordings_table, or null).
"""

from collections.abc import Sequence

from canopy.data.annotations.reviewed import read_train_recordings, training_rows
from canopy.data.annotations.table import read_annotations
from canopy.data.splits.columns import fold_columns
from canopy.data.splits.folds import assign_folds, fold_balance, read_folds
from canopy.runtime import command
from canopy.runtime.files import write_table


def main(argv: Sequence[str] | None = None) -> None:
    """Run the rule `make_splits`."""
    parser = command.parser(__doc__)
    parser.add_argument("--annotations", required=True, help="table of annotations")
    parser.add_argument("--train-recordings", required=True, help="table of annotated recordings")
    parser.add_argument("--folds", required=True, help="table of folds to write")
    parser.add_argument("--fold-rows", required=True, nargs="+", help="tables of training rows to write, one per fold")
    args = parser.parse_args(argv)
    settings = args.settings
    if len(args.fold_rows) != settings["n_folds"]:
        parser.error(f"--fold-rows names {len(args.fold_rows)} tables for {settings['n_folds']} folds")

    annotations = read_annotations(args.annotations)
    recordings = read_train_recordings(args.train_recordings)
    keep = settings.get("keep")
    folds = assign_folds(
        annotations,
        recordings,
        n_folds=settings["n_folds"],
        seed=settings["seed"],
        keep=read_folds(keep) if keep else None,
        **fold_columns(settings.get("group"), settings.get("given"), recordings["recording_id"], settings),
        report=print,
    )
    print("confirmed boxes per species and fold:")
    print(fold_balance(annotations, folds).to_string())
    for fold, path in enumerate(args.fold_rows):
        write_table(training_rows(annotations, recordings, folds, fold), path)
    write_table(folds, args.folds)


if __name__ == "__main__":
    command.run(main)
