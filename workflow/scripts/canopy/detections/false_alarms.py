"""False alarms an hour: what is detected, out of fold, in recordings that were reviewed and do not hold the species."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import gamma

from canopy.config.detection import Detection
from canopy.detections.segments import segments, smoothed
from canopy.evaluation.calibration.calibrator import Calibrator
from canopy.evaluation.metrics.truth import label_matrix, reviewed_matrix
from canopy.inference.framewise import Framewise

COLUMNS = ("empty_hours", "alarms", "alarms_an_hour", "alarms_low", "alarms_high")
HOUR_S = 3600.0
LEVEL = 0.95


def false_alarms(
    framewise: Framewise,
    calls: pd.DataFrame,
    train_recordings: pd.DataFrame,
    calibrate: Mapping[str, Calibrator],
    thresholds: pd.DataFrame,
    species: Sequence[str],
) -> pd.DataFrame:
    """Count the false alarms of each species at each of its thresholds.

    Parameters
    ----------
    framewise : Framewise
        Out-of-fold logits.
    calls : DataFrame
        recording_id, species: confirmed boxes.
    train_recordings : DataFrame
        recording_id, reviewed, species.
    calibrate : mapping of str to Calibrator
        Of the networks that each recording was held out from; recordings without one are left aside.
    thresholds : DataFrame
        species, threshold.
    species : sequence of str
        The columns of the logits.

    Returns
    -------
    DataFrame
        `COLUMNS`, a row for each of `thresholds`: the hours of recordings that were reviewed for the species and do not
        hold it, how many detections it has there, by the usual settings, and their rate with its interval; no rate
        without such recordings.
    """
    ids = [one for one in framewise.index["recording_id"] if one in calibrate]
    here = calls[calls["recording_id"].isin(ids) & calls["species"].isin(species)]
    empty = reviewed_matrix(train_recordings, ids, species) & ~label_matrix(here, ids, species)
    usual = Detection()
    levels = [thresholds.loc[thresholds["species"] == name, "threshold"].tolist() for name in species]
    counts: dict[tuple[int, int], list[int]] = {}
    hours: dict[int, list[float]] = {}
    for place in np.flatnonzero(empty.any(axis=1)):
        recording, frame_s = ids[place], framewise.frame_s(ids[place])
        logits = np.asarray(framewise.of(recording), dtype=np.float32)
        for column in np.flatnonzero(empty[place]).tolist():
            hours.setdefault(column, []).append(len(logits) * frame_s / HOUR_S)
            heard = calibrate[recording](column, smoothed(logits[:, column], round(usual.smooth_s / frame_s)))
            for at, level in enumerate(levels[column]):
                found = segments(
                    heard,
                    float(level),
                    extend=usual.extend,
                    relative_to_peak=usual.relative_to_peak,
                    merge_gap=round(usual.merge_gap_s / frame_s),
                    min_frames=max(1, round(usual.min_duration_s / frame_s)),
                )
                counts.setdefault((column, at), []).append(len(found))
    seen = dict.fromkeys(species, 0)
    rows = []
    for name in thresholds["species"]:
        column, at = list(species).index(name), seen[name]
        seen[name] += 1
        time = np.array(hours.get(column, []))
        alarms = np.array(counts.get((column, at), []))
        rows.append((float(time.sum()), int(alarms.sum()), *rate(alarms, time)))
    return pd.DataFrame(rows, columns=list(COLUMNS), index=thresholds.index)


def rate(counts: NDArray[np.int_], hours: NDArray[np.float64], *, level: float = LEVEL) -> tuple[float, float, float]:
    """Return how many there are an hour, with an interval.

    Jeffreys' interval for a Poisson rate, on counts that are worth less where they come in clumps: where they vary more
    between recordings than Poisson's, by the quasi-likelihood's dispersion (McCullagh and Nelder, 1989, "Generalized
    linear models").

    Parameters
    ----------
    counts, hours : ndarray, shape (n_recordings,)
    level : float
        Of the interval.

    Returns
    -------
    tuple of float
        Rate, low, high; NaN without any time.
    """
    time, n = float(hours.sum()), int(counts.sum())
    if time <= 0:
        return np.nan, np.nan, np.nan
    value, clumps = n / time, 1.0
    if n and len(counts) > 1:
        clumps = max(1.0, float(((counts - value * hours) ** 2 / (value * hours)).sum() / (len(counts) - 1)))
    tail = (1 - level) / 2
    low, high = (float(gamma.ppf(one, n / clumps + 0.5)) * clumps / time for one in (tail, 1 - tail))
    return value, low if n else 0.0, high
