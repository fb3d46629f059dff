"""All augmentation of a batch, in its order.

Features keep their unit. What is masked out becomes the training set's mean, which the network
sees as zero.
"""

from typing import Any

import tensorflow as tf

from canopy.config.augment import Augment
from canopy.features.units import UNITS, Unit
from canopy.training.augment.level import filter_samples, noise, random_equalizer, random_gain, shift_frequency
from canopy.training.augment.mix import band_mix, mixup
from canopy.training.augment.time import random_masks, roll, stretch
from canopy.training.augment.units import applicable


def augment(
    features: Any,
    clip_labels: Any,
    frame_labels: Any,
    *,
    seed: Any,
    fill: Any,
    hop_s: float,
    settings: Augment,
    bands: Any = None,
    unit: Unit = "db",
) -> tuple[Any, Any, Any]:
    """Augment a batch.

    Parameters
    ----------
    features : tensor
        Shape `(batch, n_frames, n_bins)`, float32, in `unit`.
    clip_labels, frame_labels : tensor
        Ternary, shapes `(batch, n_species)` and `(batch, n_frames, n_species)`.
    seed : tensor
        Shape `(2,)`, int32.
    fill : tensor
        Shape `(n_bins,)`: the value of masked bins.
    hop_s : float
        Seconds between frames.
    settings : Augment
        What to do, and how much.
    bands : array, optional
        Shape `(n_species, 2)`: the first and last bin of each species' boxes, for `band_mix`.
    unit : str
        What a value is: `db`, `pcen`, `sample` or `embedding`. What makes no sense in it is left out.

    Returns
    -------
    tuple of tensor
        Features and labels of the same shapes.
    """
    settings = applicable(settings, unit)
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 10))
    batch, n_frames, n_bins = tf.shape(features)[0], features.shape[1], features.shape[2]
    windows = features, clip_labels, frame_labels
    to_stretch, to_roll, to_mix, to_band_mix, to_gain, to_equalize, to_shift, to_noise, to_mask, to_mask_bins = seeds
    if settings.time_stretch:
        windows = stretch(*windows, seed=to_stretch, most=settings.time_stretch, unit=unit)
    if settings.time_roll:
        windows = roll(*windows, seed=to_roll, furthest=settings.time_roll)
    if settings.mixup_probability:
        windows = mixup(
            *windows, seed=to_mix, probability=settings.mixup_probability, alpha=settings.mixup_alpha, unit=unit
        )
    if settings.band_mix_probability and bands is not None:
        windows = band_mix(*windows, bands, seed=to_band_mix, probability=settings.band_mix_probability)
    features, clip_labels, frame_labels = windows
    if settings.gain_db:
        gain_db = random_gain(batch, seed=to_gain, range_db=settings.gain_db)
        features = features * 10 ** (gain_db / 20) if UNITS[unit].signal else features + gain_db
    if settings.equalizer_db:
        drawn: Any = {"seed": to_equalize, "bands": settings.equalizer_bands, "range_db": settings.equalizer_db}
        if UNITS[unit].signal:
            features = filter_samples(features, **drawn)
        else:
            features += random_equalizer(batch, n_bins, **drawn)
    if settings.frequency_shift_bins:
        features = shift_frequency(features, seed=to_shift, furthest=settings.frequency_shift_bins)
    if settings.noise_db:
        features += noise(tf.shape(features), seed=to_noise, deviation_db=settings.noise_db)
    keep_time = random_masks(
        batch, n_frames, seed=to_mask, count=settings.time_masks, longest=settings.time_mask_s / hop_s
    )
    keep_bins = random_masks(
        batch, n_bins, seed=to_mask_bins, count=settings.frequency_masks, longest=settings.frequency_mask_share * n_bins
    )
    keep = keep_time[:, :, None] & keep_bins[:, None, :]
    return tf.where(keep, features, fill), clip_labels, frame_labels
