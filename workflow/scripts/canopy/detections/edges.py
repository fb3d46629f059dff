"""How far detections begin too early and end too late, learnt from marked calls that the networks had not heard.

A network that looks at a second around a frame finds a call a little before it begins and after it ends, much the same
for all calls of a species. The median of that is taken off where a species has enough marked calls.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from canopy.config.detection import Detection
from canopy.detections.segments import BLUR, segments, smoothed
from canopy.evaluation.calibration.calibrator import Calibrator
from canopy.evaluation.metrics.events.counts import overlaps
from canopy.inference.framewise import Framewise

LIKE = 0.5
"""A detection and a marked call are of one sound where their common time is this share of the time of both together."""
MOST_S = 0.5
"""More is not taken off: it would be something else than a blur."""


def edges(
    framewise: Framewise,
    confirmed: pd.DataFrame,
    calibrate: Mapping[str, Calibrator],
    species: Sequence[str],
    *,
    min_examples: int = 10,
) -> pd.DataFrame:
    """Return by how many seconds detections of each species begin too early and end too late.

    Parameters
    ----------
    framewise : Framewise
        Out-of-fold logits.
    confirmed : DataFrame
        Marked calls: recording_id, species, onset_s, offset_s. Those that span their whole recording say nothing.
    calibrate : mapping of str to Calibrator
        Of the network that each recording was held out from; recordings without one are left aside.
    species : sequence of str
        The columns of the logits.
    min_examples : int
        A species with fewer calls that were found gets the median of all species together.

    Returns
    -------
    DataFrame
        species, early_s, late_s; 0 where too few calls were found in all.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in species}
    known = set(framewise.index["recording_id"])
    for (recording, name), calls in confirmed.groupby(["recording_id", "species"]):
        if recording in known and recording in calibrate and name in found:
            times = calls[["onset_s", "offset_s"]].to_numpy(float)
            found[str(name)] += _differences(framewise, str(recording), str(name), times, calibrate[str(recording)])
    every = [pair for pairs in found.values() for pair in pairs]
    usual = _median(every) if len(every) >= min_examples else np.zeros(2)
    rows = [(name, *(_median(own) if len(own) >= min_examples else usual)) for name, own in found.items()]
    return pd.DataFrame(rows, columns=["species", *BLUR])


def _differences(
    framewise: Framewise, recording: str, species: str, times: np.ndarray, calibrate: Calibrator
) -> list[tuple[float, float]]:
    """Return how far each detection that is one call's alone begins before it and ends after it, in seconds."""
    usual, frame_s = Detection(), framewise.frame_s(recording)
    logits = np.asarray(framewise.of(recording), dtype=np.float32)[:, calibrate.species.index(species)]
    runs = segments(
        calibrate(species, smoothed(logits, round(usual.smooth_s / frame_s))),
        usual.threshold,
        extend=usual.extend,
        relative_to_peak=usual.relative_to_peak,
        merge_gap=round(usual.merge_gap_s / frame_s),
    )
    detected = np.array([((one.first - 0.5) * frame_s, (one.last - 0.5) * frame_s) for one in runs]).reshape(-1, 2)
    times = times[np.diff(times)[:, 0] < 0.95 * (len(logits) - 1) * frame_s]
    shared = overlaps(detected, times)
    alike = shared >= LIKE * (np.diff(detected) + np.diff(times).T - shared)
    pairs = np.argwhere(alike & ((shared > 0).sum(axis=0) == 1) & ((shared > 0).sum(axis=1) == 1)[:, None])
    return [(times[at, 0] - detected[of, 0], detected[of, 1] - times[at, 1]) for of, at in pairs]


def _median(pairs: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.clip(np.median(np.array(pairs), axis=0), -MOST_S, MOST_S)
