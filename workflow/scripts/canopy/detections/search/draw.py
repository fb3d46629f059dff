"""Which stretches a search takes of all windows: the most similar ones, and some of every degree of similarity."""

import hashlib
from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.detections.review.strategies.stratified import shared_out
from canopy.detections.review.table import OVER_RANGE, SAME_SHARE, SIMILAR
from canopy.detections.search.windows import Windows

POOL = 5
"""The most similar stretches are spread among so many times as many."""
RECORDING_SHARE, SITE_SHARE = 0.25, 0.5
"""Of them, at most this share is of one recording or one site, as long as there are others in the pool."""
SMALLEST_BAND = 20
COLUMNS = ("recording_id", "path", "onset_s", "offset_s", "similarity", "why", "chance", "of")


def draw(
    windows: Windows,
    similarity: NDArray[np.float32],
    closed: NDArray[np.bool_],
    *,
    sites: NDArray[np.str_],
    top: int,
    over_range: int,
    seed: str,
) -> pd.DataFrame:
    """Draw stretches.

    Parameters
    ----------
    windows : Windows
    similarity : ndarray, shape (n,)
        Of each window.
    closed : ndarray of bool, shape (n,)
        Which must not be drawn: what was offered before, and the example itself.
    sites : ndarray of str
        Of each of the windows' recordings; empty where nobody knows.
    top, over_range : int
        How many.
    seed : str
        Of the lots.

    Returns
    -------
    DataFrame
        `COLUMNS`: `why` is `SIMILAR` or `OVER_RANGE`; `chance` is 1 for the former, and for the latter the share of its
        band that was drawn, of windows that do not overlap (Horvitz and Thompson's inclusion probability); `of` is the
        number of windows that the row was drawn from. The most similar ones come first, by falling similarity, the
        others by lot.
    """
    best = spread(windows, similarity, nearest(windows, similarity, closed, POOL * top), sites, top)
    rest = np.flatnonzero(~(closed | _touched(windows, best)) & (windows.number % tiles(windows) == 0))
    drawn, chance = bands(similarity, rest, over_range, seed)
    rows = [(at, SIMILAR, 1.0, int((~closed).sum())) for at in best]
    rows += [(at, OVER_RANGE, round(one, 9), len(rest)) for at, one in zip(drawn, chance, strict=True)]
    table = windows.recordings
    return pd.DataFrame(
        [
            {
                "recording_id": table["recording_id"].iat[windows.recording[at]],
                "path": table["path"].iat[windows.recording[at]],
                "onset_s": float(windows.onset_s[at]),
                "offset_s": float(windows.offset_s[at]),
                "similarity": round(float(similarity[at]), 4),
                "why": why,
                "chance": one,
                "of": of,
            }
            for at, why, one, of in rows
        ],
        columns=list(COLUMNS),
    )


def nearest(windows: Windows, similarity: NDArray[np.float32], closed: NDArray[np.bool_], n: int) -> list[int]:
    """Return the most similar windows, one of those that share much of their sound; ties in the order of paths."""
    reach, taken, found = reach_of(windows), set[int](), list[int]()
    open_to_draw = np.flatnonzero(~closed)
    at_most = min(len(open_to_draw), n * (2 * reach + 1))
    if not at_most:
        return found
    least = np.partition(similarity[open_to_draw], len(open_to_draw) - at_most)[len(open_to_draw) - at_most]
    likely = open_to_draw[similarity[open_to_draw] >= least]
    for at in likely[np.argsort(-similarity[likely], kind="stable")].tolist():
        if len(found) == n:
            break
        if at not in taken:
            found.append(at)
            same = windows.recording[max(at - reach, 0) : at + reach + 1] == windows.recording[at]
            taken.update((np.flatnonzero(same) + max(at - reach, 0)).tolist())
    return found


