"""All scored time in windows of one length, with each species' highest score in each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.detections.writers.rows import stretch_maxima
from canopy.evaluation.calibration.calibrator import Calibrator
from canopy.inference.apply.kept import Kept
from canopy.inference.apply.reading import chunks, columns, maxima
from canopy.runtime.progress import Progress


@dataclass(frozen=True)
class Windows:
    """The windows of some recordings.

    Attributes
    ----------
    places : DataFrame
        recording_id, path, onset_s, offset_s, a row each; a recording's last window may be shorter than the others.
    logits : ndarray of float32, shape (n_windows, n_species)
        The highest framewise logit.
    """

    places: pd.DataFrame
    logits: NDArray[np.float32]

    def by_species(
        self, species: Sequence[str], ranges: pd.DataFrame, calibrate: Calibrator
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each species with the windows as detections: `canopy.detections.writers.detections.COLUMNS`.

        `ranges` has low_hz and high_hz of each species, in that order.
        """
        for number, name in enumerate(species):
            logits = self.logits[:, number]
            band = ranges.iloc[number]
            yield (
                name,
                self.places.assign(
                    species=name,
                    low_hz=float(band["low_hz"]),
                    high_hz=float(band["high_hz"]),
                    score=logits.astype(float),
                    probability=calibrate(number, logits),
                    threshold=np.nan,
                ),
            )


def scored_windows(recordings: pd.DataFrame, kept: Kept, *, window_s: float, frame_s: float) -> Windows:
    """Return the windows of recordings, of copies of one only the first.

    Parameters
    ----------
    recordings : DataFrame
        recording_id, path, audio, chunk_s, duration_s: those that were scored.
    kept : Kept
    window_s, frame_s : float
        Seconds of a window, and from frame to frame.
    """
    alone = recordings.sort_values("recording_id").drop_duplicates("audio")
    progress = Progress(len(alone), "recordings")
    places, logits = [], []
    for row in alone.to_dict("records"):
        duration_s = float(row["duration_s"])
        place = row["audio"], int(row["chunk_s"]), duration_s
        _, _, n_frames = maxima(chunks(kept, *place))
        best = [
            stretch_maxima(frames[:, None], frame_s=frame_s, duration_s=duration_s, stretch_s=window_s)
            for _, frames in columns(kept, *place, n_frames=n_frames)
        ]
        logits.append(np.hstack(best).astype(np.float32))
        onset_s = window_s * np.arange(len(logits[-1]))
        offset_s = np.minimum(onset_s + window_s, duration_s)
        places.append(
            pd.DataFrame(
                {
                    "recording_id": row["recording_id"],
                    "path": row["path"],
                    "onset_s": onset_s.round(6),
                    "offset_s": offset_s.round(6),
                }
            )
        )
        progress.step()
    return Windows(pd.concat(places, ignore_index=True), np.concatenate(logits))
