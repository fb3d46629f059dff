"""What a trunk declares of itself: its name, what it sees, the size it needs, its maps, and where these lie."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from canopy.config.model import Model


class Maps(NamedTuple):
    """What a trunk makes of a window.

    Attributes
    ----------
    maps : keras tensor
        Shape `(batch, n_segments, n_columns, n_channels)`.
    step : float
        Frames per segment.
    first : float or None
        Where the first segment is centred, in frames; None: half a segment in from the window's beginning.
    """

    maps: Any
    step: float
    first: float | None = None


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Kind:
    """A kind of trunk.

    Attributes
    ----------
    name : str
        What `model: {backbone: NAME}` calls it.
    maps : callable
        Takes standardised features, a keras tensor `(batch, n_frames, n_bins)`, and the settings of `model:`; returns
        `Maps`.
    check : callable
        Takes the settings, `n_frames` and `n_bins`; raises `CanopyError` where a window is too small, which says what
        to change.
    sees : str
        What its features must hold: `spectrograms`, `samples` or `embeddings`.
    begins : str
        What `weights:` may give it: `nothing`, a network that `canopy` trained, or also weights of `keras`.
    needs : tuple of str
        The optional packages, by the names with which they are imported.
    register : callable
        Imports the module of its own layers, if it has any, so that a network that was saved can be read.

    See Also
    --------
    canopy.models.trunks.registry : Names all trunks.
    """

    name: str
    maps: Callable[[Any, Model], Maps]
    check: Callable[[Model, int, int], None]
    sees: Literal["spectrograms", "samples", "embeddings"] = "spectrograms"
    begins: Literal["nothing", "canopy", "keras"] = "canopy"
    needs: tuple[str, ...] = ()
    register: Callable[[], None] = _nothing
