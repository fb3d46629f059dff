"""Take in verdicts that the review page saved, cut out more detections of each species, and add them to the table.

Settings: top, uncertain, diverse, stratified, random, windows, window_s, budget, seed, context_s; reviews (the folder
of the clips and of their table), verdicts (a file of verdicts that the page saved, or a folder of such, besides that
folder; or null). With windows: scoring (the fingerprint under which scores are kept); kept, folder, package.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.cutting import add_clips, take_in, told
from canopy.detections.review.offer import new_clips
from canopy.detections.review.place import review_table
from canopy.detections.review.sheet import alone
from canopy.detections.review.strategies.registry import STRATEGIES
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.windows import scored_windows
from canopy.detections.search.windows import Windows
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.inference.apply.kept import Kept
from canopy.package.manifest import read_manifest
from canopy.runtime import command
from canopy.runtime.files import write_table
from canopy.runtime.owned import REVIEWS, mark
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--found", type=Path, required=True, help="recording_id, path, audio: all recordings")
    parser.add_argument("--shards", type=Path, nargs="*", default=(), help="tables of the shards' recordings")
    parser.add_argument("--vectors", type=Path, nargs="*", default=(), help="arrays of what windows sound like")
    parser.add_argument("--offered", type=Path, required=True, help="table of the clips that were added, to write")
    given = parser.parse_args(argv)
    settings = given.settings
    folder = Path(settings["reviews"])

    detections = read_table(given.detections, ["recording_id", "path", "species"])
    found = read_table(given.found, ["recording_id", "path", "audio"])
    with alone(folder):
        mark(folder, REVIEWS)
        table = ReviewTable(review_table(folder))
        take_in(table, settings, print)
        new = new_clips(
            detections,
            table,
            {strategy.name: settings[strategy.name] for strategy in STRATEGIES},
            recordings=found,
            seed=settings["seed"],
            budget=settings["budget"],
            vectors=Windows(given.vectors).vectors if given.vectors else None,
            windows=windows(given.shards, settings) if settings["windows"] else (),
        )
        added = add_clips(new, table, context_s=settings["context_s"])
    write_table(added, given.offered)
    print("\n".join(told(added, table)))


def windows(shards: Sequence[Path], settings: Mapping[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each species with all windows of the recordings that were scored."""
    package = Path(settings["package"])
    manifest = read_manifest(package)
    species = list(manifest.species)
    text = ["recording_id", "path", "problem", "note", "audio"]
    recordings = pd.concat([read_table(path, text) for path in shards], ignore_index=True)
    usable = recordings[recordings["problem"] == ""]
    usable = usable.assign(path=[str(Path(settings["folder"], path)) for path in usable["path"]])
    kept = Kept(settings["kept"], settings["scoring"])
    found = scored_windows(usable, kept, window_s=settings["window_s"], frame_s=manifest.frame_s)
    ranges = read_table(package / "species.csv", ["species"]).set_index("species").loc[species]
    calibrate = calibrator(read_table(package / "calibration.csv", ["species", "basis", "note"]), species)
    yield from found.by_species(species, ranges, calibrate)


if __name__ == "__main__":
    command.run(main)
