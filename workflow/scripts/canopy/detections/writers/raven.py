"""Selection tables of Raven: tab-separated text, one table per recording or one for all.

Raven places a selection by `Begin Time (s)`. With one recording that is the time in it. With several,
Raven shows them as one sequence, in the order of the table, and the time is that in the sequence; the
time in the recording itself is `File Offset (s)`. `Begin Path` names the file, so that Raven opens the
sound along with the table.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from canopy.detections.writers.detections import checked, file_of, per_recording
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_text

COLUMNS = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
    "Begin File",
    "Begin Path",
    "File Offset (s)",
    "Species",
    "Score",
    "Probability",
    "Threshold",
)
SUFFIX = ".Table.1.selections.txt"
"""What Raven itself appends to the name of a recording without its extension."""


def write_raven(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write `raven/**/<recording>.Table.1.selections.txt`; a recording without detections gets a header alone.

    Parameters
    ----------
    detections : pandas.DataFrame
        `canopy.detections.writers.detections.COLUMNS`.
    folder : path-like
        Where to write.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`.
    species : sequence of str
        Not looked at: every writer takes them.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    paths = []
    for recording, rows in per_recording(checked(detections), recordings):
        paths.append(file_of(recording, Path(folder) / "raven", SUFFIX))
        write_text(raven_table([(recording, rows)]), paths[-1], at_once=False)
    return paths


def write_raven_all(
    detections: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    recordings: pd.DataFrame,
    species: Sequence[str] = (),
) -> list[Path]:
    """Write one table for all recordings with detections, `detections.raven.txt`; parameters as for `write_raven`."""
    path = Path(folder) / "detections.raven.txt"
    with_some = [part for part in per_recording(checked(detections), recordings) if len(part[1])]
    write_text(raven_table(with_some), path)
    return [path]


def raven_table(parts: list[tuple[pd.Series, pd.DataFrame]]) -> str:
    """Return one selection table of recordings in their order, as Raven opens them.

    Parameters
    ----------
    parts : list of (pandas.Series, pandas.DataFrame)
        Each recording (`recording_id`, `path`, `duration_s`, `sample_rate_hz`, perhaps the `channel` that was heard)
        with its detections.

    Returns
    -------
    str
        No frequency is above half the recording's sampling rate, where Raven's picture ends.

    Raises
    ------
    CanopyError
        There are several recordings and one has no duration.
    """
    lines = ["\t".join(COLUMNS)]
    before_s = 0.0
    for recording, rows in parts:
        path = os.path.abspath(recording["path"])
        rate_hz = recording["sample_rate_hz"]
        highest_hz = np.inf if pd.isna(rate_hz) else rate_hz / 2
        low = rows["low_hz"].fillna(0.0).clip(upper=highest_hz)
        high = rows["high_hz"] if pd.isna(rate_hz) else rows["high_hz"].fillna(highest_hz).clip(upper=highest_hz)
        for onset_s, offset_s, low_hz, high_hz, species, *numbers in zip(
            rows["onset_s"],
            rows["offset_s"],
            low,
            high,
            rows["species"],
            rows["score"],
            rows["probability"],
            rows["threshold"],
            strict=True,
        ):
            cells = [str(len(lines)), "Spectrogram 1", str(recording.get("channel", 1))]
            cells += [f"{before_s + onset_s:.9f}", f"{before_s + offset_s:.9f}", _hz(low_hz), _hz(high_hz)]
            cells += [os.path.basename(path), path, f"{onset_s:.9f}", species]
            lines.append("\t".join(cells + ["" if np.isnan(number) else f"{number:.6g}" for number in numbers]))
        if len(parts) > 1:
            if pd.isna(recording["duration_s"]):
                raise CanopyError(
                    f"recording {recording['recording_id']} has no duration_s, which a Raven table of several "
                    "recordings needs: list the recordings again"
                )
            before_s += float(recording["duration_s"])
    return "\n".join(lines) + "\n"


def _hz(frequency_hz: float) -> str:
    return "" if np.isnan(frequency_hz) else f"{frequency_hz:.3f}"
