"""How evenly the folds share the boxes."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from canopy.report.plots.style import new_figure, picture

SCALE_PERCENT = 50.0
"""Deviations of this size and more have the full colour."""


def unevenness_percent(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how far each count lies from an even share of its row, in percent of the row's mean.

    A count is even when it is the mean rounded down or up: of five boxes in three folds, none is further from even
    than 1, 2, 2. Other counts are measured from the nearer of these two. Empty rows are even.
    """
    mean = counts.mean(axis=1).to_numpy(dtype=float)[:, None]
    values = counts.to_numpy(dtype=float)
    excess = np.maximum(values - np.ceil(mean), 0) + np.minimum(values - np.floor(mean), 0)
    return pd.DataFrame(excess / np.where(mean > 0, mean, 1) * 100, index=counts.index, columns=counts.columns)


@picture
def plot_fold_balance(counts: pd.DataFrame, totals: pd.DataFrame) -> Figure:
    """Draw counts as a heat map, coloured by their distance from an even share.

    Parameters
    ----------
    counts : DataFrame
        One row per species, one column per fold.
    totals : DataFrame
        Further rows with the same columns, drawn apart below.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(1.7 + 0.26 * (len(counts) + len(totals)))
    upper, lower = figure.subplots(2, 1, height_ratios=[max(1, len(counts)), len(totals)])
    for axes, table in ((upper, counts), (lower, totals)):
        image = _heat_map(axes, table)
    upper.tick_params(labelbottom=False)
    lower.set_xlabel("Fold")
    bar = figure.colorbar(image, ax=[upper, lower], orientation="horizontal", shrink=0.5, aspect=30, extend="both")
    bar.set_label("Distance from an even share (%)")
    bar.outline.set_linewidth(0)
    return figure


def _heat_map(axes: Axes, counts: pd.DataFrame) -> AxesImage:
    n_rows, n_folds = counts.shape
    uneven = unevenness_percent(counts).to_numpy()
    image = axes.imshow(uneven, cmap="PuOr_r", vmin=-SCALE_PERCENT, vmax=SCALE_PERCENT, aspect="auto")
    for (row, fold), count in np.ndenumerate(counts.to_numpy()):
        strong = abs(uneven[row, fold]) > 0.75 * SCALE_PERCENT
        axes.text(fold, row, f"{count}", ha="center", va="center", color="white" if strong else "black")
    axes.set_xticks(range(n_folds), [str(fold) for fold in counts.columns])
    axes.set_yticks(range(n_rows), [str(name) for name in counts.index])
    axes.hlines(np.arange(1, n_rows) - 0.5, -0.5, n_folds - 0.5, color="white", linewidth=1.5)
    axes.vlines(np.arange(1, n_folds) - 0.5, -0.5, n_rows - 0.5, color="white", linewidth=1.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return image
