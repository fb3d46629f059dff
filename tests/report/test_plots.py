"""Pictures show the numbers they are given, where they belong, and are the same bytes each time."""

import io
import warnings
from pathlib import Path
from typing import Any

import librosa
import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from canopy.config.features import MelFeatures
from canopy.report.levels import axis_of
from canopy.report.plots.bars import plot_cost, plot_weights
from canopy.report.plots.examples import Box, Curve, Scene, plot_example
from canopy.report.plots.folds import plot_fold_balance, unevenness_percent
from canopy.report.plots.frequency import FrequencyAxis
from canopy.report.plots.species import MAX_ROWS, plot_species_scores
from canopy.report.plots.style import (
    DPI,
    PALETTE,
    SETTINGS,
    WIDTH_IN,
    colour,
    dashes,
    new_figure,
    note,
    picture,
    png,
    stacked,
)
from canopy.report.plots.training import plot_training_curves

HOP_S = 0.02


def mel_axis(low_hz: float, high_hz: float, n_bands: int) -> FrequencyAxis:
    return axis_of(MelFeatures(sample_rate_hz=96000, low_hz=low_hz, high_hz=high_hz, n_bands=n_bands))


AXIS = mel_axis(50.0, 15000.0, 48)


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def labels(axis: Any) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def folds_table(rows: dict[str, list[int]]) -> pd.DataFrame:
    return pd.DataFrame(rows).T


def history(loss: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"epoch": range(1, len(loss) + 1), "loss": loss, "learning_rate": 1e-3})


def scene(**changes: Any) -> Scene:
    rng = np.random.default_rng(3)
    level_db = rng.normal(-60, 3, (500, 48))
    level_db[100:150, 20:24] = -10
    boxes = (Box("s1", 2.0, 3.0, 1000.0, 2000.0, True), Box("s2", 6.0, 7.5, 0.0, 600.0, False))
    curve = Curve("s1", "confirmed", np.linspace(0, 1, 250))
    given: dict[str, Any] = {
        "level_db": level_db,
        "hop_s": HOP_S,
        "axis": AXIS,
        "boxes": boxes,
        "curves": (curve,),
        "frame_s": 0.04,
        "view_s": (0.0, 9.98),
    }
    return Scene(**(given | changes))


def boxes_drawn(figure: Figure) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def test_counts_that_are_as_even_as_whole_numbers_can_be_are_not_coloured() -> None:
    counts = folds_table({"a": [2, 1, 2], "b": [4, 4, 4], "c": [0, 0, 0], "d": [1, 0, 0]})
    assert not unevenness_percent(counts).to_numpy().any()


def test_uneven_counts_are_measured_from_the_nearer_even_share_in_percent_of_the_mean() -> None:
    uneven = unevenness_percent(folds_table({"a": [10, 20, 30], "b": [1, 1, 3]}))
    np.testing.assert_allclose(uneven.loc["a"], [-50, 0, 50])
    np.testing.assert_allclose(uneven.loc["b"], [0, 0, 60])


def test_fold_balance_writes_every_count_in_its_cell() -> None:
    counts = folds_table({"s1": [5, 6, 7], "s2": [11, 2, 3]})
    figure = plot_fold_balance(counts, folds_table({"recordings": [20, 21, 22]}))
    upper, lower = figure.axes[:2]
    assert texts(upper) == ["5", "6", "7", "11", "2", "3"]
    assert [text.get_position() for text in upper.texts][3] == (0, 1)
    assert texts(lower) == ["20", "21", "22"]
    assert labels(upper.yaxis) == ["s1", "s2"]
    assert labels(lower.xaxis) == ["0", "1", "2"]


def test_training_curves_have_a_panel_of_loss_for_each_experiment_and_a_line_for_each_fold() -> None:
    folds = {0: history([3.0, 2.0, 1.0]), 1: history([4.0, 2.0, 1.5])}
    figure = plot_training_curves({"a": folds, "b": {0: history([9.0, 8.0])}})
    first, second = figure.axes
    assert [first.get_title(loc="left"), second.get_title(loc="left")] == ["a", "b"]
    np.testing.assert_array_equal(first.lines[1].get_xydata(), [[1, 4.0], [2, 2.0], [3, 1.5]])
    assert (first.get_xlabel(), first.get_ylabel()) == ("Epoch", "Training loss")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["fold 0", "fold 1"]


