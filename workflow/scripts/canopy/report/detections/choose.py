"""Which detections of each species the report shows."""

import pandas as pd

from canopy.data.annotations.classes import natural_sorted

KINDS = ("best", "worst", "false", "unmarked")
"""Confirmed boxes of the highest and of the lowest scores; the highest scores where the species was refuted or, in
reviewed recordings, not found; and the highest scores where nobody has looked."""


def choose(candidates: pd.DataFrame, *, per_kind: int, at_most: int) -> pd.DataFrame:
    """Choose the most telling candidates of each species and kind.

    Parameters
    ----------
    candidates : DataFrame
        species, truth (confirmed, refuted, absent, unmarked), logit, and whatever else.
    per_kind : int
        How many of each kind for each species. A box is shown once: of few confirmed boxes, those of the higher scores
        are the best and the rest the worst.
    at_most : int
        How many in all. Where that is less, the first of every kind and species come before any second.

    Returns
    -------
    DataFrame
        The columns of `candidates`, kind and rank (from 1); by species in natural order, kind, and rank.
    """
    parts = []
    for place, name in enumerate(natural_sorted(candidates["species"])):
        mine = candidates[candidates["species"] == name]
        for kind, rows in _by_kind(mine, per_kind).items():
            parts.append(rows.assign(kind=kind, rank=range(1, len(rows) + 1), place=place))
    filled = [part for part in parts if len(part)]
    if not filled:
        return candidates.iloc[:0].assign(kind="", rank=0)
    every = pd.concat(filled, ignore_index=True)
    order = every.assign(number=every["kind"].map(KINDS.index))
    kept = order.sort_values(["rank", "number", "place"], kind="stable").head(at_most)
    kept = kept.sort_values(["place", "number", "rank"], kind="stable", ignore_index=True)
    return kept.drop(columns=["place", "number"])


def _by_kind(mine: pd.DataFrame, per_kind: int) -> dict[str, pd.DataFrame]:
    ordered = mine.sort_values(["logit", "recording_id", "onset_s"], ascending=[False, True, True], kind="stable")
    confirmed = ordered[ordered["truth"] == "confirmed"]
    n_best = min(per_kind, (len(confirmed) + 1) // 2)
    return {
        "best": confirmed.head(n_best),
        "worst": confirmed.iloc[n_best:].tail(per_kind)[::-1],
        "false": ordered[ordered["truth"].isin(["refuted", "absent"])].head(per_kind),
        "unmarked": ordered[ordered["truth"] == "unmarked"].head(per_kind),
    }
