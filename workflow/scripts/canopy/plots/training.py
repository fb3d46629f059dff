"""How the trainings went."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from canopy.plots.style import colour, dashes, new_figure, note, picture

PANELS_PER_ROW = 2
PANEL_HEIGHT_IN = 2.0
SCORE = "validation_lwlrap"

Histories = Mapping[str, Mapping[int, pd.DataFrame]]


@picture
def plot_training_curves(histories: Histories) -> Figure:
    """Draw the loss of each experiment and fold by epoch, and the validation score where there is one.

    Parameters
    ----------
    histories : mapping of str to mapping of int to DataFrame
        By experiment and fold: epoch, loss, validation_lwlrap (missing where not computed).

    Returns
    -------
    matplotlib.figure.Figure
        One panel per experiment for the loss; where any experiment has a validation score, that of each stands beside.
    """
    if not histories:
        return note("No experiment was trained.")
    kinds = [("loss", "Training loss")]
    if any(table[SCORE].notna().any() for folds in histories.values() for table in folds.values()):
        kinds.append((SCORE, "Held-out LWLRAP"))
    panels = [(name, column, label, folds) for name, folds in histories.items() for column, label in kinds]
    n_rows = -(-len(panels) // PANELS_PER_ROW)
    figure = new_figure(PANEL_HEIGHT_IN * n_rows + 0.4)
    grid = figure.subplots(n_rows, PANELS_PER_ROW, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, (name, column, label, folds) in zip(grid, panels, strict=False):
        if any(table[column].notna().any() for table in folds.values()):
            axes.set_axis_on()
            _draw(axes, folds, column)
            axes.set_title(name)
            axes.set_ylabel(label)
    every = sorted({fold for folds in histories.values() for fold in folds})
    handles = [_key(grid[0], fold) for fold in every]
    figure.legend(handles, [f"fold {fold}" for fold in every], loc="outside lower center", ncols=min(len(every), 5))
    return figure


def _draw(axes: Axes, folds: Mapping[int, pd.DataFrame], column: str) -> None:
    for fold, table in folds.items():
        points = table[table[column].notna()]
        marker = "o" if len(points) < 2 or len(points) < len(table) else ""
        axes.plot(
            points["epoch"],
            points[column],
            color=colour(fold),
            linestyle=dashes(fold),
            marker=marker,
            markersize=3.5,
        )
    last = max((table["epoch"].max() for table in folds.values() if len(table)), default=1)
    axes.set_xlim(0.5, last + 0.5)
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    axes.grid(axis="y")
    if column == "loss":
        axes.set_ylim(bottom=0)


def _key(axes: Axes, fold: int) -> Any:
    return axes.plot([], [], color=colour(fold), linestyle=dashes(fold))[0]
