"""Horizontal bars with their numbers written out: the ensemble's weights, and what the run cost."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from canopy.report.plots.style import colour, new_figure, note, picture
from canopy.runtime.progress import duration


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
    notes = [f"{value:.3f}" for value in values]
    return _bars(weights["experiment"].tolist(), values, notes, label="Weight", room=1.15)


@picture
def plot_cost(rules: pd.DataFrame) -> Figure:
    """Draw the time that each rule's jobs took.

    Parameters
    ----------
    rules : DataFrame
        rule, total_s; in the order to draw.

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
    notes = [duration(total_s) for total_s in rules["total_s"]]
    values = (rules["total_s"] / seconds).tolist()
    return _bars(rules["rule"].tolist(), values, notes, label=f"Time of all jobs of a rule ({unit})", room=1.35)


def _bars(names: Sequence[str], values: Sequence[float], notes: Sequence[str], *, label: str, room: float) -> Figure:
    figure = new_figure(0.7 + 0.3 * len(names))
    axes = figure.subplots()
    drawn = axes.barh(range(len(names)), values, height=0.62, color=colour(0))
    axes.bar_label(drawn, labels=list(notes), padding=4)
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    longest = max([*values, 1e-9])
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, longest) if 0 <= tick <= longest]
    axes.set_xticks(ticks)
    axes.set_xlim(0, longest * room)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(0, ticks[-1])
    axes.set_xlabel(label, loc="left")
    return figure
