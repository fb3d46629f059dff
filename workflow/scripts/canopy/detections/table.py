"""The table of a recording's detections."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.config.detection import Detection
from canopy.detections.segments import segments, smoothed, trimmed
from canopy.evaluation.calibration.calibrator import Calibrator

COLUMNS = ("species", "onset_s", "offset_s", "low_hz", "high_hz", "score", "probability", "threshold")


def detect(
    columns: Iterable[tuple[int, NDArray[np.float32]]],
    settings: Detection,
    *,
    species: Sequence[str],
    ranges: pd.DataFrame,
    calibrate: Calibrator,
    thresholds: NDArray[np.float64],
    frame_s: float,
    duration_s: float,
    blur_s: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Return a recording's detections.

    Parameters
    ----------
    columns : iterable of (int, ndarray)
        A class' number and its framewise logits, frame `i` centred at `i * frame_s`.
    settings : Detection
    species : sequence of str
        The classes.
    ranges : DataFrame
        low_hz and high_hz of each class, in that order.
    calibrate : Calibrator
    thresholds : ndarray, shape (n_species,)
    frame_s, duration_s : float
        Seconds from frame to frame, and of the recording.
    blur_s : ndarray, shape (n_species, 2), optional
        How many seconds each class' detections begin too early and end too late, which is taken off.

    Returns
    -------
    DataFrame
        `COLUMNS`, sorted by time and species. A detection reaches from half a frame before its first frame's centre
        to half a frame after its last one's, inside the recording; its score is its highest framewise logit (after
        smoothing) and its probability that of this logit.
    """
    low, high = (ranges[name].to_numpy(float) for name in ("low_hz", "high_hz"))
    rows = []
    for number, logits in columns:
        if not np.isfinite(thresholds[number]):
            continue
        logits = smoothed(logits, round(settings.smooth_s / frame_s))
        probabilities = calibrate(number, logits)
        found = segments(
            probabilities,
            float(thresholds[number]),
            extend=settings.extend,
            relative_to_peak=settings.relative_to_peak,
            merge_gap=round(settings.merge_gap_s / frame_s),
            min_frames=max(1, round(settings.min_duration_s / frame_s)),
        )
        for segment in found:
            onset_s = max((segment.first - 0.5) * frame_s, 0.0)
            offset_s = min((segment.last - 0.5) * frame_s, duration_s)
            score, probability = float(logits[segment.peak]), float(probabilities[segment.peak])
            if blur_s is not None:
                early_s, late_s = blur_s[number]
                least_s = max(settings.min_duration_s, frame_s)
                onset_s, offset_s = trimmed(onset_s, offset_s, early_s, late_s, least_s=least_s, duration_s=duration_s)
            times = round(onset_s, 6), round(offset_s, 6)
            rows.append(
                (species[number], *times, low[number], high[number], score, probability, float(thresholds[number]))
            )
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[1:], "float64"))
    return table.sort_values(["onset_s", "offset_s", "species"], kind="stable", ignore_index=True)
