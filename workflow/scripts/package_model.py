"""Put a finished run's ensemble into one folder, which `apply` takes on any machine.

Settings: members [{experiment, folds, features, prediction}], classes (species or species_songtype), compute, dataset,
travelling (files and folders of networks that others trained and that the package holds; may be left out).
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from canopy.config.pretrained import PACKED
from canopy.evaluation.calibration.meaning import told
from canopy.evaluation.ensemble.combine import coefficients
from canopy.evaluation.metrics.measures.measure import CARD
from canopy.evaluation.metrics.measures.registry import METRICS, leading, shown
from canopy.package.build import build_package
from canopy.package.card import Trained, model_card, scores_table
from canopy.package.manifest import Member
from canopy.package.ranges import box_ranges
from canopy.runtime import command
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--experiments-folder", type=Path, required=True, help="where the experiments' networks lie")
    parser.add_argument("--weights", type=Path, required=True, help="ensemble/weights.csv")
    parser.add_argument("--calibration", type=Path, required=True, help="ensemble/calibration.csv")
    parser.add_argument("--thresholds", type=Path, required=True, help="ensemble/thresholds.csv")
    parser.add_argument("--classes", type=Path, required=True, help="annotations/classes.csv")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--train-recordings", type=Path, required=True, help="annotations/train_recordings.csv")
    parser.add_argument("--oof-metrics", type=Path, required=True, help="ensemble/oof/metrics.csv")
    parser.add_argument("--test-metrics", type=Path, help="ensemble/test/metrics.csv, where there is one")
    parser.add_argument("--versions", type=Path, required=True, help="provenance/versions.csv")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    given = parser.parse_args(argv)
    settings = given.settings

    names = [told["experiment"] for told in settings["members"]]
    factors = coefficients(read_table(given.weights, ["experiment"]), names)
    members = [
        Member(**told, coefficient=float(factor)) for told, factor in zip(settings["members"], factors, strict=True)
    ]
    networks = {
        path: given.experiments_folder / Path(path).relative_to("members")
        for member in members
        for pair in member.networks()
        for path in pair
    }
    networks |= {path: source for place in settings.get("travelling", []) for path, source in packed(place)}
    species = read_table(given.classes, ["species"])["species"].tolist()
    annotations = read_table(given.annotations, ["recording_id", "species"])
    recordings = read_table(given.train_recordings, ["recording_id", "reviewed", "species"])
    oof = read_table(given.oof_metrics, ["metric", "species"])
    test = read_table(given.test_metrics, ["metric", "species"]) if given.test_metrics else None
    ranges = box_ranges(annotations, species)
    thresholds = read_table(given.thresholds, ["species", "note"])
    calibration = read_table(given.calibration, ["species", "basis", "note"])
    card = model_card(
        Trained(settings["dataset"], annotations, recordings),
        members=members,
        ranges=ranges,
        thresholds=thresholds,
        oof=oof,
        test=test,
        figures={metric.name: metric.title for metric in shown(CARD)},
        meanings={name: f"{metric.title}; {metric.valid}" for name, metric in METRICS.items()},
        leading=leading(oof, species).name,
        probabilities=told(calibration),
    )
    tables = {
        "species.csv": ranges,
        "calibration.csv": calibration,
        "thresholds.csv": thresholds,
        "scores.csv": scores_table(oof, test),
        "versions.csv": read_table(given.versions, ["package", "version"]),
    }
    manifest = build_package(
        given.output,
        species=species,
        classes=settings["classes"],
        members=members,
        networks=networks,
        tables=tables,
        card=card,
        compute=settings["compute"],
    )
    size = sum((given.output / name).stat().st_size for name in manifest.files) / 1e6
    print(f"{given.output}: {sum(member.folds for member in members)} networks, {len(species)} species, {size:.1f} MB")


def packed(place: str) -> list[tuple[str, Path]]:
    """Return the path in the package of each file of a network that others trained, and where it lies."""
    top = Path(place)
    files = sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]
    return [(str(PurePosixPath(PACKED, *path.relative_to(top.parent).parts)), path) for path in files]


if __name__ == "__main__":
    command.run(main)
