"""Cut out detections of each species, and write the table in which a person judges them.

Settings: top, random, borderline, seed, context_s; folder (of the recordings).
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.detections.review.choose import choose
from canopy.detections.review.clips import clip_name, cut
from canopy.detections.review.table import COLUMNS
from canopy.runtime import command
from canopy.runtime.files import write_table
from canopy.runtime.progress import Progress
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--clips", type=Path, required=True, help="folder of clips to write")
    parser.add_argument("--table", type=Path, required=True, help="table to write, for a person to fill in")
    given = parser.parse_args(argv)
    settings = given.settings

    detections = read_table(given.detections, ["recording_id", "path", "species"])
    numbers = {key: settings[key] for key in ("top", "random", "borderline", "seed")}
    chosen = choose(detections, **numbers)
    given.clips.mkdir(parents=True, exist_ok=True)
    progress = Progress(len(chosen), "clips")
    rows = []
    for number, row in enumerate(chosen.to_dict("records"), start=1):
        name = clip_name(number, row["species"], row["recording_id"], row["onset_s"])
        start_s, end_s = cut(
            row["path"], given.clips / name, row["onset_s"], row["offset_s"], context_s=settings["context_s"]
        )
        rows.append({**row, "clip": name, "clip_onset_s": round(start_s, 3), "clip_offset_s": round(end_s, 3)})
        progress.step()
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"verdict": object, "remark": object})
    write_table(table, given.table)
    print(f"{len(table)} clips of {chosen['species'].nunique()} species: fill in the column `verdict` of {given.table}")


if __name__ == "__main__":
    command.run(main)
