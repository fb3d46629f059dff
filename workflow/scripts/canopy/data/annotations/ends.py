"""Where the marks of a folder's annotation files end, once the recordings are known."""

import numpy as np
import pandas as pd

from canopy.data.annotations.boxes import Boxes, end_within
from canopy.runtime.input_tables import Complaints
from canopy.runtime.tables import Report


def ended(marks: pd.DataFrame, recordings: pd.DataFrame, complaints: Complaints, report: Report) -> pd.DataFrame:
    """End marks that span all of a recording, or of its band, where these end, and check the others.

    Parameters
    ----------
    marks : pandas.DataFrame
        recording_id, offset_s, high_hz (both perhaps infinite), onset_s, path, line, and more.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`; recordings with a problem are not looked at.
    complaints : Complaints
        Takes a complaint for each mark that lies beyond its recording's end, or above its band.
    report : callable
        Takes a line for each file of which marks were cut.

    Returns
    -------
    pandas.DataFrame
        The marks in the order of their files, with their ends.
    """
    good = recordings[recordings["problem"] == ""]
    durations = pd.Series(good["duration_s"].to_numpy(float), index=good["recording_id"].to_numpy())
    rates = pd.Series(good["sample_rate_hz"].to_numpy(float), index=good["recording_id"].to_numpy())
    ends = {}
    for column, last in (("offset_s", durations), ("high_hz", rates / 2)):
        found = marks["recording_id"].map(last).to_numpy(float)
        given = marks[column].to_numpy(float)
        ends[column] = np.where(np.isinf(given) & ~np.isnan(found), found, given)
    marks = marks.assign(**ends)
    low, high = marks["low_hz"].to_numpy(float), marks["high_hz"].to_numpy(float)
    for place in np.flatnonzero(high <= low):
        complaints.add(
            str(marks["path"].iloc[place]),
            int(marks["line"].iloc[place]),
            f"its lower frequency is {low[place]:g} Hz, but the recording's band ends at {high[place]:g} Hz",
        )
    parts = [
        end_within(Boxes(str(path), rows, rows["line"].to_numpy()), durations, complaints, report).rows
        for path, rows in marks.groupby("path", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)
