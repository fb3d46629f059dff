"""How well each species is found."""

import pandas as pd
from matplotlib.figure import Figure

from canopy.report.plots.style import FAINT, MUTED, colour, new_figure, note, picture

MAX_ROWS = 60
MARKERS = ("o", "D", "s", "^")


@picture
def plot_species_scores(scores: pd.DataFrame, *, label: str) -> Figure:
    """Draw a score of each species with its interval, the best on top.

    Parameters
    ----------
    scores : DataFrame
        series, species, value, low, high; `species` is empty for the overall figure, which leads. Rows are sorted by
        the first series. Of more than 60 species, those that score lowest are drawn.
    label : str
        What the score is.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if scores.empty:
        return note("There are no labels to score species by.")
    series = list(dict.fromkeys(scores["series"]))
    first = scores.drop_duplicates("species").set_index("species")["value"]
    names = sorted((name for name in first.index if name), key=lambda name: -first[name])
    n_all = len(names)
    names = names[max(0, n_all - MAX_ROWS) :]
    place = {name: row for row, name in enumerate(["", *names])}
    step = 0.7 / max(2, len(series))
    figure = new_figure(1.2 + 0.27 * len(place))
    axes = figure.subplots()
    axes.axhspan(-0.5, 0.5, color="#f0f3f6", linewidth=0)
    for number, name in enumerate(series):
        rows = scores[(scores["series"] == name) & scores["species"].isin(place)]
        y = rows["species"].map(place) + (number - (len(series) - 1) / 2) * step
        axes.hlines(y, rows["low"], rows["high"], color=colour(number), linewidth=1.8)
        axes.plot(
            rows["value"], y, MARKERS[number % len(MARKERS)], color=colour(number), markersize=5.5, label=f" {name}"
        )
    axes.set_yticks(range(len(place)), ["all species", *names])
    axes.get_yticklabels()[0].set_fontweight("bold")
    axes.set_ylim(len(place) - 0.5, -0.5)
    axes.set_xlim(min(0.5, float(scores["low"].fillna(scores["value"]).min()) - 0.02), 1.015)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.hlines([row + 0.5 for row in range(len(place) - 1)], *axes.get_xlim(), color=FAINT, linewidth=0.4, zorder=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{label}, with 95 % interval")
    if len(names) < n_all:
        axes.set_title(f"The {len(names)} lowest of {n_all} species", color=MUTED)
    if len(series) > 1:
        figure.legend(loc="outside upper center", ncols=len(series))
    return figure
