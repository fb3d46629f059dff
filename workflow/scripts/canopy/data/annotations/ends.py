"""Where the marks of a folder's annotation files end, once the recordings are known."""

import numpy as np
import pandas as pd

from canopy.data.annotations.boxes import Boxes, end_within
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.tables import SHOWN, Reporter


def ended(marks: pd.DataFrame, recordings: pd.DataFrame, complaints: Complaints, report: Reporter) -> pd.DataFrame:
    """End marks that span all of a recording where it ends, and check that all lie in its time and band.

    A mark of the whole band tells no frequencies, as one without them: programs write `0` and half the sample rate
    where nobody chose any.

    Parameters
    ----------
    marks : pandas.DataFrame
        recording_id, offset_s, low_hz, high_hz (perhaps infinite), onset_s, path, line, in_samples, and more.
    recordings : pandas.DataFrame
        `canopy.data.recordings.table.COLUMNS`; recordings with a problem are not looked at.
    complaints : Complaints
        Takes a complaint for each mark that lies beyond its recording's end, or above its band.
    report : callable
        Takes a line for each file of which marks were cut, of the first few files.

    Returns
    -------
    pandas.DataFrame
        The marks in the order of their files, with their ends; frequencies that are not told are infinite.
    """
    good = recordings[recordings["problem"] == ""]
    durations = pd.Series(good["duration_s"].to_numpy(float), index=good["recording_id"].to_numpy())
    rates = pd.Series(good["sample_rate_hz"].to_numpy(float), index=good["recording_id"].to_numpy())
    marks = _in_seconds(marks, good)
    end_s, given_s = marks["recording_id"].map(durations).to_numpy(float), marks["offset_s"].to_numpy(float)
    top_hz = marks["recording_id"].map(rates / 2).to_numpy(float)
    low, high = marks["low_hz"].to_numpy(float), marks["high_hz"].to_numpy(float)
    for place in np.flatnonzero(low >= top_hz):
        complaints.add(
            str(marks["path"].iloc[place]),
            int(marks["line"].iloc[place]),
            f"its lower frequency is {low[place]:g} Hz, but the recording's band ends at {top_hz[place]:g} Hz",
        )
    whole = (low <= 0) & (high >= top_hz)
    marks = marks.assign(
        offset_s=np.where(np.isinf(given_s) & ~np.isnan(end_s), end_s, given_s),
        low_hz=np.where(whole, -np.inf, low),
        high_hz=np.where(whole, np.inf, high),
    )
    cut: list[str] = []
    parts = [
        end_within(Boxes(str(path), rows, rows["line"].to_numpy()), durations, complaints, cut.append, run_on=True).rows
        for path, rows in marks.groupby("path", sort=False)
    ]
    for line in cut[:SHOWN]:
        report(line)
    if len(cut) > SHOWN:
        report(f"and so in {len(cut) - SHOWN} more files")
    return pd.concat(parts, ignore_index=True)


def _in_seconds(marks: pd.DataFrame, good: pd.DataFrame) -> pd.DataFrame:
    """Turn times in samples into seconds; in a recording of unknown rate such a mark spans all of it."""
    if not marks["in_samples"].any():
        return marks
    rates = pd.Series(good["sample_rate_hz"].to_numpy(float), index=good["recording_id"].to_numpy())
    rate_hz = marks["recording_id"].map(rates).to_numpy(float)
    in_samples = marks["in_samples"].to_numpy(bool)
    unknown = in_samples & np.isnan(rate_hz)
    times = {}
    for column, rest in (("onset_s", 0.0), ("offset_s", np.inf)):
        given = marks[column].to_numpy(float)
        times[column] = np.where(unknown, rest, np.where(in_samples, np.round(given / rate_hz, 9), given))
    return marks.assign(**times)
