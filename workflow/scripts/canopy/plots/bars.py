"""Horizontal bars with their numbers written out: the ensemble's weights, and what the run cost."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from canopy.plots.style import colour, new_figure, note, picture
from canopy.progress import duration


@picture
def plot_weights(weights: pd.DataFrame) -> Figure:
    """Draw the ensemble's weights.

    Parameters
    ----------
    weights : DataFrame
        experiment, weight.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if weights.empty:
        return note("There is no ensemble.")
    values = weights["weight"].tolist()
    return _bars(weights["experiment"].tolist(), values, [f"{value:.3f}" for value in values], label="Weight", room=1.15)


@picture
def plot_cost(rules: pd.DataFrame) -> Figure:
    """Draw the time that each rule's jobs took.

    Parameters
    ----------
    rules : DataFrame
        rule, jobs, total_s, max_memory_mb (missing where not measured); in the order to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Bars in seconds, minutes or hours, as the longest needs.
    """
    if rules.empty:
        return note("There are no benchmark files.")
    unit, seconds = next(
        (name, length)
        for name, length in (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))
        if rules["total_s"].max() >= 2 * length or length == 1
    )
    notes = [
        f"{duration(row.total_s)}, {row.jobs} {'job' if row.jobs == 1 else 'jobs'}{_memory(row.max_memory_mb)}"
        for row in rules.itertuples(index=False)
    ]
    values = (rules["total_s"] / seconds).tolist()
    return _bars(rules["rule"].tolist(), values, notes, label=f"Time of all jobs of a rule ({unit})", room=1.75)


def memory(megabytes: float) -> str:
    """Return an amount of memory for people: `310 MB`, `1.4 GB`; empty where it is missing."""
    if pd.isna(megabytes):
        return ""
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def _memory(megabytes: float) -> str:
    found = memory(megabytes)
    return f", up to {found}" if found else ""


def _bars(names: Sequence[str], values: Sequence[float], notes: Sequence[str], *, label: str, room: float) -> Figure:
    figure = new_figure(0.7 + 0.3 * len(names))
    axes = figure.subplots()
    drawn = axes.barh(range(len(names)), values, height=0.62, color=colour(0))
    axes.bar_label(drawn, labels=list(notes), padding=4, fontsize=9)
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, max(*values, 1e-9) * room)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label)
    return figure
