"""Augmentation of batches inside the graph; each step's randomness is a function of its seed alone.

Features are in dB and stay so. What is masked out becomes the training set's mean, which the network
sees as zero.
"""

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from canopy.config.training import Augment

DB_PER_NEPER = 4.342944819032518


def augment(
    features: Any, clip_labels: Any, frame_labels: Any, *, seed: Any, fill: Any, hop_s: float, settings: Augment
) -> tuple[Any, Any, Any]:
    """Augment a batch.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`, float32, in dB.
    clip_labels, frame_labels : tensor
        Ternary, shapes `(batch, n_species)` and `(batch, n_frames, n_species)`.
    seed : tensor
        Shape `(2,)`, int32.
    fill : tensor
        Shape `(n_bins,)`: the value of masked bins, in dB.
    hop_s : float
        Seconds between frames.
    settings : Augment
        What to do, and how much.

    Returns
    -------
    tuple of tensor
        Features and labels of the same shapes.
    """
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 6))
    n_frames, n_bins = features.shape[1], features.shape[2]
    if settings.mixup_probability:
        features, clip_labels, frame_labels = mixup(
            features,
            clip_labels,
            frame_labels,
            seed=seeds[0],
            probability=settings.mixup_probability,
            alpha=settings.mixup_alpha,
        )
    if settings.gain_db:
        shape = (tf.shape(features)[0], 1, 1)
        features += tf.random.stateless_uniform(shape, seeds[1], -settings.gain_db, settings.gain_db)
    if settings.equalizer_db:
        features += random_equalizer(
            tf.shape(features)[0], n_bins, seed=seeds[4], bands=settings.equalizer_bands, range_db=settings.equalizer_db
        )
    if settings.frequency_shift_bins:
        features = shift_frequency(features, seed=seeds[5], furthest=settings.frequency_shift_bins)
    keep_time = random_masks(
        tf.shape(features)[0], n_frames, seed=seeds[2], count=settings.time_masks, longest=settings.time_mask_s / hop_s
    )
    keep_bins = random_masks(
        tf.shape(features)[0],
        n_bins,
        seed=seeds[3],
        count=settings.frequency_masks,
        longest=settings.frequency_mask_share * n_bins,
    )
    keep = keep_time[:, :, None] & keep_bins[:, None, :]
    return tf.where(keep, features, fill), clip_labels, frame_labels


def mixup(
    features: Any, clip_labels: Any, frame_labels: Any, *, seed: Any, probability: float, alpha: float
) -> tuple[Any, Any, Any]:
    """Add to some windows another window of the batch, in the power domain, with the union of labels.

    Powers are weighted with `w` and `1 - w`, `w` from Beta(alpha, alpha). A species is present in the
    sum if it is in either window, absent if it is absent from both, else unknown: the larger label.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`, in dB.
    clip_labels, frame_labels : tensor
        Ternary labels.
    seed : tensor
        Shape `(2,)`, int32.
    probability : float
        Share of windows to which another is added.
    alpha : float
        Both parameters of the beta distribution.

    Returns
    -------
    tuple of tensor
        Features and labels of the same shapes.
    """
    batch = tf.shape(features)[0]
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
    partner = tf.argsort(tf.random.stateless_uniform([batch], seeds[0]))
    chosen = tf.random.stateless_uniform([batch], seeds[1]) < probability
    weight = tfp.distributions.Beta(alpha, alpha).sample([batch, 1, 1], seed=seeds[2])
    weight = tf.clip_by_value(weight, 1e-4, 1 - 1e-4)
    mixed = DB_PER_NEPER * tf.reduce_logsumexp(
        tf.stack(
            [
                features / DB_PER_NEPER + tf.math.log(weight),
                tf.gather(features, partner) / DB_PER_NEPER + tf.math.log1p(-weight),
            ]
        ),
        axis=0,
    )
    features = tf.where(chosen[:, None, None], mixed, features)
    clip_labels = tf.where(chosen[:, None], tf.maximum(clip_labels, tf.gather(clip_labels, partner)), clip_labels)
    frame_labels = tf.where(
        chosen[:, None, None], tf.maximum(frame_labels, tf.gather(frame_labels, partner)), frame_labels
    )
    return features, clip_labels, frame_labels


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


def random_equalizer(batch: Any, n_bins: int, *, seed: Any, bands: int, range_db: float) -> Any:
    """Draw, for each window, a gain that varies smoothly with frequency, as rooms, distances and microphones do.

    Gains are drawn at `bands` equally spaced bins and interpolated linearly between them (FilterAugment,
    Nam, Kim and Park 2022, linear type).

    Returns
    -------
    tensor
        Shape `(batch, 1, n_bins)`, in dB, each between `-range_db` and `range_db`.
    """
    gains_db = tf.random.stateless_uniform((batch, bands), seed, -range_db, range_db)
    knots = np.linspace(0, n_bins - 1, bands)
    weights = np.stack([np.interp(np.arange(n_bins), knots, np.eye(bands)[number]) for number in range(bands)])
    return tf.matmul(gains_db, weights.astype(np.float32))[:, None, :]


def shift_frequency(features: Any, *, seed: Any, furthest: int) -> Any:
    """Move each window up or down by up to so many bins; the bins left empty repeat the edge.

    On a mel axis this is a change of pitch: other individuals, other sizes.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`.
    seed : tensor
        Shape `(2,)`, int32.
    furthest : int
        Longest shift, in bins.

    Returns
    -------
    tensor
        The same shape.
    """
    batch, n_bins = tf.shape(features)[0], features.shape[2]
    shift = tf.random.stateless_uniform((batch, 1), seed, -furthest, furthest + 1, dtype=tf.int32)
    source = tf.clip_by_value(tf.range(n_bins)[None, :] + shift, 0, n_bins - 1)
    return tf.gather(features, source, axis=2, batch_dims=1)
