"""Which detections a person should judge."""

from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.special import expit

from canopy.detections.review.strategies.registry import STRATEGIES
from canopy.detections.review.strategies.strategy import Vectors, lot
from canopy.detections.writers.detections import COLUMNS


def choose(
    species: Sequence[tuple[pd.DataFrame, Mapping[str, int]]],
    *,
    seed: int,
    budget: int | None = None,
    vectors: Vectors | None = None,
) -> pd.DataFrame:
    """Draw detections of each species.

    Parameters
    ----------
    species : sequence of (DataFrame, mapping of str to int)
        Of each species its detections (recording_id, path, species, onset_s, offset_s, score, probability, threshold,
        ...; without a probability, the score ranks), and how many each strategy draws of them, by its name: one
        strategy after another, of what is left.
    seed : int
        Of the draw. A detection's lot depends on itself and the seed alone, so that new recordings change few choices.
    budget : int, optional
        How many in all, where that is less: every species and strategy gets a share.
    vectors : callable, optional
        As of `canopy.detections.review.strategies.strategy`.

    Returns
    -------
    DataFrame
        The rows drawn with the columns `why`, the strategy; `chance`, with which the row would be drawn, by whichever
        strategy (Horvitz and Thompson's inclusion probability); and `of`, the number of the species' detections that
        could be drawn. Sorted by species, then strategy, then falling probability or, where lots were drawn, by lot.
    """
    parts = []
    groups = [mine for mine, _ in species]
    for mine, wanted in zip(groups, _shares(groups, [counts for _, counts in species], budget), strict=True):
        likely = mine["probability"].fillna(pd.Series(expit(mine["score"].astype(float)), mine.index))
        lots = [lot(row, seed) for row in mine.to_dict("records")]
        mine = mine.assign(likely=likely, lot=lots)
        ranked = mine.sort_values(["likely", "recording_id", "onset_s"], ascending=[False, True, True])
        parts += _drawn(ranked, wanted, vectors)
    if not parts:
        return pd.DataFrame(columns=[*COLUMNS, "why", "chance", "of"])
    return pd.concat(parts, ignore_index=True).drop(columns=["likely", "lot"])


def _drawn(mine: pd.DataFrame, wanted: Mapping[str, int], vectors: Vectors | None) -> list[pd.DataFrame]:
    rest, chance, drawn = mine, pd.Series(0.0, mine.index), []
    for strategy in STRATEGIES:
        draw = strategy.draw(rest, wanted.get(strategy.name, 0), vectors)
        even = draw.chance.max() if strategy.name == "random" and len(draw.chance) else 0.0
        now = draw.chance.reindex(mine.index)
        # What an earlier draw of lots took could as well have been left for this one.
        now = now.fillna((chance < 1) * even)
        chance = chance + (1 - chance) * now
        drawn.append((strategy.name, draw.drawn))
        rest = rest.drop(index=draw.drawn)
    drawn_as = mine.assign(chance=chance.round(9), of=len(mine))
    return [_in_order(drawn_as.loc[rows].assign(why=why)) for why, rows in drawn]


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort what is always drawn by falling probability, and the rest by lot: its first half is a random half of it."""
    by = {"likely": False} if (rows["chance"] == 1).all() else {"lot": True}
    return rows.sort_values(list(by), ascending=list(by.values()), kind="stable")


def _shares(
    groups: list[pd.DataFrame], counts: Sequence[Mapping[str, int]], budget: int | None
) -> list[dict[str, int]]:
    """Return how many each strategy draws of each species, so that all together are within the budget."""
    wanted = [{one.name: numbers.get(one.name, 0) for one in STRATEGIES} for numbers in counts]
    for mine, numbers in zip(groups, wanted, strict=True):
        left = len(mine)
        for name in numbers:
            numbers[name] = min(numbers[name], left)
            left -= numbers[name]
    total = sum(sum(numbers.values()) for numbers in wanted)
    if budget is None or total <= budget:
        return wanted
    slots = [(at, name, number) for at, numbers in enumerate(wanted) for name, number in numbers.items() if number]
    exact = [number * budget / total for _, _, number in slots]
    given = [int(one) for one in exact]
    order = sorted(range(len(slots)), key=lambda slot: (given[slot] - exact[slot], slot))
    for slot in order[: budget - sum(given)]:
        given[slot] += 1
    for (at, name, _), number in zip(slots, given, strict=True):
        wanted[at][name] = number
    return wanted
