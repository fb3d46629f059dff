"""The figures that a run prints at its end."""

from collections.abc import Mapping, Sequence

import pandas as pd

from canopy.report.run import Run
from canopy.report.scores import score_of

GAP = "  "
SUBSETS = {"oof": "out of fold", "test": "test"}


def summary_text(run: Run, *, files: Mapping[str, str]) -> str:
    """Tell what a run is worth in a few aligned lines.

    Parameters
    ----------
    run : Run
    files : mapping of str to str
        What to look at next, by what it is.

    Returns
    -------
    str
        A line on the data, one for each model (LWLRAP out of fold and, where the truth is known, on the test
        recordings, each with its 95 % interval; accuracy out of fold, where every recording has one label; its
        weight in the ensemble), one for what each student has over its teacher, and one for each file.
    """
    tested = any(model.test is not None for model in run.models)
    weighted = len(run.weights) > 0
    single = any(score_of(model.oof, "accuracy") for model in run.models)
    further = [name for name, shown in (("test", tested), ("accuracy", single), ("weight", weighted)) if shown]
    rows = [["LWLRAP [95 % interval]", "out of fold", *further]]
    for model in run.models:
        cells = [model.name, str(model.oof_lwlrap or "-")]
        cells += [str(model.test_lwlrap or "-")] if tested else []
        cells += [str(score_of(model.oof, "accuracy") or "-")] if single else []
        cells += ["" if model.weight is None else f"{model.weight:.3f}"] if weighted else []
        rows.append(cells)
    about = [
        f"{len(run.classes)} species",
        f"{len(run.train_recordings)} annotated recordings in {run.n_folds} folds",
        *([f"{len(run.recordings['test'])} test recordings"] if "test" in run.recordings else []),
    ]
    lines = [f"{run.dataset}: {', '.join(about)}", "", *_aligned(rows)]
    if "pseudo_labels" in run.more:
        lines += ["", *_aligned(_effects(run.more["pseudo_labels"]))]
    if files:
        lines += ["", *_aligned([[what, where] for what, where in files.items()])]
    return "\n".join(lines) + "\n"


def _effects(compared: pd.DataFrame) -> list[list[str]]:
    """Return a line per student: how much better than its teacher it is out of fold, and on the test recordings."""
    shown = {subset: name for subset, name in SUBSETS.items() if (compared["subset"] == subset).any()}
    rows = [["LWLRAP over the teacher's", *shown.values()]]
    told = {
        (row.student, row.subset): f"{row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}]"
        for row in compared.itertuples(index=False)
    }
    for student, teacher in dict.fromkeys(zip(compared["student"], compared["teacher"], strict=True)):
        rows.append([f"{student}, taught by {teacher}", *(told.get((student, subset), "-") for subset in shown)])
    return rows


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
