"""What holds for boxes of any format: they lie in their recording, and each counts once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from canopy.data.annotations.table import COLUMNS
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.tables import Reporter

END_TOLERANCE_S = 0.5
"""A box may end this much after its recording: tools round, and draw a little over the edge."""
SEGMENT_S = 3.0
"""BirdNET pads its last segment to this length."""


@dataclass(frozen=True)
class Boxes:
    """Annotations of one file: canonical rows (not yet sorted), and the line in the file of each."""

    path: str
    rows: pd.DataFrame
    lines: np.ndarray


def end_within(
    boxes: Boxes, durations: pd.Series | None, complaints: Complaints, report: Reporter, *, run_on: bool = False
) -> Boxes:
    """Cut boxes at the end of their recording, and complain of those that it does not explain.

    Parameters
    ----------
    boxes : Boxes
        One file's boxes.
    durations : pandas.Series, optional
        Seconds by recording id; recordings that are not in it are not looked at.
    complaints : Complaints
        Takes a complaint for each box that begins after its recording's end, or ends too long after it.
    report : callable
        Takes a line when boxes were cut.
    run_on : bool
        Whether a box may run on after the recording, as selections over several files and padded segments do: by as
        much as the recording lasts, or `SEGMENT_S` if that is more. Else by `END_TOLERANCE_S`.

    Returns
    -------
    Boxes
        With cut offsets.
    """
    if durations is None:
        return boxes
    rows = boxes.rows
    duration_s = rows["recording_id"].map(durations).to_numpy(float)
    outside = rows["onset_s"].to_numpy() >= duration_s
    allowed_s = np.maximum(duration_s, SEGMENT_S) if run_on else END_TOLERANCE_S
    beyond = rows["offset_s"].to_numpy() > duration_s + allowed_s
    for place in np.flatnonzero(outside | beyond):
        what = "begins" if outside[place] else "ends"
        at_s = rows["onset_s" if outside[place] else "offset_s"].iloc[place]
        complaints.add(
            boxes.path,
            int(boxes.lines[place]),
            f"the box {what} at {at_s:g} s, but recording {rows['recording_id'].iloc[place]} lasts "
            f"{duration_s[place]:g} s",
        )
    late = (rows["offset_s"].to_numpy() > duration_s) & ~outside & ~beyond
    if not late.any():
        return boxes
    most_s = (rows["offset_s"].to_numpy() - duration_s)[late].max()
    report(
        f"{boxes.path}: {late.sum()} boxes end up to {most_s:.3g} s after their recording and were cut "
        f"(the first in line {boxes.lines[np.argmax(late)]})"
    )
    cut = rows.assign(offset_s=np.where(late, duration_s, rows["offset_s"]))
    return Boxes(boxes.path, cut, boxes.lines)


def without_duplicates(rows: pd.DataFrame, report: Reporter) -> pd.DataFrame:
    """Drop rows that repeat another one in all columns, and report how many."""
    double = rows.duplicated(list(COLUMNS))
    if not double.any():
        return rows
    first = rows[double].iloc[0]
    report(
        f"{double.sum()} annotations stand more than once in the tables and count once (such as recording "
        f"{first['recording_id']}, {first['species']}, {first['onset_s']:g} to {first['offset_s']:g} s)"
    )
    return rows[~double]
