"""Augmentation of levels: what rooms, distances, microphones and individuals do to a call."""

from typing import Any

import numpy as np
import tensorflow as tf

MEL_CORNER = 0.03
"""In cycles per sample: below it the mel scale is about linear, above it logarithmic (700 Hz at 24 kHz)."""


def random_gain(batch: Any, *, seed: Any, range_db: float) -> Any:
    """Draw a gain for each window, uniformly between `-range_db` and `range_db`.

    Returns
    -------
    tensor
        Shape `(batch, 1, 1)`, in dB.
    """
    return tf.random.stateless_uniform((batch, 1, 1), seed, -range_db, range_db)


def noise(shape: Any, *, seed: Any, deviation_db: float) -> Any:
    """Draw Gaussian noise for every value.

    Returns
    -------
    tensor
        Of the given shape, in dB.
    """
    return tf.random.stateless_normal(shape, seed, stddev=deviation_db)


def random_equalizer(batch: Any, n_bins: int, *, seed: Any, bands: int, range_db: float) -> Any:
    """Draw, for each window, a gain that varies smoothly with frequency, as rooms, distances and microphones do.

    Gains are drawn at `bands` equally spaced bins and interpolated linearly between them (FilterAugment,
    Nam, Kim and Park 2022, linear type).

    Returns
    -------
    tensor
        Shape `(batch, 1, n_bins)`, in dB, each between `-range_db` and `range_db`.
    """
    return _smooth_gains_db(batch, np.arange(n_bins), seed=seed, bands=bands, range_db=range_db)[:, None, :]


def _smooth_gains_db(batch: Any, places: np.ndarray, *, seed: Any, bands: int, range_db: float) -> Any:
    """Draw gains at `bands` places equally spaced from 0 to the last; interpolate them: `(batch, n_places)`, in dB."""
    gains_db = tf.random.stateless_uniform((batch, bands), seed, -range_db, range_db)
    knots = np.linspace(0, places[-1], bands)
    weights = np.stack([np.interp(places, knots, np.eye(bands)[number]) for number in range(bands)])
    return tf.matmul(gains_db, weights.astype(np.float32))


def filter_samples(samples: Any, *, seed: Any, bands: int, range_db: float) -> Any:
    """Apply to each window of samples a filter, whose gain varies smoothly with frequency.

    What `random_equalizer` does to levels: gains are drawn at frequencies spaced about as on the mel scale, and
    interpolated between them.

    Parameters
    ----------
    samples : tensor
        Shape `(batch, n_frames, hop_samples)`.
    seed : tensor
        Shape `(2,)`, int32.
    bands : int
    range_db : float

    Returns
    -------
    tensor
        The same shape. A window's end runs into its beginning, for as long as the filter sounds: far below a frame.
    """
    batch, length = tf.shape(samples)[0], samples.shape[1] * samples.shape[2]
    frequency = np.log1p(np.fft.rfftfreq(length) / MEL_CORNER)
    gains_db = _smooth_gains_db(batch, frequency, seed=seed, bands=bands, range_db=range_db)
    spectrum = tf.signal.rfft(tf.reshape(samples, (batch, length))) * tf.cast(10 ** (gains_db / 20), tf.complex64)
    return tf.ensure_shape(tf.reshape(tf.signal.irfft(spectrum, [length]), tf.shape(samples)), samples.shape)


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
