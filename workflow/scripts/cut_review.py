"""Take in verdicts that the review page saved, cut out more detections of each species, and add them to the table.

Settings: top, uncertain, diverse, stratified, random, budget, seed, context_s; reviews (the folder of the clips and of
their table), verdicts (a file of verdicts that the page saved, or a folder of such, besides that folder; or null).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.detections.review.cutting import add_clips, take_in, told
from canopy.detections.review.offer import new_clips
from canopy.detections.review.place import review_table
from canopy.detections.review.sheet import alone
from canopy.detections.review.strategies.registry import STRATEGIES
from canopy.detections.review.table import ReviewTable
from canopy.detections.search.windows import Windows
from canopy.runtime import command
from canopy.runtime.files import write_table
from canopy.runtime.owned import REVIEWS, mark
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--found", type=Path, required=True, help="recording_id, path, audio: all recordings")
    parser.add_argument("--vectors", type=Path, nargs="*", default=[], help="arrays of what windows sound like")
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
        )
        added = add_clips(new, table, context_s=settings["context_s"])
    write_table(added, given.offered)
    print("\n".join(told(added, table)))


if __name__ == "__main__":
    command.run(main)
