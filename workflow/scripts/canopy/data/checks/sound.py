"""What a recording and its copies share: how its bands rise and fall, whatever the level, the codec and the start.

Of a log spectrogram the fine detail is kept and the rest thrown away: levels are averaged in `N_BANDS` bands, smoothed
over `SMOOTH_S`, freed from their mean over `LOCAL_S` around and from the mean of all bands (so that level, microphone,
codec and common onsets cancel out: every bark begins like another), and clipped. Noise alone identifies a recording: no
two stretches of rain have the same detail. The idea is that of Haitsma and Kalker, 2002, "A highly robust audio
fingerprinting system".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

Floats = NDArray[np.float32]

N_BANDS = 32
STEP_S = 0.04
SMOOTH_S = 0.14
LOCAL_S = 0.42
CLIP_DB = 1.5
SILENT_DB = -90.0
"""A frame in which no band is louder holds no sound."""
UNITS_PER_DB = 80


@dataclass(frozen=True)
class Sound:
    """One recording, reduced.

    Attributes
    ----------
    detail : ndarray of int8, shape (n_steps, N_BANDS)
        In 1 / `UNITS_PER_DB` dB; 0 in silence.
    step_s : float
        Seconds per step.
    mean_db : ndarray, shape (N_BANDS,)
        Mean level of each band over the frames with sound.
    silent_share : float
        Share of frames without sound.
    """

    detail: NDArray[np.int8]
    step_s: float
    mean_db: NDArray[np.float64]
    silent_share: float


def reduce_sound(values_db: NDArray[np.floating], frame_s: float) -> Sound:
    """Reduce a log spectrogram.

    Parameters
    ----------
    values_db : ndarray, shape (n_frames, n_bins)
        In dB; bins from low to high.
    frame_s : float
        Seconds per frame.
    """
    levels = np.asarray(values_db, dtype=np.float32)
    silent = levels.max(axis=1) < SILENT_DB
    edges = np.linspace(0, levels.shape[1], min(N_BANDS, levels.shape[1]) + 1).astype(int)
    bands = np.add.reduceat(levels, edges[:-1], axis=1) / np.diff(edges)
    mean_db = bands[~silent].mean(axis=0, dtype=float) if not silent.all() else np.full(bands.shape[1], np.nan)
    if silent.any():
        # A step into silence is no detail: every padded recording has it.
        bands[silent] = 0 if silent.all() else np.nanmean(bands[~silent], axis=0)
    smooth = uniform_filter1d(bands, _odd(SMOOTH_S / frame_s), axis=0, mode="nearest")
    local = uniform_filter1d(smooth, _odd(LOCAL_S / frame_s), axis=0, mode="nearest")
    fine = smooth - local
    detail = np.clip(fine - fine.mean(axis=1, keepdims=True), -CLIP_DB, CLIP_DB)
    detail[silent] = 0
    stride = max(1, round(STEP_S / frame_s))
    return Sound(
        np.round(detail[::stride] * UNITS_PER_DB).astype(np.int8), stride * frame_s, mean_db, float(silent.mean())
    )


def _odd(length: float) -> int:
    return 2 * int((length + 1e-6) // 2) + 1
