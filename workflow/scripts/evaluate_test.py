"""Score test predictions against complete truth, by species: songtypes are merged as in a submission.

Settings: bootstrap {replicates, seed, group}; classes (species or species_songtype); recordings_table (where
bootstrap.group names one of its columns).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.evaluation.metrics.groups import read_groups
from canopy.evaluation.metrics.measures.measure import LOG
from canopy.evaluation.metrics.measures.registry import shown
from canopy.evaluation.metrics.rows import headline
from canopy.evaluation.metrics.tables import truth_metrics
from canopy.evaluation.metrics.truth import read_scored
from canopy.inference.framewise import read_framewise
from canopy.inference.scores import read_scores
from canopy.inference.submission.make import merge_classes
from canopy.inference.submission.songtypes import merge_framewise
from canopy.runtime import command, files


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="scores.csv of the test recordings")
    parser.add_argument("--framewise", type=Path, help="framewise.npy of the test recordings, for metrics in time")
    parser.add_argument("--truth", type=Path, required=True, help="all events, in RFCX columns")
    parser.add_argument("--metrics", type=Path, required=True, help="table of metrics to write")
    given = parser.parse_args(argv)
    classes = given.settings.get("classes", "species")

    by_class = read_scores(given.scores)
    scores = merge_classes(by_class, None, classes)
    truth, events = read_scored(given.truth, scores, report=print)
    groups, bootstrap = read_groups(scores.recording_id, given.settings)
    framewise = merge_framewise(read_framewise(given.framewise), by_class, classes) if given.framewise else None
    metrics = truth_metrics(scores, truth, framewise=framewise, events=events, groups=groups, **bootstrap)
    files.write_table(metrics, given.metrics)
    for metric in shown(LOG):
        print(f"test: {headline(metrics, metric.name)}")


if __name__ == "__main__":
    command.run(main)
