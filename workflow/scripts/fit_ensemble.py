"""Weigh the experiments by their out-of-fold scores, and combine these.

Settings: experiments [names, in the order of the members]; method (auto, fitted, greedy or mean); bootstrap
{replicates, seed, group}; recordings_table (where bootstrap.group names one of its columns).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.evaluation.ensemble.choose import choose_weights, compare_nested
from canopy.evaluation.ensemble.combine import coefficients, combine
from canopy.evaluation.metrics.comparisons import box_statistics, compare, recording_statistics
from canopy.evaluation.metrics.groups import group_weights, read_groups
from canopy.evaluation.metrics.measures.registry import HEADLINE
from canopy.evaluation.metrics.rows import headline, join_rows
from canopy.evaluation.metrics.tables import oof_metrics
from canopy.evaluation.metrics.truth import label_matrix, reviewed_matrix
from canopy.inference.framewise import combine_framewise, read_framewise
from canopy.inference.scores import check_same_recordings, folds_of, read_scores, score_table, species_of, stack_scores
from canopy.runtime import command, files
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--folds", type=Path, required=True, help="recording_id, fold")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--train-recordings", type=Path, required=True, help="annotations/train_recordings.csv")
    parser.add_argument("--members", type=Path, nargs="+", required=True, help="each experiment's oof/scores.csv")
    parser.add_argument("--framewise", type=Path, nargs="+", required=True, help="each experiment's oof/framewise.npy")
    parser.add_argument("--weights", type=Path, required=True, help="table of weights to write")
    parser.add_argument("--scores", type=Path, required=True, help="combined scores.csv to write")
    parser.add_argument("--output-framewise", type=Path, required=True, help=".npy; its index goes beside it")
    parser.add_argument("--metrics", type=Path, required=True, help="table of metrics to write")
    parser.add_argument("--comparisons", type=Path, required=True, help="table of paired comparisons to write")
    given = parser.parse_args(argv)
    experiments, method = given.settings["experiments"], given.settings.get("method", "auto")

    members = {name: read_scores(path) for name, path in zip(experiments, given.members, strict=True)}
    ids, logits = stack_scores(members)
    groups, bootstrap = read_groups(ids, given.settings)
    drawn = ids if groups is None else [groups[recording] for recording in ids]
    species = species_of(members[experiments[0]])
    annotations = read_table(given.annotations, ["recording_id", "species"])
    train_recordings = read_table(given.train_recordings, ["recording_id", "reviewed", "species"])
    truth = label_matrix(annotations[annotations.polarity > 0], ids, species)
    folds = folds_of(ids, read_table(given.folds))
    compared = method != "mean" and len(experiments) > 1
    comparison = compare_nested(truth, logits, folds, groups=drawn, **bootstrap) if compared else None
    weights = choose_weights(truth, logits, experiments, method=method, comparison=comparison)
    factors = coefficients(weights, experiments)

    scores = score_table(ids, combine(logits, factors), species)
    files.write_table(weights, given.weights)
    files.write_table(scores, given.scores)
    combine_framewise({str(path): read_framewise(path) for path in given.framewise}, factors, given.output_framewise)
    framewise = read_framewise(given.output_framewise)
    check_same_recordings({"the scores": ids, "the framewise scores": framewise.index.recording_id})
    metrics = oof_metrics(
        scores,
        framewise,
        annotations=annotations,
        train_recordings=train_recordings,
        groups=groups,
        **bootstrap,
    )
    if comparison:
        metrics = join_rows(metrics, comparison.rows())
    files.write_table(metrics, given.metrics)
    known = reviewed_matrix(train_recordings, ids, species)
    parts = {name: read_framewise(path) for name, path in zip(experiments, given.framewise, strict=True)}
    boxes = annotations[annotations.recording_id.isin(ids) & (annotations.polarity != 0)]
    statistics = {
        name: {
            **recording_statistics(truth, known, one),
            **box_statistics(boxes, framewise if name == "ensemble" else parts[name], ids, species),
        }
        for name, one in zip([*experiments, "ensemble"], [*logits, combine(logits, factors)], strict=True)
    }
    files.write_table(compare(statistics, group_weights(ids, groups, **bootstrap), n=len(ids)), given.comparisons)
    for row in weights.itertuples(index=False):
        print(f"{row.experiment}: weight {row.weight:.3f}")
    for metric in (HEADLINE.name, *(comparison.rows().metric if comparison else ())):
        print(f"ensemble, out of fold: {headline(metrics, metric)}")


if __name__ == "__main__":
    command.run(main)
