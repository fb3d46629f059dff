"""Score test predictions against complete truth, by species: songtypes are merged as in a submission.

Settings: bootstrap {replicates, seed}; classes (species or species_songtype).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy import command, files
from canopy.metrics.tables import headline, truth_metrics
from canopy.metrics.truth import events_scored, read_truth
from canopy.scores import read_scores, species_of
from canopy.submission.make import merge_classes


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="scores.csv of the test recordings")
    parser.add_argument("--truth", type=Path, required=True, help="all events, in RFCX columns")
    parser.add_argument("--metrics", type=Path, required=True, help="table of metrics to write")
    given = parser.parse_args(argv)

    scores = merge_classes(read_scores(given.scores), None, given.settings.get("classes", "species"))
    truth = events_scored(read_truth(given.truth), scores.recording_id.tolist(), species_of(scores), report=print)
    metrics = truth_metrics(scores, truth, **given.settings.get("bootstrap", {}))
    files.write_table(metrics, given.metrics)
    for metric in ("lwlrap", "average_precision", "roc_auc"):
        print(f"test: {headline(metrics, metric)}")


if __name__ == "__main__":
    command.run(main)
