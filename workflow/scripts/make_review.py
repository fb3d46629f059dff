"""Write the page in which a person judges the clips of a review.

Settings: scoring (the fingerprint under which scores are kept) or, of a search, which has no scores, species (names to
choose from); channel (that is heard, or null); kept, package, reviews (where they are).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.place import review_table
from canopy.detections.review.table import ReviewTable
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.inference.apply.kept import Kept
from canopy.package.manifest import read_manifest
from canopy.report.review.clips import Curve, page_clips
from canopy.report.review.curves import Curves, no_curve
from canopy.report.review.page import render_review
from canopy.runtime import command
from canopy.runtime.files import write_text
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--shards", type=Path, nargs="*", default=[], help="tables of the shards' recordings")
    parser.add_argument("--output", type=Path, required=True, help="page to write")
    given = parser.parse_args(argv)
    settings, folder = given.settings, Path(given.settings["reviews"])
    species: Sequence[str] = settings.get("species", ())
    curve: Curve = no_curve
    if given.shards:
        curves = curves_of(given.shards, settings)
        species, curve = curves.species, curves.between
    rows = ReviewTable(review_table(folder)).rows
    clips = page_clips(rows, folder, curve=curve, channel=settings["channel"])
    page = render_review(folder.name, clips, species, left_out=len(rows) - len(clips))
    write_text(page, given.output)
    waiting = sum(not clip["row"]["verdict"] for clip in clips)
    print(f"{given.output}: {len(clips)} clips, {waiting} of them without a verdict")


def curves_of(shards: Sequence[Path], settings: Mapping[str, Any]) -> Curves:
    """Return the curves of what a package has scored."""
    package = Path(settings["package"])
    manifest = read_manifest(package)
    calibration = read_table(package / "calibration.csv", ["species", "basis", "note"])
    text = ["recording_id", "path", "problem", "note", "audio"]
    recordings = pd.concat([read_table(path, text) for path in shards], ignore_index=True)
    usable = recordings[recordings["problem"] == ""].set_index("recording_id")
    return Curves(
        Kept(settings["kept"], settings["scoring"]),
        {str(name): {str(key): one for key, one in row.items()} for name, row in usable.to_dict("index").items()},
        calibrator(calibration, list(manifest.species)),
        manifest.frame_s,
    )


if __name__ == "__main__":
    command.run(main)
