"""Scores of whole recordings, tail included, from overlapping windows."""

from collections.abc import Callable, Iterator

import keras
import numpy as np

from canopy.features.shards import crop


def window_starts(n_recording: int, n_window: int, overlap: float) -> np.ndarray:
    """Return the first frames of the windows that cover a recording.

    Parameters
    ----------
    n_recording, n_window : int
        Lengths, in frames.
    overlap : float
        Share of each window that the next one covers again.

    Returns
    -------
    numpy.ndarray
        Ints from 0; the last window ends with the recording, or is the only one where the recording
        is shorter.
    """
    hop = max(1, round(n_window * (1 - overlap)))
    last = max(n_recording - n_window, 0)
    return np.append(np.arange(0, last, hop), last)


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
    total = np.zeros((max(n_recording, n_window), frames.shape[2]), np.float32)
    weight = np.zeros((len(total), 1), np.float32)
    for start, window in zip(starts, frames, strict=True):
        total[start : start + n_window] += ramp[:, None] * window
        weight[start : start + n_window] += ramp[:, None]
    return (total / weight)[:n_recording]


def score_recordings(
    model: keras.Model,
    recordings: Iterator[tuple[str, np.ndarray]],
    *,
    overlap: float,
    batch_size: int,
    frame_share: float,
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Score recordings one after another.

    Parameters
    ----------
    model : keras.Model
        From windows of features to logits `clip` and `frames`.
    recordings : iterator of (str, numpy.ndarray)
        Ids and features, each of shape `(n_frames, n_bins)`.
    overlap : float
        Share of each window that the next one covers again.
    batch_size : int
        Windows per step.
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
    predict = compiled(model)
    n_window = model.input_shape[1]
    for recording_id, values in recordings:
        starts = window_starts(len(values), n_window, overlap)
        clips, frames = [], []
        for first in range(0, len(starts), batch_size):
            windows = [crop(values, start, n_window) for start in starts[first : first + batch_size]]
            logits = predict(np.stack(windows).astype(np.float32))
            clips.append(keras.ops.convert_to_numpy(logits["clip"]))
            frames.append(keras.ops.convert_to_numpy(logits["frames"]))
        stitched = stitch(np.concatenate(frames), starts, len(values))
        score = (1 - frame_share) * np.concatenate(clips).max(axis=0) + frame_share * stitched.max(axis=0)
        yield recording_id, score, stitched


def compiled(model: keras.Model) -> Callable[[np.ndarray], dict]:
    """Return the model's forward pass as one graph that takes any number of windows."""
    import tensorflow as tf

    spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    return tf.function(lambda windows: model(windows, training=False), input_signature=[spec])
