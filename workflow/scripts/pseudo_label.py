"""Make the labels that a network takes from its teacher: events where the teacher's framewise scores are high.

Settings: name (for the log), pseudo_labels (of the experiment, without real_share).
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.config.pseudo import PseudoLabels
from canopy.config.settings import section
from canopy.detections.pseudo_labels import label_recordings
from canopy.inference.framewise import read_framewise
from canopy.runtime import command, files
from canopy.runtime.tables import read_table
from canopy.training.targets import read_rows


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--rows", nargs="+", required=True, help="the training rows of each fold that is held out")
    parser.add_argument("--classes", required=True, help="table of classes")
    parser.add_argument(
        "--labelled", type=Path, nargs="*", default=[], help="teachers' framewise.npy of training recordings"
    )
    parser.add_argument(
        "--unlabelled", type=Path, nargs="*", default=[], help="a teacher's framewise.npy of recordings without labels"
    )
    parser.add_argument("--output", required=True, help="table of events to write")
    given = parser.parse_args(argv)
    name = given.settings["name"]
    settings = section(PseudoLabels, given.settings["pseudo_labels"], name)

    rows = read_rows(given.rows)
    species = read_table(given.classes, ["species"])["species"].tolist()
    kinds = {
        annotated: label_recordings(map(read_framewise, paths), rows, species, settings, annotated=annotated)
        for annotated, paths in ((True, given.labelled), (False, given.unlabelled))
    }
    pseudo = pd.concat([table for table in kinds.values() if len(table)] or [kinds[True]], ignore_index=True)
    files.write_table(pseudo, given.output)
    for annotated, table in kinds.items():
        what = "with annotations" if annotated else "without"
        print(f"{name}: {len(table)} pseudo-labels in {table['recording_id'].nunique()} recordings {what}")
    counts = pseudo["species"].value_counts()
    print(", ".join(f"{one} {counts.get(one, 0)}" for one in species))


if __name__ == "__main__":
    command.run(main)
