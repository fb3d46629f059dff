"""How evenly the folds share the boxes."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from canopy.plots.style import new_figure, picture

SCALE_PERCENT = 50.0
"""Deviations of this size and more have the full colour."""


def deviations_percent(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how far each count lies from its row's mean, in percent of that mean; 0 where a row is empty."""
    mean = counts.mean(axis=1)
    return counts.sub(mean, axis=0).div(mean.where(mean > 0, 1), axis=0) * 100


@picture
def plot_fold_balance(counts: pd.DataFrame) -> Figure:
    """Draw counts as a heat map, coloured by their distance from the row's mean.

    Parameters
    ----------
    counts : DataFrame
        One row per species (or other kind of unit), one column per fold.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_rows, n_folds = counts.shape
    figure = new_figure(1.5 + 0.26 * n_rows)
    axes = figure.subplots()
    shown = deviations_percent(counts).to_numpy()
    image = axes.imshow(shown, cmap="PuOr_r", vmin=-SCALE_PERCENT, vmax=SCALE_PERCENT, aspect="auto")
    for (row, fold), count in np.ndenumerate(counts.to_numpy()):
        strong = abs(shown[row, fold]) > 0.75 * SCALE_PERCENT
        axes.text(fold, row, f"{count}", ha="center", va="center", color="white" if strong else "black")
    axes.set_xticks(range(n_folds), [str(fold) for fold in counts.columns])
    axes.set_yticks(range(n_rows), [str(name) for name in counts.index])
    axes.set_xlabel("Fold")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", shrink=0.5, aspect=30, extend="both")
    bar.set_label("Distance from the row's mean (%)")
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure
