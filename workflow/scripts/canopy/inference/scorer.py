"""Scores of whole recordings, tail included, from overlapping windows."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Literal, NamedTuple

import keras
import numpy as np

from canopy.inference.chunks import chunks, windows
from canopy.models.trunk import Trunk, split

CHUNK_FRAMES = 4096

Method = Literal["chunks", "windows"]


def stitch(frames: np.ndarray, starts: np.ndarray, n_recording: int) -> np.ndarray:
    """Average the windows' framewise logits where they overlap, each fading towards its edges.

    Parameters
    ----------
    frames : numpy.ndarray
        Shape `(n_windows, n_window, n_species)`.
    starts : numpy.ndarray
        First frame of each window.
    n_recording : int
        Frames of the recording.

    Returns
    -------
    numpy.ndarray
        Shape `(n_recording, n_species)`, float32.
    """
    n_window = frames.shape[1]
    ramp = np.minimum(np.arange(1, n_window + 1), np.arange(n_window, 0, -1)).astype(np.float32)
    total = np.zeros((max(n_recording, starts[-1] + n_window), frames.shape[2]), np.float32)
    weight = np.zeros((len(total), 1), np.float32)
    for start, window in zip(starts, frames, strict=True):
        total[start : start + n_window] += ramp[:, None] * window
        weight[start : start + n_window] += ramp[:, None]
    return (total / weight)[:n_recording]


class Layout(NamedTuple):
    """Where a network's windows lie in a recording, and what reaches into them.

    Attributes
    ----------
    n_window : int
        Frames of a window.
    hop : int
        Frames from one window's beginning to the next one's; windows begin at its multiples, but for the last.
    context : int
        Frames before and after a window that have a say in its logits.
    step : int
        A recording is filled up to a multiple of so many frames by repeating its last.
    """

    n_window: int
    hop: int
    context: int
    step: int


class Scorer:
    """A network that scores recordings.

    Parameters
    ----------
    model : keras.Model
        From windows of features to logits `clip` and `frames`.
    overlap : float
        Share of each window that the next one covers again.
    batch_size : int
        Windows per step of the network, or of its head.
    method : str
        `chunks`: each frame passes through the convolutional trunk once, in chunks with enough context that
        the result does not depend on their length, and the head looks at each window of the trunk's maps.
        `windows`: each window passes through the whole network, which sees zeros around it, as in training.
        Networks whose trunk sees the whole window at once (`canopy.models.trunk.split`) are always scored
        by windows.
    chunk_frames : int
        Frames of a chunk; memory grows with it.
    silent : bool
        What lies beyond a recording's end: silence, as samples have it, or its last frame again.

    Attributes
    ----------
    layout : Layout
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        overlap: float,
        batch_size: int,
        method: Method = "chunks",
        chunk_frames: int = CHUNK_FRAMES,
        silent: bool = False,
    ) -> None:
        self.batch_size, self._silent = batch_size, silent
        self._trunk: Trunk | None = split(model) if method == "chunks" else None
        n_window, step, context, self._dense = model.input_shape[1], 1, 0, 1
        if self._trunk is not None:
            step, context, self._dense = self._trunk.step, self._trunk.context, self._trunk.dense
            self._maps = compiled(self._trunk.maps)
        self._logits = compiled(self._trunk.head if self._trunk else model)
        self._shortest = self._trunk.n_segments * self._dense * step if self._trunk else n_window
        hop = max(1, round(self._shortest / step * (1 - overlap)))
        if self._dense == 2:  # an odd one, so that neighbouring windows pool different pairs of frames
            hop = max(hop - 1 + hop % 2, 1)
        self._length = max(chunk_frames // step, 1) * step
        self.layout = Layout(n_window, hop * step, context, step)

    def __call__(self, values: np.ndarray | Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Score one recording.

        Parameters
        ----------
        values : numpy.ndarray or iterable of numpy.ndarray
            Its features, shape `(n_frames, n_bins)`; or their pieces one after another, of which only a chunk is held.

        Returns
        -------
        clip : numpy.ndarray
            Shape `(n_species,)`: the highest clipwise logit of all windows.
        frames : numpy.ndarray
            Shape `(n_frames, n_species)`: stitched framewise logits.
        """
        _, clips, frames = self.by_window(values)
        return clips.max(axis=0), frames

    def by_window(self, values: np.ndarray | Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Score one recording, or a part of one, and tell its windows apart.

        Parameters
        ----------
        values : numpy.ndarray or iterable of numpy.ndarray
            As in a call.

        Returns
        -------
        starts : numpy.ndarray
            Shape `(n_windows,)`: each window's first frame.
        clips : numpy.ndarray
            Shape `(n_windows, n_species)`: clipwise logits.
        frames : numpy.ndarray
            Shape `(n_frames, n_species)`: stitched framewise logits.
        """
        n_frames = 0

        def pieces() -> Iterator[np.ndarray]:
            nonlocal n_frames
            for piece in [values] if isinstance(values, np.ndarray) else values:
                n_frames += len(piece)
                yield piece

        n_positions = self._shortest // self.layout.step - (self._dense - 1)
        due = windows(self._positions(pieces()), n_positions, self.layout.hop // self.layout.step)
        starts, clips, frames = [], [], []
        while batch := list(islice(due, self.batch_size)):
            logits = self._logits(np.stack([window[:: self._dense] for _, window in batch]).astype(np.float32))
            starts += [start * self.layout.step for start, _ in batch]
            clips.append(keras.ops.convert_to_numpy(logits["clip"]))
            frames.append(keras.ops.convert_to_numpy(logits["frames"]))
        first = np.asarray(starts)
        return first, np.concatenate(clips), stitch(np.concatenate(frames), first, n_frames)

    def _positions(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield what windows are cut from, chunk by chunk: the trunk's maps, or the features themselves."""
        _, _, context, step = self.layout
        for values, own in chunks(
            pieces, length=self._length, context=context, stride=step, shortest=self._shortest, silent=self._silent
        ):
            if self._trunk is None:
                yield values[own]
            else:
                yield keras.ops.convert_to_numpy(self._maps(values[None].astype(np.float32)))[0, own]


def score_recordings(
    model: keras.Model,
    recordings: Iterable[tuple[str, np.ndarray | Iterable[np.ndarray]]],
    *,
    overlap: float,
    batch_size: int,
    frame_share: float,
    method: Method = "chunks",
    chunk_frames: int = CHUNK_FRAMES,
    silent: bool = False,
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Score recordings one after another.

    Parameters
    ----------
    model : keras.Model
        From windows of features to logits `clip` and `frames`.
    recordings : iterable of (str, numpy.ndarray)
        Ids and features, as `Scorer` takes them.
    overlap, batch_size, method, chunk_frames, silent
        As in `Scorer`.
    frame_share : float
        From 0 to 1: how much of a recording's score is its highest framewise logit.

    Yields
    ------
    recording_id : str
    score : numpy.ndarray
        Shape `(n_species,)`: the highest clipwise logit of all windows and the highest stitched framewise
        logit, weighed by `1 - frame_share` and `frame_share`. The first is sure of a species, the
        second finds short calls that attention over a window misses.
    frames : numpy.ndarray
        Shape `(n_frames, n_species)`: stitched framewise logits.
    """
    scorer = Scorer(
        model, overlap=overlap, batch_size=batch_size, method=method, chunk_frames=chunk_frames, silent=silent
    )
    for recording_id, values in recordings:
        clip, frames = scorer(values)
        yield recording_id, (1 - frame_share) * clip + frame_share * frames.max(axis=0), frames


def compiled(model: keras.Model) -> Callable[[np.ndarray], Any]:
    """Return the model's forward pass as one graph that takes any number of windows, and chunks of any length."""
    import tensorflow as tf

    spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    return tf.function(lambda windows: model(windows, training=False), input_signature=[spec], autograph=False)
