"""Write the page in which a person judges the clips of a review.

Settings: scoring (the fingerprint under which scores are kept), channel (that is heard, or null); kept, package,
reviews (where they are).
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.review.place import review_table
from canopy.detections.review.table import ReviewTable
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.inference.apply.kept import Kept
from canopy.package.manifest import read_manifest
from canopy.report.review.clips import page_clips
from canopy.report.review.curves import Curves
from canopy.report.review.page import render_review
from canopy.runtime import command
from canopy.runtime.files import write_text
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="tables of the shards' recordings")
    parser.add_argument("--output", type=Path, required=True, help="page to write")
    given = parser.parse_args(argv)
    settings = given.settings
    package, folder = Path(settings["package"]), Path(settings["reviews"])
    manifest = read_manifest(package)
    calibration = read_table(package / "calibration.csv", ["species", "basis", "note"])
    text = ["recording_id", "path", "problem", "note", "audio"]
    recordings = pd.concat([read_table(path, text) for path in given.shards], ignore_index=True)
    usable = recordings[recordings["problem"] == ""].set_index("recording_id")
    curves = Curves(
        Kept(settings["kept"], settings["scoring"]),
        {str(name): {str(key): one for key, one in row.items()} for name, row in usable.to_dict("index").items()},
        calibrator(calibration, list(manifest.species)),
        manifest.frame_s,
    )
    rows = ReviewTable(review_table(folder)).rows
    clips = page_clips(rows, folder, curve=curves.between, channel=settings["channel"])
    page = render_review(folder.name, clips, manifest.species, left_out=len(rows) - len(clips))
    write_text(page, given.output)
    waiting = sum(not clip["row"]["verdict"] for clip in clips)
    print(f"{given.output}: {len(clips)} clips, {waiting} of them without a verdict")


if __name__ == "__main__":
    command.run(main)