def spread(
    windows: Windows, similarity: NDArray[np.float32], pool: list[int], sites: NDArray[np.str_], n: int
) -> list[int]:
    """Return the first `n` of a pool of windows, which no recording and no site fills alone while there are others."""
    most = {"recording": max(1, round(RECORDING_SHARE * n)), "site": max(1, round(SITE_SHARE * n))}
    count: Counter[tuple[str, object]] = Counter()
    chosen: list[int] = []
    for at in pool:
        row = int(windows.recording[at])
        where = [("recording", row), *([("site", str(sites[row]))] if sites[row] else [])]
        if len(chosen) < n and all(count[one] < most[one[0]] for one in where):
            chosen.append(at)
            count.update(where)
    others = [at for at in pool if at not in set(chosen)]
    return sorted([*chosen, *others[: n - len(chosen)]], key=lambda at: (-similarity[at], at))


def bands(
    similarity: NDArray[np.float32], open_to_draw: NDArray[np.int64], n: int, seed: str
) -> tuple[list[int], list[float]]:
    """Draw the same number of windows from each band: the lower half by similarity, the next quarter, and so on.

    Within a band windows stand in the order of paths and of time, which is that of site, date and hour where recorders
    name files so; every so-manieth is drawn, from a random beginning (systematic sampling: Cochran, 1977, "Sampling
    Techniques", chapter 8). Bands by halves are those of Navine et al., 2024, "All thresholds barred: direct estimation
    of call density in bioacoustic data".

    Returns
    -------
    tuple
        The windows drawn, in the order of their lots, and the chance of each.
    """
    n, n_all = min(n, len(open_to_draw)), len(open_to_draw)
    if not n:
        return [], []
    n_bands = max(1, min(n, 1 + int(np.log2(max(n_all / SMALLEST_BAND, 1)))))
    edges = [round(n_all * (1 - 0.5**band)) for band in range(n_bands)]
    ranked = open_to_draw[np.argsort(similarity[open_to_draw], kind="stable")]
    members = [np.sort(one) for one in np.split(ranked, edges[1:])]
    drawn: list[tuple[float, int, float]] = []
    for band, wanted in enumerate(shared_out(n, np.array([len(one) for one in members]))):
        if not wanted:
            continue
        mine, step = members[band], len(members[band]) / wanted
        places = np.floor((_lot(seed, f"band {band}") + np.arange(wanted)) * step).astype(int)
        drawn += [(_lot(seed, f"{at}"), int(at), wanted / len(mine)) for at in mine[np.minimum(places, len(mine) - 1)]]
    drawn.sort()
    return [at for _, at, _ in drawn], [chance for *_, chance in drawn]


def reach_of(windows: Windows) -> int:
    """Return how many windows on each side share so much with one that a verdict on it is on them too."""
    table = windows.recordings
    return max((int(SAME_SHARE * one // hop) for one, hop in _kinds(table)), default=0)


def tiles(windows: Windows) -> int:
    """Return which every so-manieth windows do not overlap."""
    return max((int(np.ceil(one / hop - 1e-6)) for one, hop in _kinds(windows.recordings)), default=1)


def _kinds(table: pd.DataFrame) -> set[tuple[float, float]]:
    heard = table[table["n_frames"] > 0]
    return set(zip(heard["window_s"], heard["hop_s"], strict=True))


def overlapping(windows: Windows, row: int, onset_s: float, offset_s: float) -> NDArray[np.int64]:
    """Return the windows of a recording that share so much with a stretch that a verdict on it is on them too."""
    first, n = windows.recordings[["first", "n_frames"]].to_numpy(int)[row].tolist()
    mine = slice(first, first + n)
    begins, ends = windows.onset_s[mine], windows.offset_s[mine]
    shared_s = np.minimum(ends, offset_s) - np.maximum(begins, onset_s)
    same = (shared_s > 0) & (shared_s >= SAME_SHARE * np.minimum(ends - begins, offset_s - onset_s))
    return np.flatnonzero(same) + first


def _touched(windows: Windows, drawn: list[int]) -> NDArray[np.bool_]:
    found = np.zeros(len(windows), bool)
    for at in drawn:
        span = float(windows.onset_s[at]), float(windows.offset_s[at])
        found[overlapping(windows, int(windows.recording[at]), *span)] = True
    return found


def _lot(seed: str, what: str) -> float:
    return int.from_bytes(hashlib.blake2b(f"{seed} {what}".encode(), digest_size=8).digest()) / 2**64
