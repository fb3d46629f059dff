"""Score the ensemble's test predictions against complete truth, and compare it and the experiments in pairs.

Settings: experiments [names, in the order of the members]; bootstrap {replicates, seed, group}; classes (species or
species_songtype); recordings_table (where bootstrap.group names one of its columns).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from canopy.detections.thresholds import framewise_levels
from canopy.evaluation.metrics.comparisons import compare, recording_statistics
from canopy.evaluation.metrics.groups import group_weights, read_groups
from canopy.evaluation.metrics.measures.measure import LOG
from canopy.evaluation.metrics.measures.registry import shown
from canopy.evaluation.metrics.rows import headline
from canopy.evaluation.metrics.tables import truth_metrics
from canopy.evaluation.metrics.truth import label_matrix, read_scored
from canopy.inference.framewise import read_framewise
from canopy.inference.scores import read_scores, species_of, stack_scores
from canopy.inference.submission.make import merge_classes
from canopy.inference.submission.songtypes import merge_framewise
from canopy.runtime import command, files
from canopy.runtime.tables import read_table

LABELS = ["species", "note"]


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="the ensemble's scores.csv of the test recordings")
    parser.add_argument("--framewise", type=Path, required=True, help="the ensemble's framewise.npy")
    parser.add_argument("--members", type=Path, nargs="+", required=True, help="each experiment's test/scores.csv")
    parser.add_argument("--calibration", type=Path, required=True, help="ensemble/calibration.csv")
    parser.add_argument("--thresholds", type=Path, required=True, help="ensemble/thresholds.csv")
    parser.add_argument("--truth", type=Path, required=True, help="all events, in RFCX columns")
    parser.add_argument("--metrics", type=Path, required=True, help="table of metrics to write")
    parser.add_argument("--comparisons", type=Path, required=True, help="table of comparisons to write")
    given = parser.parse_args(argv)
    classes, experiments = given.settings.get("classes", "species"), given.settings["experiments"]

    by_class = read_scores(given.scores)
    scores = merge_classes(by_class, None, classes)
    truth, events = read_scored(given.truth, scores, report=print)
    groups, bootstrap = read_groups(scores.recording_id, given.settings)
    levels = framewise_levels(read_table(given.calibration, LABELS), read_table(given.thresholds, LABELS))
    metrics = truth_metrics(
        scores,
        truth,
        framewise=merge_framewise(read_framewise(given.framewise), by_class, classes),
        events=events,
        thresholds=levels if set(levels) == set(species_of(scores)) else None,
        groups=groups,
        **bootstrap,
    )
    files.write_table(metrics, given.metrics)

    named = dict(zip(experiments, given.members, strict=True))
    tables = {name: merge_classes(read_scores(path), None, classes) for name, path in named.items()}
    ids, logits = stack_scores({**tables, "ensemble": scores})
    labels = label_matrix(truth, ids, species_of(scores))
    statistics = {
        name: recording_statistics(labels, np.ones_like(labels), one)
        for name, one in zip([*experiments, "ensemble"], logits, strict=True)
    }
    comparisons = compare(statistics, group_weights(ids, groups, **bootstrap), n=len(ids))
    files.write_table(comparisons, given.comparisons)
    for metric in shown(LOG):
        print(f"ensemble, test: {headline(metrics, metric.name)}")


if __name__ == "__main__":
    command.run(main)
