"""Weigh the experiments by their out-of-fold scores, and combine these.

Settings: experiments [names, in the order of the members]; method (auto, fitted, greedy or mean); bootstrap
{replicates, seed, group}; recordings_table (where bootstrap.group names one of its columns).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.ensemble.choose import choose_weights, compare_nested, learned
from canopy.evaluation.ensemble.combine import coefficients, combine
from canopy.evaluation.ensemble.over_time import choose_over_time, compare_over_time, precision_over_time
from canopy.evaluation.metrics.comparisons import (
    box_statistics,
    boxes_behind,
    compare,
    recording_statistics,
    recordings_behind,
    window_statistics,
)
from canopy.evaluation.metrics.events.truth import events_of
from canopy.evaluation.metrics.groups import group_weights, read_groups
from canopy.evaluation.metrics.measures.registry import are_few, leading
from canopy.evaluation.metrics.rows import headline, join_rows
from canopy.evaluation.metrics.tables import oof_metrics
from canopy.evaluation.metrics.truth import label_matrix, reviewed_matrix
from canopy.evaluation.metrics.windows import Windows, box_windows, windows
from canopy.inference.framewise import Framewise, combine_framewise, read_framewise
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
    known = reviewed_matrix(train_recordings, ids, species)
    boxes = annotations[annotations.recording_id.isin(ids) & (annotations.polarity != 0)]
    parts = {name: read_framewise(path) for name, path in zip(experiments, given.framewise, strict=True)}
    compared = method != "mean" and len(experiments) > 1
    if are_few(species):
        metric, cut = over_time(parts, ids, boxes, known, species)
        each = np.stack([one.logits for one in cut])
        comparison = (
            compare_over_time(cut[0], each, folds[cut[0].row], metric=metric, groups=drawn, **bootstrap)
            if compared
            else None
        )
        weights = choose_over_time(cut[0], each, experiments, method=method, comparison=comparison)
    else:
        told = learned(truth, folds)
        comparison = compare_nested(told, logits, folds, groups=drawn, **bootstrap) if compared else None
        weights = choose_weights(told, logits, experiments, method=method, comparison=comparison)
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
    present = events_of(boxes[boxes.polarity > 0])
    statistics = {
        name: {
            **recording_statistics(truth, known, one),
            **box_statistics(boxes, part, ids, species),
            **window_statistics(windows(part, ids, present, known, species)),
        }
        for (name, part), one in zip(
            {**parts, "ensemble": framewise}.items(), [*logits, combine(logits, factors)], strict=True
        )
    }
    replicates = group_weights(ids, groups, **bootstrap)
    behind = {**recordings_behind(truth, known, replicates), **boxes_behind(boxes, ids, replicates)}
    files.write_table(compare(statistics, replicates, n=len(ids), behind=behind), given.comparisons)
    for row in weights.itertuples(index=False):
        print(f"{row.experiment}: weight {row.weight:.3f}")
    for metric in (leading(metrics, species).name, *(comparison.rows().metric if comparison else ())):
        print(f"ensemble, out of fold: {headline(metrics, metric)}")


def over_time(
    parts: Mapping[str, Framewise], ids: list[str], boxes: pd.DataFrame, known: NDArray[np.bool_], species: list[str]
) -> tuple[str, list[Windows]]:
    """Return what members are chosen by, and each member's windows: of reviewed time, or boxes where none was."""
    present = events_of(boxes[boxes.polarity > 0])
    cut = [windows(part, ids, present, known, species) for part in parts.values()]
    if precision_over_time(cut[0], cut[0].logits) is not None:
        return "window_average_precision", cut
    return "box_average_precision", [box_windows(boxes, part, ids, species) for part in parts.values()]


if __name__ == "__main__":
    command.run(main)
