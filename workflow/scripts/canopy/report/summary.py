"""The figures that a run prints at its end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import pandas as pd

from canopy.evaluation.metrics.measures.measure import SUMMARY, Metric
from canopy.evaluation.metrics.measures.registry import METRICS, shown
from canopy.report.experiments import Difference, difference, ranked
from canopy.report.minding import minding
from canopy.report.run import Model, Run
from canopy.runtime.progress import duration

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
        A line on the data, one for each model, the best experiment first (the headline metric out of fold, the same
        less the best experiment's and, where the truth is known, on the test recordings, each with its 95 % interval;
        the other metrics that are registered for the summary, where they are valid; how long its networks trained; its
        weight in the ensemble), one for what each student has over its teacher, one for each file, and what to mind:
        what its probabilities are worth where they are none, and species that it does not find.
    """
    models = ranked(run)
    tested = any(model.test is not None for model in models)
    compared = {model.name: difference(run, model) for model in models}
    columns: list[tuple[str, Callable[[Model], object], bool]] = [
        ("out of fold", partial(_scored, metric=run.headline, subset="oof"), True),
        ("minus the best", lambda model: compared[model.name] or "-", any(compared.values())),
        ("test", partial(_scored, metric=run.headline, subset="test"), tested),
        *_further(run, models),
        ("training", _training, any(model.training_s is not None for model in models)),
        ("weight", lambda model: "" if model.weight is None else f"{model.weight:.3f}", len(run.weights) > 0),
    ]
    shown = [(title, cell) for title, cell, is_shown in columns if is_shown]
    rows = [[f"{run.headline.title} [95 % interval]", *(title for title, _ in shown)]]
    rows += [[model.name, *(str(cell(model)) for _, cell in shown)] for model in models]
    about = [
        f"{len(run.classes)} species",
        f"{len(run.train_recordings)} annotated recordings in {run.n_folds} folds",
        *([f"{len(run.recordings['test'])} test recordings"] if "test" in run.recordings else []),
    ]
    lines = [f"{run.dataset}: {', '.join(about)}", "", *_aligned(rows)]
    if len(run.more.get("pseudo_labels", ())):
        lines += ["", *_aligned(_effects(run.more["pseudo_labels"]))]
    if files:
        lines += ["", *_aligned([[what, where] for what, where in files.items()])]
    mind = list(minding(run))
    return "\n".join([*lines, *([""] if mind else []), *mind]) + "\n"


def _further(run: Run, models: Sequence[Model]) -> Iterable[tuple[str, Callable[[Model], object], bool]]:
    """Yield the columns of the summary's metrics but the headline, as `summary_text` wants them."""
    for metric, subset in ((one, of) for one in shown(SUMMARY) if one != run.headline for of in SUBSETS):
        title = metric.title if subset == "oof" else f"{metric.title}, {SUBSETS[subset]}"
        cell = partial(_scored, metric=metric, subset=subset)
        yield title, cell, any(model.score(metric, subset) for model in models)


def _scored(model: Model, metric: Metric, subset: str) -> object:
    return model.score(metric, subset) or "-"


def _training(model: Model) -> str:
    return "" if model.training_s is None else duration(model.training_s)


def _effects(compared: pd.DataFrame) -> list[list[str]]:
    """Return a line per student: how much better than its teacher it is out of fold, and on the test recordings."""
    shown = {subset: name for subset, name in SUBSETS.items() if (compared["subset"] == subset).any()}
    rows = [[f"{METRICS[compared['metric'].iloc[0]].title} over the teacher's", *shown.values()]]
    told = {
        (row["student"], row["subset"]): str(Difference(row["difference"], row["low"], row["high"]))
        for row in compared.to_dict("records")
    }
    for student, teacher in dict.fromkeys(zip(compared["student"], compared["teacher"], strict=True)):
        rows.append([f"{student}, taught by {teacher}", *(told.get((student, subset), "-") for subset in shown)])
    return rows


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
