"""Calibrate the ensemble's framewise logits by its out-of-fold predictions, and choose thresholds for detections.

Settings: calibration {min_examples, precision [wanted precisions], bins}; bootstrap {replicates, seed, group};
recordings_table (where bootstrap.group names one of its columns).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.evaluation.calibration.examples import examples
from canopy.evaluation.calibration.fit import crossfit, fit_calibration
from canopy.evaluation.calibration.platt import sigmoid
from canopy.evaluation.calibration.reliability import reliability
from canopy.evaluation.calibration.thresholds import fit_thresholds
from canopy.evaluation.metrics.groups import group_weights, read_groups
from canopy.inference.framewise import read_framewise
from canopy.inference.scores import folds_of, read_scores, species_of
from canopy.runtime import command, files
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--folds", type=Path, required=True, help="recording_id, fold")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--train-recordings", type=Path, required=True, help="annotations/train_recordings.csv")
    parser.add_argument("--scores", type=Path, required=True, help="the ensemble's oof/scores.csv: names the species")
    parser.add_argument("--framewise", type=Path, required=True, help="the ensemble's oof/framewise.npy")
    parser.add_argument("--calibration", type=Path, required=True, help="table of calibrations to write")
    parser.add_argument("--thresholds", type=Path, required=True, help="table of thresholds to write")
    parser.add_argument("--reliability", type=Path, required=True, help="table of the reliability diagram to write")
    given = parser.parse_args(argv)
    settings = given.settings.get("calibration", {})
    few = settings.get("min_examples", 10)

    species = species_of(read_scores(given.scores))
    found = examples(
        read_framewise(given.framewise),
        read_table(given.annotations, ["recording_id", "species"]),
        read_table(given.train_recordings, ["recording_id", "reviewed", "species"]),
        species,
    )
    folds = folds_of(found.recording_id.tolist(), read_table(given.folds))
    groups, bootstrap = read_groups(found.recording_id.unique(), given.settings)
    weights = group_weights(found.recording_id.tolist(), groups, **bootstrap)
    calibration = fit_calibration(found, species, min_examples=few)
    thresholds = fit_thresholds(
        found, folds, species, weights=weights, wanted=settings.get("precision", [0.9]), min_examples=few
    )
    stages = {
        "before": sigmoid(found.logit.to_numpy(float)),
        "after": crossfit(found, folds, species, min_examples=few)[0],
    }
    points = reliability(found, stages, species, weights=weights, n_bins=settings.get("bins", 10))
    files.write_table(calibration, given.calibration)
    files.write_table(thresholds, given.thresholds)
    files.write_table(points, given.reliability)
    overall = points[(points.species == "") & points.bin.isna()].set_index("stage")
    print(f"{len(found)} examples ({int(found.positive.sum())} confirmed) of {len(species)} species")
    for stage, row in overall.iterrows():
        print(f"expected calibration error {stage}: {row.error:.3f} [{row.low:.3f}, {row.high:.3f}]")
    noted = int((thresholds.note != "").sum())
    print(f"{len(thresholds)} thresholds, {noted} of them with a note (see the column `note`)")


if __name__ == "__main__":
    command.run(main)
