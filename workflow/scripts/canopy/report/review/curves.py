"""How probable a species was in each frame of a clip."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from canopy.data.recordings.chunks import chunk_starts
from canopy.evaluation.calibration.calibrator import Calibrator
from canopy.inference.apply.kept import Kept


class Curves:
    """The framewise scores that `apply` kept.

    Parameters
    ----------
    kept : Kept
    recordings : mapping of str to mapping
        Of each recording_id: audio, chunk_s, duration_s.
    calibrate : Calibrator
    frame_s : float
        Seconds from frame to frame.
    """

    def __init__(
        self, kept: Kept, recordings: Mapping[str, Mapping[str, Any]], calibrate: Calibrator, frame_s: float
    ) -> None:
        self._kept, self._recordings = kept, recordings
        self._calibrate, self._frame_s = calibrate, frame_s

    @property
    def species(self) -> Sequence[str]:
        """Those that have curves."""
        return self._calibrate.species

    def between(self, recording_id: str, species: str, start_s: float, end_s: float) -> dict[str, Any] | None:
        """Return a species' probabilities from `start_s` to `end_s` of a recording, ready for JSON.

        Returns
        -------
        dict or None
            first (the first frame's time, in seconds from `start_s`), step (seconds) and values (a byte per frame, 255
            for a probability of 1, in Base64); None where the species or the recording has no scores any more.
        """
        recording = self._recordings.get(recording_id)
        if recording is None or species not in self._calibrate.species:
            return None
        at = self._calibrate.species.index(species)
        chunk_s = int(recording["chunk_s"])
        parts, first = [], None
        for begin_s in chunk_starts(float(recording["duration_s"]), chunk_s):
            if begin_s >= end_s or begin_s + chunk_s + 10 <= start_s:
                continue
            chunk = self._kept.read(recording["audio"], chunk_s, begin_s)
            if chunk is None:
                return None
            first = int(np.ceil(begin_s / self._frame_s - 1e-6)) if first is None else first
            parts.append(chunk.frames[:, at].astype(np.float64))
        if first is None:
            return None
        logits = np.concatenate(parts)
        begin = max(int(np.ceil(start_s / self._frame_s - 1e-6)) - first, 0)
        end = max(int(end_s / self._frame_s) + 1 - first, begin)
        values = np.round(255 * self._calibrate(at, logits[begin:end])).astype(np.uint8)
        time_s = (first + begin) * self._frame_s - start_s
        packed = base64.b64encode(values.tobytes()).decode()
        return {"first": round(time_s, 4), "step": self._frame_s, "values": packed}


def no_curve(recording_id: str, species: str, start_s: float, end_s: float) -> None:
    """Return None, as `Curves.between` does of what has no scores: nothing was applied before a search."""
