"""One recording: its spectrogram with the annotated boxes, and the framewise probabilities below."""

from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from canopy.report.plots.frequency import FrequencyAxis
from canopy.report.plots.style import colour, new_figure, picture

GREYS = 20
"""Shades of a spectrogram: enough for the eye, few enough for a small file."""

DARKEST_PERCENTILE, LIGHTEST_PERCENTILE = 99.9, 25.0
LONGEST_OF_TWO = 34
"""Longest name in the legend, in characters, that leaves room for another beside it."""

UNLISTED = "#6e7781"


@dataclass(frozen=True)
class Box:
    """An annotated box, in seconds and Hz (nan where a frequency was not told); `confirmed` or refuted."""

    species: str
    onset_s: float
    offset_s: float
    low_hz: float
    high_hz: float
    confirmed: bool


@dataclass(frozen=True)
class Curve:
    """A species' framewise probabilities, shape `(n_frames,)`; `remark` says what is known of it in this recording."""

    species: str
    remark: str
    probability: NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """What a picture of one recording shows.

    Attributes
    ----------
    level_db : ndarray, shape (n_frames, n_bins)
        Spectrogram; frame `i` is centred at `i * hop_s`.
    hop_s : float
    axis : FrequencyAxis
        Which frequencies its bins stand for.
    boxes : tuple of Box
    curves : tuple of Curve
        Frame `i` is centred at `i * frame_s`.
    frame_s : float
    view_s : tuple of float
        From when to when.
    """

    level_db: NDArray[np.floating]
    hop_s: float
    axis: FrequencyAxis
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    frame_s: float
    view_s: tuple[float, float]


@picture
def plot_example(scene: Scene) -> Figure:
    """Draw one recording.

    Boxes are solid, with their name above, where the species was confirmed, and dashed, with their name below, where it
    was refuted; their colour is that of the species' curve, grey where it has none. Louder is darker.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = [f" {curve.species} ({curve.remark})" for curve in scene.curves]
    per_row = 2 if max(map(len, names), default=0) <= LONGEST_OF_TWO else 1
    figure = new_figure(3.8 + 0.2 * -(-len(names) // per_row))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.3, 1])
    colours = {curve.species: colour(number) for number, curve in enumerate(scene.curves)}
    _spectrogram(upper, scene)
    for box in scene.boxes:
        _box(upper, box, scene.axis, colours.get(box.species, UNLISTED))
    for curve, name in zip(scene.curves, names, strict=True):
        time_s = np.arange(len(curve.probability)) * scene.frame_s
        lower.plot(time_s, curve.probability, color=colours[curve.species], label=name)
    for box in scene.boxes:
        if box.confirmed and box.species in colours:
            lower.axvspan(box.onset_s, box.offset_s, color=colours[box.species], alpha=0.13, linewidth=0)
    lower.set_xlim(*scene.view_s)
    lower.set_ylim(-0.02, 1.02)
    lower.set_yticks([0, 0.5, 1])
    lower.grid(axis="y")
    lower.set_xlabel("Time (s)")
    lower.set_ylabel("Probability")
    if scene.curves:
        figure.legend(loc="outside lower center", ncols=per_row)
    return figure


def _spectrogram(axes: Axes, scene: Scene) -> None:
    start_s, end_s = scene.view_s
    first = max(0, round(start_s / scene.hop_s))
    level_db = np.asarray(scene.level_db[first : round(end_s / scene.hop_s) + 1], dtype=np.float32)
    bottom, top = scene.axis.ends()
    left_s = (first - 0.5) * scene.hop_s
    lightest, darkest = np.percentile(level_db, [LIGHTEST_PERCENTILE, DARKEST_PERCENTILE])
    axes.imshow(
        level_db.T,
        cmap=matplotlib.colormaps["Greys"].resampled(GREYS),
        interpolation_stage="data",
        vmin=lightest,
        vmax=max(darkest, lightest + 1),
        origin="lower",
        aspect="auto",
        extent=(left_s, left_s + len(level_db) * scene.hop_s, bottom, top),
    )
    ticks_hz = scene.axis.ticks_hz()
    axes.set_yticks(scene.axis.place(ticks_hz), [f"{tick:g}" for tick in ticks_hz])
    axes.set_ylim(bottom, top)
    axes.set_ylabel("Frequency (Hz)")
    axes.tick_params(axis="x", labelbottom=False)


def _box(axes: Axes, box: Box, axis: FrequencyAxis, edge: str) -> None:
    bottom, top = axes.get_ylim()
    places = axis.place([box.low_hz, box.high_hz])
    low, high = np.clip(np.where(np.isnan(places), [bottom, top], places), bottom, top)
    halo = [withStroke(linewidth=3.0, foreground="white", alpha=0.75)]
    axes.add_patch(
        Rectangle(
            (box.onset_s, low),
            box.offset_s - box.onset_s,
            high - low,
            fill=False,
            edgecolor=edge,
            linewidth=1.6,
            linestyle="-" if box.confirmed else (0, (4, 2)),
            path_effects=halo,
        )
    )
    label = axes.annotate(
        box.species,
        (box.onset_s, high if box.confirmed else low),
        xytext=(2, 2 if box.confirmed else -2),
        textcoords="offset points",
        va="bottom" if box.confirmed else "top",
        color=edge,
        fontsize=8,
        fontweight="bold",
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        annotation_clip=True,
    )
    edge_of_view = high > bottom + 0.93 * (top - bottom) if box.confirmed else low < bottom + 0.07 * (top - bottom)
    if edge_of_view:
        label.set_position((3, -3 if box.confirmed else 3))
        label.set_verticalalignment("top" if box.confirmed else "bottom")
