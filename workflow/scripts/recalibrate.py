"""Fit curves and thresholds anew by the verdicts of a review, and tell the precision of the detections.

Settings: wanted (precisions), few (a species with fewer yes or fewer no gets no curve); reviews (the folder of the
clips and of their table), verdicts (where else the review page saved verdicts, or null).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.detections.review.place import review_table
from canopy.detections.review.recalibrate import recalibrated
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.verdicts import saved_verdicts
from canopy.runtime import command
from canopy.runtime.files import write_table
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--output", type=Path, required=True, help="table to write")
    given = parser.parse_args(argv)
    settings = given.settings
    detections = read_table(given.detections, ["recording_id", "path", "species"])
    table = ReviewTable(review_table(settings["reviews"]))
    table.take(saved_verdicts(settings["reviews"], settings.get("verdicts")))
    found = recalibrated(detections, table.rows, wanted=settings["wanted"], few=settings["few"])
    write_table(found, given.output)
    for row in found.to_dict("records"):
        wanted = (
            "all detections" if row["wanted_precision"] != row["wanted_precision"] else f"{row['wanted_precision']:g}"
        )
        reached = f"{row['precision']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        print(f"{row['species']}, {wanted}: precision {reached} of {row['detections']} detections {row['note'] or ''}")


if __name__ == "__main__":
    command.run(main)
