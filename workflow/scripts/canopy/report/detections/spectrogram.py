"""Small spectrograms of short sounds."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WINDOW_S = 0.016
PIXELS_PER_S = 100
MAX_WIDTH, HEIGHT = 640, 128
LIGHTEST_PERCENTILE, DARKEST_PERCENTILE = 30.0, 99.8
LEAST_RANGE_DB = 12.0
QUALITY = 55
"""Of the JPEG: some 8 kB for four seconds."""


def spectrogram(
    samples: NDArray[np.floating], sample_rate_hz: int, *, high_hz: float, height: int = HEIGHT
) -> NDArray[np.uint8]:
    """Return a picture of a sound: time to the right, frequency upwards from 0 to `high_hz`, louder is darker.

    Power spectra of Hann windows of 16 ms, in dB, of which the 30th percentile is white and the 99.8th is black.

    Parameters
    ----------
    samples : ndarray, shape (n_samples,)
    sample_rate_hz : int
    high_hz : float
        At most half the rate.
    height : int
        Pixels.

    Returns
    -------
    ndarray, shape (height, width)
        About 100 columns per second, 640 at most; the first row is the highest frequency.
    """
    n_window = 2 ** round(np.log2(WINDOW_S * sample_rate_hz))
    duration_s = len(samples) / sample_rate_hz
    width = int(np.clip(round(duration_s * PIXELS_PER_S), 1, MAX_WIDTH))
    n_bins = max(2, min(n_window // 2, round(high_hz / sample_rate_hz * n_window)))
    padded = np.pad(np.asarray(samples, np.float32), n_window)
    middles = n_window + (np.arange(2 * width) + 0.5) * len(samples) / (2 * width)
    starts = np.round(middles).astype(int) - n_window // 2
    windows = padded[starts[:, None] + np.arange(n_window)] * np.hanning(n_window).astype(np.float32)
    power = np.abs(np.fft.rfft(windows, axis=1)[:, :n_bins]) ** 2
    level_db = 10 * np.log10(power.reshape(width, 2, n_bins).mean(axis=1) + 1e-12)
    light_db, dark_db = np.percentile(level_db, [LIGHTEST_PERCENTILE, DARKEST_PERCENTILE])
    share = (level_db - light_db) / max(dark_db - light_db, LEAST_RANGE_DB)
    grey = (255 * (1 - np.clip(share, 0, 1))).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(grey.T[::-1]))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def jpeg(grey: NDArray[np.uint8]) -> bytes:
    """Return a grey picture (height, width) as JPEG."""
    packed = io.BytesIO()
    Image.fromarray(grey).save(packed, format="JPEG", quality=QUALITY, optimize=True)
    return packed.getvalue()
