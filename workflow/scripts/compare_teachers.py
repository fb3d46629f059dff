"""Compare each experiment that has a teacher with that teacher, out of fold and on the test recordings.

Settings: teachers {student: teacher}; bootstrap {replicates, seed, group}; classes (species or species_songtype);
recordings_table (where bootstrap.group names one of its columns).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.evaluation.metrics.groups import group_weights, read_groups
from canopy.evaluation.metrics.measures.registry import METRICS
from canopy.evaluation.metrics.rows import told_interval
from canopy.evaluation.metrics.truth import label_matrix, read_scored, reviewed_matrix
from canopy.evaluation.teachers import effect, side_by_side
from canopy.inference.scores import read_scores, species_of, stack_scores
from canopy.inference.submission.make import merge_classes
from canopy.runtime import command, files
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--experiments", nargs="+", required=True, help="names of the students and teachers")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--train-recordings", type=Path, help="annotations/train_recordings.csv: what was reviewed")
    parser.add_argument("--oof", type=Path, nargs="+", required=True, help="each experiment's oof/scores.csv")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="each experiment's test/scores.csv")
    parser.add_argument("--truth", type=Path, help="all events of the test recordings, in RFCX columns")
    parser.add_argument("--output", type=Path, required=True, help="table to write")
    given = parser.parse_args(argv)
    classes = given.settings.get("classes", "species")

    tables = {name: read_scores(path) for name, path in zip(given.experiments, given.oof, strict=True)}
    annotations = read_table(given.annotations, ["recording_id", "species"])
    listing = given.train_recordings
    reviewed = read_table(listing, ["recording_id", "reviewed", "species"]) if listing else None
    effects = [_effect(tables, annotations[annotations.polarity > 0], given.settings, subset="oof", reviewed=reviewed)]
    if given.test:
        named = zip(given.experiments, given.test, strict=True)
        tables = {name: merge_classes(read_scores(path), None, classes) for name, path in named}
        events, _ = read_scored(given.truth, tables[given.experiments[0]], report=print)
        effects.append(_effect(tables, events, given.settings, subset="test"))
    found = side_by_side(effects, given.settings["teachers"])
    files.write_table(found, given.output)
    for row in found.to_dict("records"):
        print(
            f"{row['student']} taught by {row['teacher']}, {row['subset']}: {METRICS[row['metric']].title} "
            f"{row['student_score']:.3f} after {row['teacher_score']:.3f}, difference {row['difference']:+.3f} "
            f"{told_interval(row['low'], row['high'], '+.3f')}"
        )
    if found.empty:
        print("the labels cannot tell students from teachers: no recording was reviewed")


def _effect(
    tables: Mapping[str, pd.DataFrame],
    events: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    subset: str,
    reviewed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the comparison of students with teachers on the recordings that score tables have in common."""
    ids, logits = stack_scores(tables)
    groups, bootstrap = read_groups(ids, settings)
    species = species_of(next(iter(tables.values())))
    truth = label_matrix(events, ids, species)
    known = None if reviewed is None else reviewed_matrix(reviewed, ids, species)
    scores = dict(zip(tables, logits, strict=True))
    return effect(
        scores, settings["teachers"], truth, group_weights(ids, groups, **bootstrap), subset=subset, known=known
    )


if __name__ == "__main__":
    command.run(main)