def test_a_training_of_one_epoch_is_visible() -> None:
    figure = plot_training_curves({"a": {0: history([3.0])}})
    assert figure.axes[0].lines[0].get_marker() == "o"


def species_table(n_species: int) -> pd.DataFrame:
    value = np.linspace(0.5, 0.9, n_species + 1)
    names = ["", *(f"s{number}" for number in range(n_species))]
    table = pd.DataFrame({"series": "out of fold", "species": names, "value": value})
    return table.assign(low=value - 0.1, high=value + 0.05)


def test_species_are_drawn_with_their_intervals_from_best_to_worst() -> None:
    axes = plot_species_scores(species_table(3), label="LWLRAP").axes[0]
    assert labels(axes.yaxis) == ["all species", "s2", "s1", "s0"]
    points = np.asarray(axes.lines[0].get_xydata())
    np.testing.assert_allclose(points[:, 0], species_table(3)["value"])
    assert points[:, 1].tolist() == [0, 3, 2, 1]
    lines = axes.collections[0]
    assert isinstance(lines, LineCollection)
    ends = np.array([np.asarray(segment)[:, 0] for segment in lines.get_segments()])
    np.testing.assert_allclose(ends, species_table(3)[["low", "high"]])
    assert axes.get_xlabel() == "LWLRAP, with 95 % interval"


def test_of_very_many_species_the_lowest_are_drawn() -> None:
    axes = plot_species_scores(species_table(MAX_ROWS + 40), label="LWLRAP").axes[0]
    shown = labels(axes.yaxis)
    assert len(shown) == MAX_ROWS + 1
    assert shown[-1] == "s0"
    assert f"s{MAX_ROWS}" not in shown
    assert axes.get_title(loc="left") == f"The {MAX_ROWS} lowest of {MAX_ROWS + 40} species"


def test_a_species_scored_in_one_series_only_is_drawn() -> None:
    both = pd.concat([species_table(2), species_table(3).assign(series="test")])
    figure = plot_species_scores(both, label="LWLRAP")
    assert "s2" in labels(figure.axes[0].yaxis)
    assert [text.get_text().strip() for text in figure.legends[0].get_texts()] == ["out of fold", "test"]


def test_weights_are_drawn_to_scale_and_written_out() -> None:
    axes = plot_weights(pd.DataFrame({"experiment": ["a", "b"], "weight": [0.25, 0.75]})).axes[0]
    assert [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)] == [0.25, 0.75]
    assert texts(axes) == ["0.250", "0.750"]
    assert labels(axes.yaxis) == ["a", "b"]


@pytest.mark.parametrize(
    ("total_s", "unit", "width"), [(90.0, "seconds", 90), (600.0, "minutes", 10), (9e3, "hours", 2.5)]
)
def test_cost_is_drawn_in_the_unit_that_fits(total_s: float, unit: str, width: float) -> None:
    axes = plot_cost(pd.DataFrame({"rule": ["train_fold", "other"], "total_s": [total_s, 1.0]})).axes[0]
    assert axes.get_xlabel() == f"Time of all jobs of a rule ({unit})"
    first = axes.patches[0]
    assert isinstance(first, Rectangle)
    assert first.get_width() == width


def test_a_mel_axis_puts_band_centres_where_librosa_has_them() -> None:
    edges = np.linspace(*mel_axis(50.0, 15000.0, 40).ends(), 41)
    centres = librosa.mel_frequencies(42, fmin=50.0, fmax=15000.0)[1:-1]
    np.testing.assert_allclose(librosa.mel_to_hz((edges[:-1] + edges[1:]) / 2), centres, rtol=1e-9)


def test_an_octave_axis_puts_bin_centres_where_librosa_has_them() -> None:
    centres = librosa.cqt_frequencies(60, fmin=110.0, bins_per_octave=24)
    edges = np.linspace(*FrequencyAxis("octave", centres[0], centres[-1], 60).ends(), 61)
    np.testing.assert_allclose(2 ** ((edges[:-1] + edges[1:]) / 2), centres, rtol=1e-9)
    assert np.ptp(FrequencyAxis("octave", 110.0, 110.0, 1).ends()) == 1


