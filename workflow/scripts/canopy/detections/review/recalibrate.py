"""Curves and thresholds anew, by verdicts on detections of which each one's chance to be drawn is known."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from canopy.detections.review.sheet import number
from canopy.detections.review.state import state_of
from canopy.detections.review.strategies.windows import NAME as WINDOWS
from canopy.detections.review.table import OVER_RANGE, SIMILAR, same_stretch
from canopy.evaluation.calibration.drawn import share_of, weights
from canopy.evaluation.calibration.platt import fit_platt
from canopy.evaluation.calibration.thresholds import lowest_threshold

COLUMNS = (
    "species",
    "wanted_precision",
    "threshold",
    "score",
    "precision",
    "low",
    "high",
    "detections",
    "alarms_an_hour",
    "alarms_low",
    "alarms_high",
    "scale",
    "offset",
    "yes",
    "no",
    "unsure",
    "note",
)
"""A row per species and wanted precision, and one, of no wanted precision, of all detections as they are."""
NOT_REACHED = "not reached by any threshold"
NO_LOTS = "nothing was drawn by lot above it: only what was always drawn is known"


def recalibrated(
    detections: pd.DataFrame,
    rows: Sequence[Mapping[str, str]],
    *,
    wanted: Sequence[float],
    few: int,
    hours: float = np.nan,
) -> pd.DataFrame:
    """Fit each species' curve and thresholds to the verdicts of a review.

    Parameters
    ----------
    detections : DataFrame
        recording_id, species, onset_s, offset_s, score: all that could be drawn.
    rows : sequence of mapping
        Of the table of clips; those whose detection there no longer is, or whose chance nobody knows, do not count.
    wanted : sequence of float
        Precisions.
    few : int
        A species with fewer yes or fewer no gets no curve.
    hours : float
        Of sound in which the detections were made.

    Returns
    -------
    DataFrame
        `COLUMNS`. The probability that a detection is right is `expit(scale x score + offset)`; `threshold` is on it,
        and `score` is the same on the detections' score; precision and its interval are those of the detections, by
        `canopy.evaluation.calibration.drawn`; `detections` is how many reach the threshold, and `alarms_an_hour` how
        many of them are false, an hour.
    """
    found: list[dict[str, object]] = []
    for species, mine in detections.groupby("species", sort=True):
        sample = _sample(mine, [row for row in rows if _asks(row, str(species))])
        if len(sample):
            found += _species(str(species), mine["score"].to_numpy(float), sample, wanted, few)
    table = pd.DataFrame(found, columns=list(COLUMNS))
    for name, of in (("alarms_an_hour", "precision"), ("alarms_low", "high"), ("alarms_high", "low")):
        table[name] = table["detections"].astype(float) * (1 - table[of].astype(float)) / hours
    return table


def _asks(row: Mapping[str, str], species: str) -> bool:
    """Whether a row is of a detection of a species; a window is none."""
    return (row.get("asked") or row.get("species")) == species and row.get("why", "").strip() != WINDOWS


def _species(
    name: str, scores: np.ndarray, sample: pd.DataFrame, wanted: Sequence[float], few: int
) -> list[dict[str, object]]:
    yes = sample["verdict"].to_numpy() == "yes"
    weight, score = weights(sample), sample["score"].to_numpy(float)
    counts = {one: int((sample["verdict"] == one).sum()) for one in ("yes", "no", "unsure")}
    whole = share_of(yes, weight, len(scores))
    all_of_them = {"species": name, **whole._asdict(), "detections": len(scores), **counts, "note": ""}
    found: list[dict[str, object]] = [{**all_of_them, "note": "" if np.isfinite(whole.precision) else NO_LOTS}]
    if min(counts["yes"], counts["no"]) < max(few, 1):
        found[0]["note"] = f"too few for a curve: {counts['yes']} yes, {counts['no']} no, {few} of each are needed"
        return found
    scale, offset = fit_platt(score, yes, weight)
    probability = expit(scale * scores + offset)
    found[0] |= {"scale": scale, "offset": offset}
    for precision in wanted:
        row = {"species": name, "wanted_precision": precision, "scale": scale, "offset": offset, **counts}
        threshold = lowest_threshold(probability, precision)
        if threshold is None:
            found.append({**row, "note": NOT_REACHED})
            continue
        above = expit(scale * score + offset) >= threshold
        n_above = int((probability >= threshold).sum())
        share = share_of(yes[above], weight[above], n_above)
        level = (np.log(threshold) - np.log1p(-threshold) - offset) / scale if 0 < threshold < 1 and scale else np.nan
        note = "" if np.isfinite(share.precision) else NO_LOTS
        found.append(
            {**row, "threshold": threshold, "score": level, **share._asdict(), "detections": n_above, "note": note}
        )
    return found


def _sample(mine: pd.DataFrame, rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Return the clips that are of a detection, with its score: round, chance, verdict, judged, score."""
    of = dict(iter(mine.groupby("recording_id")))
    found = []
    for row in rows:
        start_s, inside = number(row.get("clip_start_s", "")), number(row.get("clip_onset_s", ""))
        chance, drawn = number(row.get("chance", "")), number(row.get("round", ""))
        if row.get("why") in (SIMILAR, OVER_RANGE):
            chance = 1.0  # of the windows' lots: what a search offered was never among the detections that were drawn
        there = of.get(row.get("recording_id", "").strip())
        if there is None or not np.isfinite([start_s, inside, chance, drawn]).all():
            continue
        span = number(row.get("onset_s", "")), number(row.get("offset_s", ""))
        same = [same_stretch(span, one) for one in zip(there["onset_s"], there["offset_s"], strict=True)]
        if not any(same):
            continue
        verdict = state_of(row)["verdict"]
        if verdict == "yes" and row.get("species") != (row.get("asked") or row.get("species")):
            verdict = "no"  # another species calls there
        best = float(there["score"].to_numpy(float)[int(np.argmax(same))])
        found.append((int(drawn), chance, verdict, verdict in ("yes", "no"), best))
    return pd.DataFrame(found, columns=["round", "chance", "verdict", "judged", "score"])
