"""The experiments side by side, what the ensemble makes of them, and how they were trained."""

from typing import Any

from canopy.report import compared, pictures, tables
from canopy.report.experiments import Difference
from canopy.report.run import ENSEMBLE, Run
from canopy.report.scores import score_of
from canopy.report.sections.section import Page, Section

WAYS = {
    "fitted": ("Fitted weights reach", "fitted"),
    "greedy": ("Greedy selection reaches", "greedy"),
    "rank_mean": ("The mean of ranks reaches", "ranks"),
}
"""Rivals of equal weights: how a sentence on each begins, and its name in a difference."""


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    run = page.run
    return {
        "headline": tables.headline(run),
        "comparisons": list(compared.comparisons(run)),
        "students": compared.students(run),
        "ensemble": run.best.name == ENSEMBLE and len(run.weights) > 0,
        "comparison": comparison(run),
    }


def comparison(run: Run) -> str:
    """Return how ways to combine compare with equal weights, where that was computed; else an empty string."""
    mean = score_of(run.best.oof, f"{run.headline.name}_nested_mean")
    if mean is None:
        return ""
    told = [f"Under nested cross-validation, equal weights reach {run.headline.title} {mean}."]
    for way, (name, short) in WAYS.items():
        value = score_of(run.best.oof, f"{run.headline.name}_nested_{way}")
        gain = score_of(run.best.oof, f"{run.headline.name}_{way}_minus_mean")
        if value and gain:
            found = Difference(gain.value, gain.low, gain.high)
            told.append(f"{name} {value}; {short} minus equal is {found}: {found.verdict}.")
    return " ".join(told)


SECTION = Section(
    "experiments",
    "Experiments",
    context,
    "experiments.html",
    pictures={"ensemble_weights": pictures.ensemble_weights, "training_curves": pictures.training_curves},
    inputs={
        "comparisons_oof": "ensemble/oof/comparisons.csv",
        "comparisons_test": "ensemble/test/comparisons.csv",
        "pseudo_labels": "pseudo_labels.csv",
    },
)