def test_frequency_ticks_are_octaves_that_do_not_crowd() -> None:
    assert mel_axis(50, 15000, 64).ticks_hz() == [500, 1000, 2000, 4000, 8000]
    assert mel_axis(20, 1000, 40).ticks_hz() == [125, 250, 500]
    assert FrequencyAxis("octave", 110.0, 7000.0, 144).ticks_hz() == [125, 250, 500, 1000, 2000, 4000]
    wide = mel_axis(50, 48000, 64)
    low, high = wide.ends()
    assert (np.diff(wide.place(wide.ticks_hz())) / (high - low)).min() > 0.08
    assert len(FrequencyAxis("octave", 20.0, 40000.0, 100).ticks_hz()) == 11


def test_boxes_on_an_octave_axis_stand_at_their_octaves() -> None:
    figure = plot_example(scene(axis=FrequencyAxis("octave", 100.0, 8000.0, 48)))
    confirmed, refuted = boxes_drawn(figure)
    np.testing.assert_allclose(confirmed.get_bbox().extents, [2.0, np.log2(1000), 3.0, np.log2(2000)])
    assert refuted.get_bbox().y0 == figure.axes[0].get_ylim()[0]


def test_boxes_stand_at_their_time_and_frequency_solid_if_confirmed_and_dashed_if_refuted() -> None:
    confirmed, refuted = boxes_drawn(plot_example(scene()))
    low, high = librosa.hz_to_mel([1000.0, 2000.0])
    np.testing.assert_allclose(confirmed.get_bbox().extents, [2.0, low, 3.0, high])
    assert confirmed.get_linestyle() in ("-", "solid")
    assert refuted.get_linestyle() not in ("-", "solid")


def test_a_box_that_reaches_below_the_lowest_band_keeps_its_edge_in_sight() -> None:
    figure = plot_example(scene())
    bottom, top = figure.axes[0].get_ylim()
    refuted = boxes_drawn(figure)[1]
    assert refuted.get_bbox().y0 == bottom
    assert bottom < refuted.get_bbox().y1 < top


def test_a_box_without_frequencies_spans_the_band() -> None:
    figure = plot_example(scene(boxes=(Box("s1", 2.0, 3.0, np.nan, np.nan, True),)))
    bottom, top = figure.axes[0].get_ylim()
    np.testing.assert_allclose(boxes_drawn(figure)[0].get_bbox().extents, [2.0, bottom, 3.0, top])


def test_a_box_has_the_colour_of_its_species_curve() -> None:
    figure = plot_example(scene())
    confirmed, refuted = boxes_drawn(figure)
    curve = figure.axes[1].lines[0]
    assert to_hex(confirmed.get_edgecolor()) == to_hex(curve.get_color()) == PALETTE[0]
    assert to_hex(refuted.get_edgecolor()) not in PALETTE


def test_spectrogram_cells_are_centred_on_their_frames() -> None:
    shown = scene()
    image = plot_example(shown).axes[0].images[0]
    assert np.asarray(image.get_array()).shape == shown.level_db.T.shape
    left, right, bottom, top = image.get_extent()
    assert left == pytest.approx(-HOP_S / 2)
    assert right == pytest.approx((500 - 0.5) * HOP_S)
    row = 22
    centre_hz = librosa.mel_to_hz(bottom + (row + 0.5) * (top - bottom) / 48)
    assert centre_hz == pytest.approx(librosa.mel_frequencies(50, fmin=50.0, fmax=15000.0)[1 + row])


def test_a_part_of_a_recording_keeps_its_times() -> None:
    figure = plot_example(scene(view_s=(4.0, 8.0)))
    image, lower = figure.axes[0].images[0], figure.axes[1]
    left, right, _, _ = image.get_extent()
    assert left == pytest.approx(4.0 - HOP_S / 2)
    assert right == pytest.approx(8.0 + HOP_S / 2)
    assert np.asarray(image.get_array()).shape == (48, 201)
    assert lower.get_xlim() == (4.0, 8.0)


def test_curves_stand_at_their_frames_centres() -> None:
    lower = plot_example(scene()).axes[1]
    data = np.asarray(lower.lines[0].get_xydata())
    np.testing.assert_allclose(data[:, 0], np.arange(250) * 0.04)
    np.testing.assert_allclose(data[:, 1], np.linspace(0, 1, 250))


def test_a_silent_recording_without_boxes_can_be_drawn() -> None:
    silent = scene(level_db=np.full((500, 48), -100.0), boxes=(), curves=())
    assert image_of(png(plot_example(silent))).width == round(WIDTH_IN * DPI)


