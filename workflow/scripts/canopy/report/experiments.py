"""The experiments of a run side by side: what tells them apart, how good they are, and what they cost.

The best is the one with the highest headline metric (LWLRAP) out of fold; all others are compared with it, paired by
recording. That the best was chosen by the same recordings flatters it a little, the more so the more experiments there
are.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from canopy.evaluation.metrics.rows import told_interval
from canopy.report.run import ENSEMBLE, Model, Run


@dataclass(frozen=True)
class Difference:
    """How far one figure lies above another, and the bounds of the difference's 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def interval(self) -> str:
        """The bounds, with their signs: `[-0.031, -0.004]`; or why there are none."""
        return told_interval(self.low, self.high, "+.3f")

    @property
    def verdict(self) -> str:
        """Whether the first is better or worse by more than the interval holds."""
        if self.low > 0:
            return "better by more than its interval"
        return "worse by more than its interval" if self.high < 0 else "not told apart"

    def __str__(self) -> str:
        return f"{self.value:+.3f} {self.interval}"


def ranked(run: Run) -> list[Model]:
    """Return the ensemble, where there is one, and the experiments by the headline metric out of fold, the best first.

    Those without a score come last; equals stay in their order.
    """

    def rank(model: Model) -> tuple[bool, float]:
        score = model.score(run.headline, "oof")
        return model.name != ENSEMBLE, -score.value if score else 1.0

    return sorted(run.models, key=rank)


def leader(run: Run) -> Model:
    """Return the experiment with the highest headline metric out of fold."""
    return next(model for model in ranked(run) if model.name != ENSEMBLE)


def difference(run: Run, model: Model, subset: str = "oof") -> Difference | None:
    """Return a model's headline metric less the best experiment's.

    Parameters
    ----------
    run : Run
    model : Model
    subset : {"oof", "test"}

    Returns
    -------
    Difference or None
        None for the best itself, and where the run did not compare the two.
    """
    best = leader(run).name
    for row in run.more.get(f"comparisons_{subset}", pd.DataFrame()).to_dict("records"):
        if row["metric"] == run.headline.name and {row["first"], row["second"]} == {model.name, best}:
            if row["first"] == model.name:
                return Difference(row["difference"], row["low"], row["high"])
            return Difference(-row["difference"], -row["high"], -row["low"])
    return None


def experiment_table(run: Run) -> pd.DataFrame:
    """Return all of `ranked` in numbers, one row each.

    Returns
    -------
    DataFrame
        experiment; a column for each key in which experiments differ, by dotted path; and of each subset that was
        scored (`oof`, `test`): `<subset>_<metric>, <subset>_low, <subset>_high, <subset>_n` and
        `<subset>_minus_best, <subset>_minus_best_low, <subset>_minus_best_high`; parameters (of one fold's network);
        training_s and training_cpu_s (seconds, of all folds' trainings as they last ran); weight. What is not known is
        empty.
    """
    rows = [_row(run, model) for model in ranked(run)]
    keys = dict.fromkeys(path for model in run.models for path in model.differing)  # the ensemble has none
    order = ["experiment", *keys, *(name for name in rows[0] if name not in ("experiment", *keys))]
    whole = {name: "Int64" for name in order if name == "parameters" or name.endswith("_n")}
    return pd.DataFrame(rows, columns=order).astype(whole)


def _row(run: Run, model: Model) -> dict[str, Any]:
    row: dict[str, Any] = {"experiment": model.name, **{path: told(value) for path, value in model.differing.items()}}
    for subset in ("oof", "test"):
        if subset == "test" and all(one.test is None for one in run.models):
            continue
        score = model.score(run.headline, subset)
        row |= {f"{subset}_{run.headline.name}": getattr(score, "value", None)}
        row |= {f"{subset}_{name}": getattr(score, name, None) for name in ("low", "high", "n")}
        compared = difference(run, model, subset)
        row |= {f"{subset}_minus_best{name}": getattr(compared, field, None) for name, field in _DIFFERENCE.items()}
    cost = {"training_s": model.training_s, "training_cpu_s": model.training_cpu_s}
    return {**row, "parameters": model.n_parameters, **cost, "weight": model.weight}


_DIFFERENCE = {"": "value", "_low": "low", "_high": "high"}


def told(value: Any) -> str:
    """Return a setting's value for people: `4 8` for a list, `none` for null."""
    if isinstance(value, list):
        return " ".join(told(item) for item in value)
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
