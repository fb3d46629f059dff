"""A pretrained network: from windows of samples to the values of one of its layers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from canopy.runtime.errors import CanopyError

BATCH = 4
"""Windows that pass through a network at once, of which its memory grows."""


@dataclass(frozen=True)
class Network:
    """A pretrained network.

    Attributes
    ----------
    n_samples : int
        Samples of a window.
    n_positions : int
        Positions in time that the layer has in a window.
    n_bins : int
        Values at each.
    run : callable
        From windows `(n, n_samples)`, float32, any number of them, to values `(n, n_positions, n_bins)`, float32.
    """

    n_samples: int
    n_positions: int
    n_bins: int
    run: Callable[[np.ndarray], np.ndarray]


def opened(path: str, forward: Callable[[np.ndarray], np.ndarray], n_samples: int, *, batch: int) -> Network:
    """Return a network, whose layer has the shape that one window gives.

    Parameters
    ----------
    path : str
        Its file, for messages.
    forward : callable
        From windows `(batch, n_samples)` to the layer's values, whose first axis is the windows'.
    n_samples, batch : int
        Windows have so many samples, and pass through it so many at once.
    """

    def run(windows: np.ndarray) -> np.ndarray:
        found = []
        for first in range(0, len(windows), batch):
            some = windows[first : first + batch]
            full = np.zeros((batch, n_samples), np.float32)
            full[: len(some)] = some
            found.append(by_position(path, forward(full))[: len(some)])
        return np.concatenate(found)

    of_silence = run(np.zeros((1, n_samples), np.float32))
    if not np.isfinite(of_silence).all():
        raise CanopyError(f"{path}: of silence, the layer's values are no numbers; fetch the file again")
    _, n_positions, n_bins = of_silence.shape
    return Network(n_samples, n_positions, n_bins, run)


def by_position(path: str, values: np.ndarray) -> np.ndarray:
    """Return a layer's values by position in time.

    Parameters
    ----------
    path : str
        The network's file, for messages.
    values : numpy.ndarray
        Shape `(n, ..., n_channels)`. The longest axis between is time; at each time, what the others hold is laid side
        by side.

    Returns
    -------
    numpy.ndarray
        Shape `(n, n_positions, n_bins)`, float32.
    """
    if values.ndim < 2 or not np.issubdtype(values.dtype, np.floating):
        raise CanopyError(
            f"{path}: the layer has values of the shape {values.shape} and the type {values.dtype}, which are no "
            "embedding; name another `layer:`"
        )
    between = values.shape[1:-1]
    if not between:
        return np.asarray(values[:, None], np.float32)
    time = 1 + int(np.argmax(between))
    ordered = np.moveaxis(values, time, 1)
    return np.ascontiguousarray(ordered.reshape(*ordered.shape[:2], -1), np.float32)


def check_samples(path: str, shapes: Sequence[Sequence[int | None]], n_samples: int) -> None:
    """Refuse a network that does not take windows of so many samples.

    Parameters
    ----------
    path : str
        Its file, for messages.
    shapes : sequence of sequence of int or None
        Of its inputs; None or -1: any length.
    n_samples : int

    Raises
    ------
    CanopyError
        It has not one input, one that is no sound, or one of another length.
    """
    if len(shapes) != 1:
        raise CanopyError(
            f"{path} has {len(shapes)} inputs, and an embedding needs a network with one, the samples of a window; "
            "give another file"
        )
    long = [-1 if length is None else length for length in shapes[0]]
    fixed = [length for length in (long[1:] if len(long) > 1 else long) if length not in (-1, 1)]
    if not 1 <= len(long) <= 3 or len(fixed) > 1 or (len(long) > 1 and not fixed and -1 not in long[1:]):
        raise CanopyError(
            f"{path} has an input of the shape {tuple(long)}, which is no sound: windows of samples have the shape "
            "(windows, samples); give a network that takes samples"
        )
    if fixed and fixed[0] != n_samples:
        raise CanopyError(
            f"{path} hears windows of {fixed[0]} samples, not of {n_samples}; set `window_samples: {fixed[0]}`"
        )
