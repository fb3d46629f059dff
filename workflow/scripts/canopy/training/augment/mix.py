"""Mixing the windows of a batch with each other."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from canopy.features.units import UNITS, Unit
from canopy.training.targets import PRESENT, SOMEWHERE

DB_PER_NEPER = 4.342944819032518


def union(own: Any, other: Any) -> Any:
    """Return what is known of the sum of two windows.

    A species is present in it if it is in either, absent if it is absent from both; else it may be there
    (`canopy.training.targets.SOMEWHERE`) if it may be in either; else it is unknown.
    """
    present = (own == PRESENT) | (other == PRESENT)
    return tf.where(present, tf.cast(PRESENT, own.dtype), tf.maximum(own, other))


def mixup(
    features: Any,
    clip_labels: Any,
    frame_labels: Any,
    *,
    seed: Any,
    probability: float,
    alpha: float,
    unit: Unit = "db",
) -> tuple[Any, Any, Any]:
    """Add to some windows another window of the batch, in the power domain, with the union of labels.

    Powers are weighted with `w` and `1 - w`, `w` from Beta(alpha, alpha); embeddings, which have none, by their values.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`, in `unit`.
    clip_labels, frame_labels : tensor
        As `canopy.training.targets` gives them.
    seed : tensor
        Shape `(2,)`, int32.
    probability : float
        Share of windows to which another is added.
    alpha : float
        Both parameters of the beta distribution.
    unit : str
        `db`: powers are added. `sample`: samples are, with the square roots of the weights, which adds the powers of
        sounds that know nothing of each other. `embedding`: their weighted mean is taken.

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
    if UNITS[unit].signal:
        mixed = tf.sqrt(weight) * features + tf.sqrt(1 - weight) * tf.gather(features, partner)
    elif not UNITS[unit].level:
        mixed = weight * features + (1 - weight) * tf.gather(features, partner)
    else:
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
    clip_labels = tf.where(chosen[:, None], union(clip_labels, tf.gather(clip_labels, partner)), clip_labels)
    frame_labels = tf.where(chosen[:, None, None], union(frame_labels, tf.gather(frame_labels, partner)), frame_labels)
    return features, clip_labels, frame_labels


def band_mix(
    features: Any, clip_labels: Any, frame_labels: Any, bands: Any, *, seed: Any, probability: float
) -> tuple[Any, Any, Any]:
    """Keep of some windows only the frequencies of one present species, and take the others from another window.

    A species whose band lies inside what is kept keeps its labels, one whose band lies outside gets the other
    window's, and of one that is cut, what both windows agree on is known.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`.
    clip_labels, frame_labels : tensor
        Ternary, shapes `(batch, n_species)` and `(batch, n_frames, n_species)`.
    bands : tensor
        Shape `(n_species, 2)`: each species' first and last bin.
    seed : tensor
        Shape `(2,)`, int32.
    probability : float
        Share of windows to be mixed, of those in which a species is present.

    Returns
    -------
    tuple of tensor
        Of the same shapes.
    """
    bands = tf.cast(bands, tf.float32)
    batch, n_bins = tf.shape(features)[0], features.shape[2]
    to_pair, to_choose, to_pick = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
    partner = tf.argsort(tf.random.stateless_uniform([batch], to_pair))
    present = clip_labels == PRESENT
    chosen = tf.reduce_any(present, axis=1) & (tf.random.stateless_uniform([batch], to_choose) < probability)
    lottery = tf.random.stateless_uniform(tf.shape(clip_labels), to_pick)
    low, high = tf.unstack(tf.gather(bands, tf.argmax(tf.where(present, lottery, -1.0), axis=1)), axis=1)
    bins = tf.range(n_bins, dtype=tf.float32)[None, :]
    kept = (bins >= low[:, None]) & (bins <= high[:, None])
    mixed = tf.where(kept[:, None, :], features, tf.gather(features, partner))
    inside = (bands[None, :, 0] >= low[:, None]) & (bands[None, :, 1] <= high[:, None])
    outside = (bands[None, :, 0] > high[:, None]) | (bands[None, :, 1] < low[:, None])

    def labels(own: Any, shape: Any) -> Any:
        other = tf.gather(own, partner)
        perhaps = (own == SOMEWHERE) | (other == SOMEWHERE)
        differing = tf.where(perhaps, tf.cast(SOMEWHERE, own.dtype), tf.zeros_like(own))
        agreed = tf.where(own == other, own, differing)
        cut = tf.where(tf.reshape(outside, shape), other, agreed)
        return tf.where(tf.reshape(inside, shape), own, cut)

    n_species = tf.shape(clip_labels)[1]
    return (
        tf.where(chosen[:, None, None], mixed, features),
        tf.where(chosen[:, None], labels(clip_labels, (batch, n_species)), clip_labels),
        tf.where(chosen[:, None, None], labels(frame_labels, (batch, 1, n_species)), frame_labels),
    )
