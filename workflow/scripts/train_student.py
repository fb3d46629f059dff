"""Train one network of an experiment that has a teacher, on the real labels and on the teacher's.

Settings: those of `train_fold`, and real_share (of every batch, for windows around real boxes).
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from canopy.runtime import command
from canopy.runtime.digest import digest
from canopy.training.job import fit

if TYPE_CHECKING:
    import pandas as pd

    from canopy.training.windows import Windows


def arguments(parser: ArgumentParser) -> None:
    """Add the argument that `train_fold` does not have."""
    parser.add_argument("--pseudo", type=Path, required=True, help="table of the teacher's labels")


def taught(given: Namespace, rows: "pd.DataFrame", windows: "Windows") -> "tuple[Windows, str]":
    """Return windows around the labels of both kinds; a checkpoint is one for these labels of the teacher.

    Where the teacher is sure of nothing, the real labels are all there is.
    """
    from canopy.runtime.tables import read_table
    from canopy.training.student_windows import StudentWindows

    pseudo = read_table(given.pseudo, ["recording_id", "species"])
    fingerprint = digest(given.fingerprint, given.pseudo.read_text(encoding="utf-8"))
    if not pseudo["recording_id"].isin(windows.store.ids()).any():
        print(f"{given.settings['name']}: no pseudo-labels, the real labels alone are learnt from", flush=True)
        return windows, fingerprint
    return StudentWindows(windows, rows, pseudo, real_share=given.settings["real_share"]), fingerprint


def main(argv: Sequence[str] | None = None) -> None:
    fit(argv, doc=__doc__, more=arguments, change=taught)


if __name__ == "__main__":
    command.run(main)
