"""Which detections a person should judge."""

import hashlib
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

WHY = ("top", "borderline", "random")


def choose(detections: pd.DataFrame, *, top: int, random: int, borderline: int, seed: int) -> pd.DataFrame:
    """Pick detections of each species.

    Parameters
    ----------
    detections : DataFrame
        recording_id, species, onset_s, offset_s, score, probability, threshold, ...; without a probability, the score
        ranks.
    top, random, borderline : int
        How many of each kind: the most probable; of the others those nearest to the threshold; and of the rest, some at
        random.
    seed : int
        Of the draw. A detection's lot depends on itself and the seed alone, so that new recordings change few choices.

    Returns
    -------
    DataFrame
        The rows chosen with the column `why`, sorted by species, then kind, then falling probability.
    """
    parts = []
    likely = detections["probability"].fillna(pd.Series(expit(detections["score"].astype(float)), detections.index))
    for _, mine in detections.assign(likely=likely).groupby("species", sort=True):
        mine = mine.sort_values(["likely", "recording_id", "onset_s"], ascending=[False, True, True])
        first, others = mine.head(top), mine.iloc[top:]
        distance = (_log_odds(others["likely"]) - _log_odds(others["threshold"])).abs()
        near = others.loc[distance.sort_values(kind="stable").index[:borderline]]
        rest = others.drop(index=near.index)
        lots = pd.Series([_lot(row, seed) for row in rest.to_dict("records")], index=rest.index, dtype=object)
        drawn = rest.loc[lots.sort_values(kind="stable").index[:random]]
        for why, rows in zip(WHY, (first, near, drawn), strict=True):
            parts.append(rows.assign(why=why).sort_values("likely", ascending=False, kind="stable"))
    if not parts:
        return detections.assign(why="").iloc[:0]
    return pd.concat(parts, ignore_index=True).drop(columns="likely")


def _log_odds(probability: pd.Series) -> pd.Series:
    kept = probability.clip(1e-9, 1 - 1e-9)
    return pd.Series(np.log(kept / (1 - kept)), index=probability.index)


def _lot(row: Mapping[Hashable, Any], seed: int) -> str:
    what = f"{seed} {row['recording_id']} {row['species']} {row['onset_s']:.3f}"
    return hashlib.blake2b(what.encode(), digest_size=8).hexdigest()
