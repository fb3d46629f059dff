"""Which clips the next draw adds to a table: never a stretch that was offered before, and no more than are judged."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd

from canopy.detections.review.choose import choose
from canopy.detections.review.strategies.strategy import Vectors
from canopy.detections.review.strategies.windows import NAME as WINDOWS
from canopy.detections.review.table import ReviewTable


def new_clips(
    detections: pd.DataFrame,
    table: ReviewTable,
    counts: Mapping[str, int],
    *,
    recordings: pd.DataFrame,
    seed: int,
    budget: int | None = None,
    windows: Iterable[tuple[str, pd.DataFrame]] = (),
    vectors: Vectors | None = None,
) -> pd.DataFrame:
    """Draw what to add to a table, so that of each species and strategy `counts` clips wait for a verdict.

    Parameters
    ----------
    detections : DataFrame
        As of `canopy.detections.review.choose.choose`.
    table : ReviewTable
        What was offered before, which is not drawn again; clips there that wait count.
    counts : mapping of str to int
        How many of each species are to wait, by strategy.
    recordings : DataFrame
        recording_id, audio: copies of a recording count as one, the first.
    seed, budget, vectors
        As of `choose`; what waits counts towards the budget.
    windows : iterable of (str, DataFrame)
        Each species with all windows, of which the strategy `windows` draws.

    Returns
    -------
    DataFrame
        As of `choose`, with the column `round`.
    """
    original = same_audio(recordings)
    is_copy = detections["recording_id"].map(original) != detections["recording_id"]
    open_to_draw = detections[~is_copy & ~table.offered(detections, same_audio=original)]
    waiting = [row for row in table.rows if not row.get("verdict", "").strip()]
    left = None if budget is None else max(budget - len(waiting), 0)
    waits = Counter((row.get("asked") or row.get("species", ""), row.get("why", "")) for row in waiting)
    parts = [
        (mine, {why: max(number - waits[str(species), why], 0) for why, number in counts.items() if why != WINDOWS})
        for species, mine in open_to_draw.groupby("species", sort=True)
    ]
    for species, mine in windows:
        new = mine[~table.offered(mine, same_audio=original, windows=True)]
        parts.append((new, {WINDOWS: max(counts[WINDOWS] - waits[species, WINDOWS], 0)}))
    return choose(parts, seed=seed, budget=left, vectors=vectors).assign(round=table.next_round())


def same_audio(recordings: pd.DataFrame) -> dict[str, str]:
    """Return for each recording the first one that has the same samples."""
    first = recordings.sort_values("recording_id").groupby("audio", sort=False)["recording_id"].transform("first")
    return dict(zip(recordings["recording_id"], first.reindex(recordings.index), strict=True))
