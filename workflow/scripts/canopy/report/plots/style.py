"""What all pictures share: width, fonts, colours, and how a figure becomes the bytes of a PNG file."""

import functools
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

WIDTH_IN = 5.4
DPI = 190
INK, MUTED, FAINT = "#1f2328", "#57606a", "#d0d7de"

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours that people with any colour vision can tell apart (Okabe and Ito, 2008, "Color Universal Design")."""

DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
"""Line styles, for series beyond the palette's end."""

SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.columnspacing": 1.2,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.4,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.09,
    "figure.constrained_layout.h_pad": 0.07,
}

P = ParamSpec("P")


def picture(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorate a function that draws a figure: whatever the user's matplotlib settings are, it gets these."""

    @functools.wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _settings():
            return draw(*args, **kwargs)

    return styled


def new_figure(height_in: float) -> Figure:
    """Return an empty figure of the common width and this height."""
    figure = Figure(figsize=(WIDTH_IN, height_in))
    FigureCanvasAgg(figure)
    return figure


@picture
def note(text: str) -> Figure:
    """Return a figure that says why there is nothing to see."""
    figure = new_figure(0.8)
    figure.text(0.5, 0.5, text, ha="center", va="center", color=MUTED)
    return figure


def colour(number: int) -> str:
    """Return a series' colour; after the palette's end it begins again."""
    return PALETTE[number % len(PALETTE)]


def dashes(number: int) -> Any:
    """Return a series' line style: another one each time the palette begins again."""
    return DASHES[number // len(PALETTE) % len(DASHES)]


def png(figure: Figure) -> bytes:
    """Return a figure as PNG: the same bytes for the same figure, without date or software."""
    drawn = io.BytesIO()
    with _settings():
        figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    drawn.seek(0)
    return _packed(Image.open(drawn))


def stacked(pngs: Sequence[bytes]) -> bytes:
    """Return PNG pictures of the same width as one, below each other."""
    images = [Image.open(io.BytesIO(one)).convert("RGB") for one in pngs]
    whole = Image.new("RGB", (max(image.width for image in images), sum(image.height for image in images)), "white")
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    return _packed(whole)


@contextmanager
def _settings() -> Iterator[None]:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def _packed(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.convert("RGB").save(packed, format="png", optimize=True)
    return packed.getvalue()
