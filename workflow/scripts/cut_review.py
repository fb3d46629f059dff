"""Cut out detections of each species, and add them to the table in which a person judges them.

Settings: top, random, borderline, seed, context_s; reviews (the folder of the clips and of their table).
"""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.choose import choose
from canopy.detections.review.clips import clip_name, cut
from canopy.detections.review.place import review_clips, review_table
from canopy.detections.review.table import COLUMNS, ReviewTable
from canopy.runtime import command
from canopy.runtime.files import to_disk, write_table
from canopy.runtime.owned import REVIEWS, mark
from canopy.runtime.progress import Progress
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--offered", type=Path, required=True, help="table of the clips that were added, to write")
    given = parser.parse_args(argv)
    settings = given.settings
    folder = Path(settings["reviews"])

    detections = read_table(given.detections, ["recording_id", "path", "species"])
    table = ReviewTable(review_table(folder))
    numbers = {key: settings[key] for key in ("top", "random", "borderline", "seed")}
    chosen = choose(detections[~table.judged(detections)], **numbers)
    new = chosen[~table.offered(chosen)]
    mark(folder, REVIEWS)
    rows = _cut(new, review_clips(folder), table.next_number(), settings["context_s"])
    added = pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"verdict": object, "remark": object})
    to_disk()
    if len(added) or not table.path.exists():
        table.append(added.to_dict("records"))
    write_table(added, given.offered)
    print(
        f"{len(added)} clips of {new['species'].nunique()} species added: fill in the column `verdict` of {table.path}"
    )
    if waiting := len(chosen) - len(new):
        print(f"{waiting} more wait there without a verdict; they stay as they are, whatever the settings")


def _cut(new: pd.DataFrame, clips: Path, first: int, context_s: float) -> list[Mapping[Hashable, Any]]:
    """Cut the clips and return their rows."""
    clips.mkdir(parents=True, exist_ok=True)
    progress = Progress(len(new), "clips")
    rows: list[Mapping[Hashable, Any]] = []
    for number, row in enumerate(new.to_dict("records"), start=first):
        name = clip_name(number, row["species"], row["recording_id"], row["onset_s"])
        start_s, end_s = cut(row["path"], clips / name, row["onset_s"], row["offset_s"], context_s=context_s)
        rows.append({**row, "clip": name, "clip_onset_s": round(start_s, 3), "clip_offset_s": round(end_s, 3)})
        progress.step()
    return rows


if __name__ == "__main__":
    command.run(main)
