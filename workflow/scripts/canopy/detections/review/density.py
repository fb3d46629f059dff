"""Call density: in which share of windows a species calls, by verdicts on windows drawn by lot, without a threshold."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from canopy.detections.review.sheet import number
from canopy.detections.review.state import state_of
from canopy.detections.review.strategies.windows import NAME
from canopy.evaluation.calibration.drawn import share_of_bands, weights

COLUMNS = ("species", "by", "value", "windows", "judged", "yes", "unsure", "density", "low", "high", "note")
"""`by` is all, site or day, and `value` which one; `density` is the share of `windows` in which the species calls."""
FEWEST = 10
"""Verdicts on windows of a site or day, below which nothing is said of it."""
TOO_FEW = f"fewer than {FEWEST} verdicts"


def call_density(rows: Sequence[Mapping[str, str]], recordings: pd.DataFrame, *, window_s: float) -> pd.DataFrame:
    """Estimate the call density of each species, in all recordings and by site and day.

    Parameters
    ----------
    rows : sequence of mapping
        Of the table of clips; those that `windows` drew in these recordings count.
    recordings : DataFrame
        recording_id, duration_s, site, day (empty where nobody knows): all that was scored, without copies.
    window_s : float
        Seconds of a window.

    Returns
    -------
    DataFrame
        `COLUMNS`.
    """
    listing = recordings.assign(windows=[n_windows(one, window_s) for one in recordings["duration_s"]])
    sample = _sample(rows).merge(listing, on="recording_id", how="inner")
    found: list[dict[str, object]] = []
    for species, mine in sample.groupby("asked", sort=True):
        weight, yes = weights(mine), (mine["verdict"] == "yes").to_numpy()
        for by, value, among, n_all in _parts(mine, listing):
            counts = mine.loc[among, "verdict"].value_counts()
            judged = int(counts.get("yes", 0) + counts.get("no", 0))
            row: dict[str, object] = {"species": species, "by": by, "value": value, "windows": n_all, "judged": judged}
            row |= {one: int(counts.get(one, 0)) for one in ("yes", "unsure")}
            if judged < FEWEST:
                found.append({**row, "note": TOO_FEW})
                continue
            share = share_of_bands(yes, weight, n_all, among=among)
            found.append({**row, "density": share.precision, "low": share.low, "high": share.high, "note": ""})
    return pd.DataFrame(found, columns=list(COLUMNS))


def n_windows(duration_s: float, window_s: float) -> int:
    """Return in how many windows a recording is cut, the last of which may be shorter."""
    return max(1, math.ceil(duration_s / window_s - 1e-6))


def _parts(mine: pd.DataFrame, listing: pd.DataFrame) -> list[tuple[str, str, np.ndarray, int]]:
    """Return all recordings, each site and each day: what, which, the clips there, and the windows there."""
    parts = [("all", "", np.ones(len(mine), dtype=bool), int(listing["windows"].sum()))]
    for by in ("site", "day"):
        for value, there in listing[listing[by] != ""].groupby(by, sort=True):
            parts.append((by, str(value), (mine[by] == value).to_numpy(), int(there["windows"].sum())))
    return parts


def _sample(rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    found = []
    for row in rows:
        chance, drawn = number(row.get("chance", "")), number(row.get("round", ""))
        if row.get("why", "").strip() != NAME or not np.isfinite([chance, drawn]).all():
            continue
        asked, verdict = row.get("asked") or row.get("species", ""), state_of(row)["verdict"]
        if verdict == "yes" and row.get("species") != asked:
            verdict = "no"  # another species calls there
        found.append((row.get("recording_id", "").strip(), asked, drawn, chance, verdict, verdict in ("yes", "no")))
    return pd.DataFrame(found, columns=["recording_id", "asked", "round", "chance", "verdict", "judged"])
