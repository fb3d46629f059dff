"""Augmentation along time."""

from typing import Any

import tensorflow as tf

from canopy.features.units import UNITS, Unit


def stretch(
    features: Any, clip_labels: Any, frame_labels: Any, *, seed: Any, most: float, unit: Unit = "db"
) -> tuple[Any, Any, Any]:
    """Play each window faster or slower, about its middle; labels follow, and past the edges the window's ends repeat.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`, in `unit`.
    clip_labels, frame_labels : tensor
        Ternary, shapes `(batch, n_species)` and `(batch, n_frames, n_species)`.
    seed : tensor
        Shape `(2,)`, int32.
    most : float
        The logarithm of the factor is drawn uniformly up to that of `1 + most`, up or down.
    unit : str
        Of `sample`, the samples themselves are played at another pace, which changes their pitch too.

    Returns
    -------
    tuple of tensor
        Of the same shapes. Features are interpolated linearly, a frame's labels are its nearest frame's. Clip labels
        stay: a slower window may lose the parts of an event that lie near its ends.
    """
    batch, n_frames, n_bins = tf.shape(features)[0], features.shape[1], features.shape[2]
    furthest = tf.math.log1p(tf.constant(most, tf.float32))
    factor = tf.exp(tf.random.stateless_uniform((batch, 1), seed, -furthest, furthest))
    line = tf.reshape(features, (batch, n_frames * n_bins, 1)) if UNITS[unit].signal else features
    place = _places(line.shape[1], factor)
    before = tf.minimum(tf.cast(place, tf.int32), line.shape[1] - 2)
    share = (place - tf.cast(before, tf.float32))[:, :, None]
    earlier, later = (tf.gather(line, before + step, axis=1, batch_dims=1) for step in (0, 1))
    played = tf.reshape((1 - share) * earlier + share * later, tf.shape(features))
    nearest = tf.cast(tf.round(_places(n_frames, factor)), tf.int32)
    return tf.ensure_shape(played, features.shape), clip_labels, tf.gather(frame_labels, nearest, axis=1, batch_dims=1)


def _places(length: int, factor: Any) -> Any:
    """Return where each of so many positions is read from, shape `(batch, length)`."""
    middle = (length - 1) / 2
    place = middle + (tf.range(length, dtype=tf.float32)[None, :] - middle) * factor
    return tf.clip_by_value(place, 0.0, length - 1.0)


def roll(features: Any, clip_labels: Any, frame_labels: Any, *, seed: Any, furthest: float) -> tuple[Any, Any, Any]:
    """Move each window in time; what leaves at one end enters at the other, and labels follow.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`.
    clip_labels, frame_labels : tensor
        Ternary, shapes `(batch, n_species)` and `(batch, n_frames, n_species)`.
    seed : tensor
        Shape `(2,)`, int32.
    furthest : float
        Longest move, as a share of the window.

    Returns
    -------
    tuple of tensor
        Of the same shapes.
    """
    batch, n_frames = tf.shape(features)[0], features.shape[1]
    most = round(furthest * n_frames)
    move = tf.random.stateless_uniform((batch, 1), seed, -most, most + 1, dtype=tf.int32)
    source = tf.math.floormod(tf.range(n_frames)[None, :] + move, n_frames)
    moved, labels = (tf.gather(values, source, axis=1, batch_dims=1) for values in (features, frame_labels))
    return moved, clip_labels, labels


def random_masks(batch: Any, length: int, *, seed: Any, count: int, longest: float) -> Any:
    """Draw, for each window, `count` masks of random length and place along one axis.

    Returns
    -------
    tensor
        Shape `(batch, length)`, bool: False where a mask lies. A mask is uniformly up to `longest`
        positions long and lies inside the axis.
    """
    centre = tf.range(length, dtype=tf.float32)[None, :, None] + 0.5
    draws = tf.random.stateless_uniform((2, batch, 1, count), seed)
    width = draws[0] * min(longest, float(length))
    start = draws[1] * (length - width)
    masked = (centre >= start) & (centre < start + width)
    return ~tf.reduce_any(masked, axis=-1)