def test_the_drawn_spectrogram_is_dark_where_the_recording_is_loud() -> None:
    figure = plot_example(scene(boxes=(), curves=()))
    drawn = np.asarray(image_of(png(figure)).convert("L"), dtype=float)
    upper = figure.axes[0]
    (x, y) = upper.transData.transform([2.5, float(np.linspace(*AXIS.ends(), 49)[22])])
    scale = DPI / figure.dpi
    loud = drawn[round(drawn.shape[0] - y * scale) - 3 :, round(x * scale) - 3 :][:6, :6]
    (x, y) = upper.transData.transform([8.0, float(np.linspace(*AXIS.ends(), 49)[22])])
    quiet = drawn[round(drawn.shape[0] - y * scale) - 3 :, round(x * scale) - 3 :][:6, :6]
    assert loud.mean() < 60 < 130 < quiet.mean()


def image_of(drawn: bytes) -> Image.Image:
    return Image.open(io.BytesIO(drawn))


def test_a_figure_gives_the_same_bytes_without_date_or_software() -> None:
    first, second = (png(plot_example(scene())) for _ in range(2))
    assert first == second
    assert image_of(first).info.keys() <= {"dpi"}


def test_pictures_do_not_depend_on_the_users_settings_nor_change_them() -> None:
    weights = pd.DataFrame({"experiment": ["a"], "weight": [1.0]})
    plain = png(plot_weights(weights))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.dpi": 10}):
        assert png(plot_weights(weights)) == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_names_with_dollars_underscores_and_markup_are_drawn_as_they_are() -> None:
    names = ["a$b$c", "_hidden", r"$\frac$", "<b>"]
    table = pd.DataFrame({"experiment": names, "weight": [0.25] * 4})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes = plot_weights(table).axes[0]
        assert labels(axes.yaxis) == names
        curves = tuple(Curve(name, "confirmed", np.zeros(250)) for name in names)
        figure = plot_example(scene(curves=curves, boxes=tuple(Box(name, 1, 2, 500, 900, True) for name in names)))
        png(figure)
    shown = [text.get_text().strip() for text in figure.legends[0].get_texts()]
    assert shown == [f"{name} (confirmed)" for name in names]


def test_colours_and_line_styles_tell_as_many_series_apart_as_they_can() -> None:
    looks = {(colour(number), str(dashes(number))) for number in range(24)}
    assert len(looks) == 24


# What people without one kind of cone see, in linear RGB (Machado, Oliveira and Fernandes, 2009,
# "A physiologically-based model for simulation of color vision deficiency", severity 1).
VISION = {
    "common": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def lab(linear_rgb: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* (D65), in which equal distances look about equally large."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(linear_rgb @ to_xyz.T / to_xyz.sum(axis=1)).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_from_each_other_and_from_white_for_all_kinds_of_vision(vision: str) -> None:
    rgb = np.array([to_rgb(one) for one in ("#ffffff", *PALETTE)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ np.asarray(VISION[vision]).T, 0, 1))
    distances = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(len(seen), 1)]
    assert distances.min() > 10


@pytest.mark.parametrize(
    "figure",
    [
        plot_weights(pd.DataFrame({"experiment": [], "weight": []})),
        plot_cost(pd.DataFrame({"rule": [], "total_s": []})),
        plot_species_scores(species_table(0).iloc[:0], label="LWLRAP"),
        plot_training_curves({}),
    ],
)
def test_without_data_a_picture_says_so(figure: Figure) -> None:
    (text,) = figure.texts
    assert text.get_text().startswith(("There ", "No "))


def test_stacked_pictures_keep_every_pixel_in_order(tmp_path: Path) -> None:
    parts = [png(note("first")), png(plot_weights(pd.DataFrame({"experiment": ["a"], "weight": [1.0]})))]
    whole = np.asarray(image_of(stacked(parts)).convert("RGB"))
    np.testing.assert_array_equal(whole, np.vstack([np.asarray(image_of(part).convert("RGB")) for part in parts]))


def test_every_picture_has_the_common_width_and_font() -> None:
    @picture
    def draw() -> Figure:
        figure = new_figure(1.0)
        figure.text(0.1, 0.1, "text")
        return figure

    figure = draw()
    assert figure.get_figwidth() == WIDTH_IN
    assert figure.texts[0].get_fontsize() == SETTINGS["font.size"]
