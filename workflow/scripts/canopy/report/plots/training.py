"""How the trainings went."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from canopy.report.plots.style import colour, dashes, new_figure, note, picture

PANELS_PER_ROW = 2
PANEL_HEIGHT_IN = 2.0

Histories = Mapping[str, Mapping[int, pd.DataFrame]]


@picture
def plot_training_curves(histories: Histories) -> Figure:
    """Draw the loss of each experiment and fold by epoch.

    Parameters
    ----------
    histories : mapping of str to mapping of int to DataFrame
        By experiment and fold: epoch, loss.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per experiment.
    """
    if not histories:
        return note("No experiment was trained.")
    n_rows = -(-len(histories) // PANELS_PER_ROW)
    figure = new_figure(PANEL_HEIGHT_IN * n_rows + 0.4)
    grid = figure.subplots(n_rows, PANELS_PER_ROW, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, (name, folds) in zip(grid, histories.items(), strict=False):
        axes.set_axis_on()
        _draw(axes, folds)
        axes.set_title(name)
    every = sorted({fold for folds in histories.values() for fold in folds})
    handles = [_key(grid[0], fold) for fold in every]
    figure.legend(handles, [f"fold {fold}" for fold in every], loc="outside lower center", ncols=min(len(every), 5))
    return figure


def _draw(axes: Axes, folds: Mapping[int, pd.DataFrame]) -> None:
    for fold, table in folds.items():
        marker = "o" if len(table) < 2 else ""
        axes.plot(
            table["epoch"],
            table["loss"],
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
    axes.set_ylabel("Training loss")
    axes.set_ylim(bottom=0)


def _key(axes: Axes, fold: int) -> Any:
    return axes.plot([], [], color=colour(fold), linestyle=dashes(fold))[0]
