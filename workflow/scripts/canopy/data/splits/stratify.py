"""Dealing units into folds so that every label is spread evenly.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label
data") gives the order: the label with the fewest units left comes first. Where a unit goes, and what
is exchanged afterwards, is decided by one cost, the weighted chi-square distance of the folds' counts
from their mean: `sum over labels and folds of weight * (count - mean)^2 / mean`.

All arithmetic is on integers, so that every machine makes the same folds: a Snakefile and the job it
starts on another node must agree. With `amount = n_folds * count`, a fold's excess over the mean is the
integer `sum of amounts - total`, and `weight / total` is rounded to multiples of `1 / RESOLUTION`.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

RESOLUTION = 1 << 20
MAX_EXCHANGES = 1000
GAIN_SHARE = 1000
"""An exchange must lower the cost by more than one part in so many."""
SWAP_CANDIDATES = 100


def imbalance(counts: Integers, folds: Integers, n_folds: int, weights: Integers) -> float:
    """Return the cost of a split.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape `(n_units, n_labels)`: how much of each label is in each unit.
    folds : numpy.ndarray
        Shape `(n_units,)`: the fold of each unit.
    n_folds : int
        Number of folds.
    weights : numpy.ndarray
        Shape `(n_labels,)`.

    Returns
    -------
    float
        0 where all folds have the same counts; a label without any count costs nothing.
    """
    cost = _cost(_excess(counts, folds, n_folds), _scale(counts, weights))
    return cost / RESOLUTION / n_folds


def stratify(counts: Integers, n_folds: int, *, weights: Integers, fixed: Integers | None = None) -> Integers:
    """Deal units into folds.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape `(n_units, n_labels)`, int64. Ties go to the unit that comes first, so shuffle beforehand.
    n_folds : int
        Number of folds.
    weights : numpy.ndarray
        Shape `(n_labels,)`, int64: how much each label's balance matters. Labels are placed in falling
        order of weight.
    fixed : numpy.ndarray, optional
        Shape `(n_units,)`: the fold in which a unit must stay, -1 for one that is free.

    Returns
    -------
    numpy.ndarray
        Shape `(n_units,)`, int64: the fold of each unit.
    """
    folds = np.full(len(counts), -1) if fixed is None else fixed.astype(np.int64)
    free = np.flatnonzero(folds < 0)
    if len(free):
        _deal(counts, folds, free, n_folds, weights)
        _exchange(counts, folds, free, n_folds, weights)
    return folds


def _scale(counts: Integers, weights: Integers) -> Integers:
    return weights * RESOLUTION // np.maximum(counts.sum(axis=0), 1)


def _excess(counts: Integers, folds: Integers, n_folds: int) -> Integers:
    """Return `n_folds` times how far each fold's counts lie above the mean of a full split.

    Shape `(n_folds, n_labels)`; units with fold -1 are not placed yet.
    """
    excess = np.tile(-counts.sum(axis=0), (n_folds, 1))
    placed = folds >= 0
    np.add.at(excess, folds[placed], n_folds * counts[placed])
    return excess


def _cost(excess: Integers, scale: Integers) -> int:
    return int((scale * excess**2).sum())


def _deal(counts: Integers, folds: Integers, free: Integers, n_folds: int, weights: Integers) -> None:
    """Give every free unit the fold where it costs least, rare labels first and heavy units before light ones."""
    excess = _excess(counts, folds, n_folds)
    scale = _scale(counts, weights)
    present = counts[free] > 0
    waiting = np.ones(len(free), dtype=bool)
    while waiting.any():
        left = present[waiting].sum(axis=0)
        open_labels = np.flatnonzero(left)
        if len(open_labels):
            label = open_labels[np.lexsort((left[open_labels], -weights[open_labels]))[0]]
            batch = np.flatnonzero(waiting & present[:, label])
            batch = batch[np.argsort(-counts[free[batch], label], kind="stable")]
        else:
            batch = np.flatnonzero(waiting)
        for unit in free[batch]:
            own = np.flatnonzero(counts[unit])
            amount = n_folds * counts[unit, own]
            added = (scale[own] * amount * (2 * excess[:, own] + amount)).sum(axis=1)
            folds[unit] = fold = int(np.argmin(added))
            excess[fold, own] += amount
        waiting[batch] = False


def _exchange(counts: Integers, folds: Integers, free: Integers, n_folds: int, weights: Integers) -> None:
    """Move single units, or swap two, as long as that lowers the cost."""
    scale = _scale(counts, weights)
    amounts = n_folds * counts[free]
    own = (amounts**2) @ scale
    units = np.arange(len(free))
    for _ in range(MAX_EXCHANGES):
        excess = _excess(counts, folds, n_folds)
        cost = _cost(excess, scale)
        here = folds[free]
        pull = 2 * amounts @ (scale * excess).T
        change = pull - pull[units, here][:, None] + 2 * own[:, None]
        change[units, here] = 0
        unit, fold = np.unravel_index(np.argmin(change), change.shape)
        if -change[unit, fold] * GAIN_SHARE > cost:
            folds[free[unit]] = fold
            continue
        gain, one, two = _best_swap(amounts, here, change, n_folds, scale)
        if gain * GAIN_SHARE <= cost:
            return
        folds[free[[one, two]]] = folds[free[[two, one]]]


def _best_swap(
    amounts: Integers, here: Integers, change: Integers, n_folds: int, scale: Integers
) -> tuple[int, int, int]:
    """Return what the best swap of two units gains, and the two.

    A swap changes the cost by what both moves change it, less four times the weighted product of the two
    units: each move was reckoned as if the other unit stayed. Only the `SWAP_CANDIDATES` best moves from
    each fold to each other fold are paired.
    """
    best = (0, -1, -1)
    for first in range(n_folds):
        for second in range(first + 1, n_folds):
            ones, twos = _candidates(here == first, change[:, second]), _candidates(here == second, change[:, first])
            if not len(ones) or not len(twos):
                continue
            both = change[ones, second][:, None] + change[twos, first][None, :]
            both -= 4 * (amounts[ones] * scale) @ amounts[twos].T
            row, column = np.unravel_index(np.argmin(both), both.shape)
            if -both[row, column] > best[0]:
                best = (-int(both[row, column]), int(ones[row]), int(twos[column]))
    return best


def _candidates(there: NDArray[np.bool_], change: Integers) -> Integers:
    units = np.flatnonzero(there)
    return units[np.argsort(change[units], kind="stable")[:SWAP_CANDIDATES]]
