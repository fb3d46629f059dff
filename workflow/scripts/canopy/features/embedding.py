"""Embeddings: the values of a layer of a pretrained network, by frame.

Conventions: a window's positions lie in time around its middle, one hop apart; a layer without an axis of time has one,
in the middle. Windows begin where positions fall on frames: frame `i` is the position that is centred on sample
`i * hop_samples`, and where windows overlap the mean of theirs. The first and the last frames, which no position of a
window inside the recording reaches, repeat their neighbour. Less than a hop before the recording and after it is heard
as silence; so is all that a window lacks of a recording that is shorter than one.
"""

from typing import NamedTuple

import numpy as np

from canopy.config.embedding import EmbeddingFeatures
from canopy.features.networks.network import BATCH, Network
from canopy.features.networks.registry import open_network


class Layout(NamedTuple):
    """Where windows and their positions lie.

    Attributes
    ----------
    before : int
        Samples of silence before the recording, where the window of frame 0 begins.
    first : int
        The frame of that window's first position.
    """

    before: int
    first: int


def embed(audio: np.ndarray, settings: EmbeddingFeatures) -> np.ndarray:
    """Compute the embeddings of a recording.

    Parameters
    ----------
    audio : numpy.ndarray
        Shape `(n_samples,)`, float32, at `settings.sample_rate_hz`.
    settings : EmbeddingFeatures
        The network, whose `model` is the path of its file, its layer, and where windows lie.

    Returns
    -------
    numpy.ndarray
        Shape `(1 + n_samples // hop_samples, n_bins)`, float32.

    Raises
    ------
    CanopyError
        Of `canopy.features.networks.registry.open_network`.
    """
    return frames_of(audio, open_network(settings), hop=settings.hop_samples, stride=settings.stride_frames)


def bins_of(settings: EmbeddingFeatures) -> int:
    """Return the values per frame of a feature set, whose network is opened for it."""
    return open_network(settings).n_bins


def frames_of(audio: np.ndarray, network: Network, *, hop: int, stride: int) -> np.ndarray:
    """Return a network's values by frame.

    Parameters
    ----------
    audio : numpy.ndarray
        Shape `(n_samples,)`.
    network : Network
    hop : int
        Samples from frame to frame.
    stride : int
        Frames from window to window, at most the network's positions.

    Returns
    -------
    numpy.ndarray
        Shape `(1 + n_samples // hop, n_bins)`, float32.
    """
    n_frames, n_positions = 1 + len(audio) // hop, network.n_positions
    before, first = layout(network, hop)
    starts = window_starts(len(audio) + before, network.n_samples, hop=hop, stride=stride)
    padded = np.pad(audio, (before, max(0, starts[-1] * hop + network.n_samples - before - len(audio))))
    total = np.zeros((max(n_frames, first + starts[-1] + n_positions), network.n_bins), np.float32)
    count = np.zeros((len(total), 1), np.float32)
    for begin in range(0, len(starts), BATCH):
        some = starts[begin : begin + BATCH]
        windows = np.stack([padded[start * hop : start * hop + network.n_samples] for start in some])
        for start, values in zip(some, network.run(windows), strict=True):
            total[first + start : first + start + n_positions] += values
            count[first + start : first + start + n_positions] += 1
    reached = np.flatnonzero(count)
    held = np.clip(np.arange(n_frames), reached[0], reached[-1])
    return total[held] / count[held]


def layout(network: Network, hop: int) -> Layout:
    """Return where a network's windows begin so that their positions fall on frames."""
    centre = (network.n_samples - (network.n_positions - 1) * hop) // 2
    return Layout(centre % hop, centre // hop)


def window_starts(n_samples: int, n_window: int, *, hop: int, stride: int) -> list[int]:
    """Return the frames at which windows begin that cover samples to their end.

    Parameters
    ----------
    n_samples, n_window : int
        Of the recording and of a window.
    hop, stride : int
        As in `frames_of`.

    Returns
    -------
    list of int
        Multiples of `stride`; the last window begins at the first frame from which it reaches the end.

    Examples
    --------
    >>> window_starts(100, 30, hop=10, stride=2)
    [0, 2, 4, 6, 7]
    """
    last = max(0, -(-(n_samples - n_window) // hop))
    return [*range(0, last, stride), last]
