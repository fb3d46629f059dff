"""A detection as the page shows it: where it is, how it scored, its picture, its sound and its framewise curves."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.inference.framewise import Framewise
from canopy.report.detections.candidates import Predictions
from canopy.report.detections.sound import mp3, read_clip
from canopy.report.detections.spectrogram import jpeg, spectrogram

AROUND_S = 1.0
SHORTEST_S, LONGEST_S = 3.0, 8.0

Probability = Callable[[str, NDArray[np.float64]], NDArray[np.float64]]
"""From a species and its framewise logits to probabilities."""


def window(onset_s: float, offset_s: float, duration_s: float) -> tuple[float, float]:
    """Return from when to when a detection is shown: a second to either side, 3 to 8 seconds, within the recording."""
    wanted_s = float(np.clip(offset_s - onset_s + 2 * AROUND_S, SHORTEST_S, LONGEST_S))
    start_s = onset_s - AROUND_S if wanted_s == LONGEST_S else (onset_s + offset_s - wanted_s) / 2
    start_s = max(0.0, min(start_s, duration_s - wanted_s))
    return start_s, min(duration_s, start_s + wanted_s)


def clip(
    chosen: Mapping[str, Any],
    predictions: Predictions,
    *,
    path: str,
    duration_s: float,
    fold: int,
    sample_rate_hz: int,
    high_hz: float,
    probability: Probability,
    channel: int | None = None,
) -> dict[str, Any]:
    """Return all that the page needs of one detection, ready for JSON.

    Parameters
    ----------
    chosen : mapping
        A row of `canopy.report.detections.choose.choose`.
    predictions : Predictions
    path : str
        The recording's file.
    duration_s : float
        Its length.
    fold : int
        That held it out.
    sample_rate_hz, high_hz : int, float
        What the networks hear at most; neither sound nor picture go beyond.
    probability : callable
        Calibrated or not.
    channel : int, optional
        The channel that the networks hear.

    Returns
    -------
    dict
        species, kind, rank, truth, recording, fold; onset, offset, low, high (seconds and Hz, or null); score (a
        probability); start, end, top (the picture's seconds and highest Hz); boxes of the recording that lie in the
        clip, as [species, onset, offset, low, high, confirmed]; curve and rival (framewise probabilities; the rival is
        the other species that scores highest in the box); picture (JPEG) and sound (MP3) in Base64.
    """
    species, recording = str(chosen["species"]), str(chosen["recording_id"])
    start_s, end_s = window(chosen["onset_s"], chosen["offset_s"], duration_s)
    samples, rate_hz = read_clip(path, start_s, end_s, wanted_hz=sample_rate_hz, channel=channel)
    top_hz = min(high_hz, rate_hz / 2)
    inside = predictions.annotations[predictions.annotations["recording_id"] == recording]
    inside = inside[(inside["offset_s"] > start_s) & (inside["onset_s"] < end_s)]
    span_s = (float(chosen["onset_s"]), float(chosen["offset_s"]))
    rival = _rival(predictions, recording, species, span_s, probability)
    return {
        **{name: str(chosen[name]) for name in ("species", "kind", "truth")},
        "rank": int(chosen["rank"]),
        "recording": recording,
        "fold": fold,
        **{name: _rounded(chosen[column]) for name, column in _PLACE.items()},
        "score": float(probability(species, np.array([chosen["logit"]]))[0]),
        "start": _rounded(start_s),
        "end": _rounded(end_s),
        "top": top_hz,
        "boxes": [
            [row["species"], *(_rounded(row[column]) for column in _PLACE.values()), int(row["polarity"] > 0)]
            for row in inside.to_dict("records")
        ],
        "curve": _curve(predictions.framewise, recording, predictions.species, species, (start_s, end_s), probability),
        "rival": rival,
        "rival_curve": _curve(
            predictions.framewise, recording, predictions.species, rival, (start_s, end_s), probability
        ),
        "picture": _packed(jpeg(spectrogram(samples, rate_hz, high_hz=top_hz))),
        "sound": _packed(mp3(samples, rate_hz)),
    }


_PLACE = {"onset": "onset_s", "offset": "offset_s", "low": "low_hz", "high": "high_hz"}


def _rival(
    predictions: Predictions, recording: str, species: str, span_s: tuple[float, float], probability: Probability
) -> str | None:
    """Return the other species that scores highest from when to when."""
    frame_s = predictions.framewise.frame_s(recording)
    frames = slice(int(span_s[0] / frame_s), int(span_s[1] / frame_s) + 1)
    logits = np.asarray(predictions.framewise.of(recording)[frames], dtype=np.float64)
    peaks = {
        name: float(probability(name, logits[:, column]).max(initial=0.0))
        for column, name in enumerate(predictions.species)
        if name != species
    }
    return max(peaks, key=peaks.__getitem__) if peaks else None


def _curve(
    framewise: Framewise,
    recording: str,
    names: list[str],
    species: str | None,
    view_s: tuple[float, float],
    probability: Probability,
) -> dict[str, Any] | None:
    """Return the frames of a view as bytes (255: a probability of 1), the first one's time and the step."""
    if species is None:
        return None
    frame_s = framewise.frame_s(recording)
    first = int(np.ceil(view_s[0] / frame_s - 1e-6))
    logits = np.asarray(framewise.of(recording)[first : int(view_s[1] / frame_s) + 1, names.index(species)], np.float64)
    values = np.round(255 * probability(species, logits)).astype(np.uint8)
    return {"first": first * frame_s, "step": frame_s, "values": _packed(values.tobytes())}


def plain_probability(species: str, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logistic function of logits: what a model says as it is."""
    return np.asarray(expit(logits))


def _rounded(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 3)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()
