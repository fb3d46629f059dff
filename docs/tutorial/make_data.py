"""Make the tutorial's data: the demo's recordings, with a Raven table of every call in those to learn from.

    .venv/bin/python docs/tutorial/make_data.py my_data

writes `my_data/train/` (120 recordings), `my_data/annotations/selections.txt` (the Raven table), `my_data/new/` (60
recordings to find calls in), and all calls in these, to score what was found: `my_data/truth.csv`, and for the
recordings to learn from `my_data/truth_of_train.csv`. With `--listed` the table holds only the boxes that the demo
lists, about one in six.
"""

import argparse
import csv
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow" / "scripts"))

from canopy.config.demo import Demo
from canopy.config.settings import section
from canopy.data.demo.dataset import write_demo

COLUMNS = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
    "Begin Path",
    "File Offset (s)",
    "Species",
)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder to make")
    parser.add_argument("--listed", action="store_true", help="only the boxes that the demo lists")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other recordings")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as place:
        demo = Path(place)
        write_demo(section(Demo, {"seed": given.seed}, "demo"), demo)
        for ours, theirs in (("train", "train"), ("new", "test")):
            shutil.copytree(demo / theirs, given.folder / ours, dirs_exist_ok=True)
        names = {row["species_id"]: row["name"] for row in rows_of(demo / "truth" / "species.csv")}
        boxes = rows_of(demo / ("train_tp.csv" if given.listed else "truth/train_events.csv"))
        write_raven(boxes, names, given.folder)
        for subset, table in (("test", "truth.csv"), ("train", "truth_of_train.csv")):
            write_truth(rows_of(demo / "truth" / f"{subset}_events.csv"), names, given.folder / table)
    print(f"{given.folder}: 120 recordings with {len(boxes)} selections, 60 new recordings")


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV table."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write_raven(boxes: list[dict[str, str]], names: dict[str, str], folder: Path) -> None:
    """Write boxes as Raven does for several files that are open as one sequence."""
    lines = ["\t".join(COLUMNS)]
    order: dict[str, int] = {}
    for number, box in enumerate(boxes, start=1):
        path = os.path.abspath(folder / "train" / f"{box['recording_id']}.flac")
        begin = 15.0 * order.setdefault(path, len(order))
        onset_s, offset_s = float(box["t_min"]), float(box["t_max"])
        times = f"{begin + onset_s:.4f}", f"{begin + offset_s:.4f}"
        cells = [str(number), "Spectrogram 1", "1", *times, box["f_min"], box["f_max"], path, f"{onset_s:.4f}"]
        lines.append("\t".join([*cells, names[box["species_id"]]]))
    table = folder / "annotations" / "selections.txt"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_truth(events: list[dict[str, str]], names: dict[str, str], path: Path) -> None:
    """Write all calls in some recordings, with how loud they are."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(["recording_id", "species", "onset_s", "offset_s", "snr_db"])
        for event in events:
            table.writerow(
                [event["recording_id"], names[event["species_id"]], event["t_min"], event["t_max"], event["snr_db"]]
            )


if __name__ == "__main__":
    main()
