"""Put the folds' held-out predictions together, one row per recording, and score them.

Settings: bootstrap {replicates, seed, group}; folds [numbers of the given fold files in their order, default
0, 1, ...]; frame_share (of the prediction); recordings_table (where bootstrap.group names one of its columns).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.evaluation.metrics.groups import read_groups
from canopy.evaluation.metrics.measures.registry import leading
from canopy.evaluation.metrics.rows import headline
from canopy.evaluation.metrics.tables import oof_metrics
from canopy.inference.framewise import join_framewise, read_framewise
from canopy.inference.scores import check_folds, check_same_recordings, join_scores, read_scores, species_of
from canopy.runtime import command, files
from canopy.runtime.tables import listed, read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--folds", type=Path, required=True, help="recording_id, fold")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--train-recordings", type=Path, required=True, help="annotations/train_recordings.csv")
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="each fold's scores.csv")
    parser.add_argument("--framewise", type=Path, nargs="+", required=True, help="each fold's framewise.npy")
    parser.add_argument("--output-scores", type=Path, required=True)
    parser.add_argument("--output-framewise", type=Path, required=True, help=".npy; its index goes beside it")
    parser.add_argument("--metrics", type=Path, required=True, help="table of metrics to write")
    given = parser.parse_args(argv)

    numbers = given.settings.get("folds", range(len(given.scores)))
    tables = {number: read_scores(path) for number, path in zip(numbers, given.scores, strict=True)}
    scores = join_scores({str(path): table for path, table in zip(given.scores, tables.values(), strict=True)})
    missing = check_folds(tables, read_table(given.folds))
    if missing:
        print(f"no predictions for {len(missing)} recordings, left out: {listed(missing)}")
    files.write_table(scores, given.output_scores)
    join_framewise({str(path): read_framewise(path) for path in given.framewise}, given.output_framewise)
    framewise = read_framewise(given.output_framewise)
    check_same_recordings({"the scores": scores.recording_id, "the framewise scores": framewise.index.recording_id})
    groups, bootstrap = read_groups(scores.recording_id, given.settings)
    metrics = oof_metrics(
        scores,
        framewise,
        annotations=read_table(given.annotations, ["recording_id", "species"]),
        train_recordings=read_table(given.train_recordings, ["recording_id", "reviewed", "species"]),
        groups=groups,
        frame_share=given.settings.get("frame_share"),
        **bootstrap,
    )
    files.write_table(metrics, given.metrics)
    print(f"out of fold: {headline(metrics, leading(metrics, species_of(scores)).name)}")


if __name__ == "__main__":
    command.run(main)
