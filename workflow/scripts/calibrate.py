"""Calibrate the ensemble's framewise logits by its out-of-fold predictions, and choose thresholds for detections.

Settings: calibration {min_examples, precision [wanted precisions], bins, share}; bootstrap {replicates, seed, group};
experiments [names] and n_folds, where there is a background; recordings_table (where bootstrap.group names one of its
columns).
"""

from collections.abc import Sequence
from pathlib import Path

from scipy.special import expit

from canopy.detections.edges import edges
from canopy.detections.false_alarms import false_alarms
from canopy.evaluation.calibration.background import (
    background_time,
    judged_weights,
    networks_of,
    one_network_each,
    with_background,
)
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.calibration.examples import examples, places, stretch_lengths
from canopy.evaluation.calibration.fit import crossfit, fit_calibration, judged_examples
from canopy.evaluation.calibration.meaning import told
from canopy.evaluation.calibration.networks import held_out_networks
from canopy.evaluation.calibration.reliability import reliability
from canopy.evaluation.calibration.thresholds import fit_thresholds
from canopy.evaluation.ensemble.combine import coefficients
from canopy.evaluation.metrics.groups import read_groups
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
    parser.add_argument("--weights", type=Path, help="ensemble/weights.csv, where there is a background")
    parser.add_argument(
        "--background", type=Path, nargs="*", default=[], help="all networks' framewise.npy of unannotated recordings"
    )
    parser.add_argument("--calibration", type=Path, required=True, help="table of calibrations to write")
    parser.add_argument("--thresholds", type=Path, required=True, help="table of thresholds to write")
    parser.add_argument("--reliability", type=Path, required=True, help="table of the reliability diagram to write")
    given = parser.parse_args(argv)
    settings = given.settings.get("calibration", {})
    few = settings.get("min_examples", 10)

    species = species_of(read_scores(given.scores))
    framewise, annotations = read_framewise(given.framewise), read_table(given.annotations, ["recording_id", "species"])
    reviewed = read_table(given.train_recordings, ["recording_id", "reviewed", "species"])
    found = examples(framewise, annotations, reviewed, species)
    found["background"] = False
    found["fold"] = folds_of(found.recording_id.tolist(), read_table(given.folds))
    groups, bootstrap = read_groups(found.recording_id.unique(), given.settings)
    calls = annotations[annotations.polarity > 0]
    if given.background:
        factors = coefficients(read_table(given.weights, ["experiment"]), given.settings["experiments"])
        time = background_time(given.background, factors, species, stretch_lengths(calls, species))
        networks, found = networks_of(time, species), with_background(found, one_network_each(time))
    else:
        shape = (given.settings.get("n_folds", int(found.fold.max()) + 1), len(species))
        networks = held_out_networks(found.assign(species=places(found, species)), shape)
    found["logit"] = networks.common(found.logit.to_numpy(float), found.fold.to_numpy(int), places(found, species))
    weights = judged_weights(found, groups, **bootstrap)

    fitting = {"min_examples": few, "share": settings.get("share")}
    single = fit_calibration(found, species, **fitting)
    calibration = networks.of_mean(single, species)
    lines = {fold: calibrator(networks.of_fold(single, species, fold), species) for fold in range(len(networks.place))}
    of_recording = dict(zip(found.recording_id, found.fold.map(lines), strict=True))
    blur = edges(framewise, calls, of_recording, species, min_examples=few)
    calibration = calibration.merge(blur, on="species", how="left")
    thresholds = fit_thresholds(
        found, single, weights=weights, wanted=settings.get("precision", [0.9]), min_examples=few
    )
    alarms = false_alarms(framewise, calls, reviewed, of_recording, thresholds, species)
    thresholds = thresholds.assign(**{str(name): alarms[name] for name in alarms})
    judged = judged_examples(found, single)
    stages = {
        "before": expit(found.logit.to_numpy(float))[judged],
        "after": crossfit(found, found.fold.to_numpy(int), species, **fitting)[0][judged],
    }
    points = reliability(found[judged], stages, species, weights=weights[judged], n_bins=settings.get("bins", 10))
    files.write_table(calibration, given.calibration)
    files.write_table(thresholds, given.thresholds)
    files.write_table(points, given.reliability)
    overall = points[(points.species == "") & points.bin.isna()].set_index("stage")
    confirmed = int(found.positive[judged].sum())
    print(f"{int(judged.sum())} judged examples ({confirmed} confirmed) of {len(species)} species")
    for stage, row in overall.iterrows():
        print(f"expected calibration error {stage}: {row.error:.3f} [{row.low:.3f}, {row.high:.3f}]")
    noted = int((thresholds.note != "").sum())
    print(f"{len(thresholds)} thresholds, {noted} of them with a note (see the column `note`)")
    print("\n".join(told(calibration)))


if __name__ == "__main__":
    command.run(main)
