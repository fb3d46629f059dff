"""How often the intervals of LWLRAP hold the population's value, on datasets that are clustered as recordings are.

    PYTHONPATH=tests:workflow/scripts .venv/bin/python -m coverage_of_intervals [n_datasets]

prints the table of docs/evaluation.md.
"""

import sys
from functools import cache

import numpy as np

from canopy.evaluation.metrics.bootstrap import FEWEST, SHARE, bayesian_weights, groups_behind, interval
from canopy.evaluation.metrics.ranking import RankedLabels

N_SPECIES = 8
ROWS_PER_GROUP = (1, 4)
REPLICATES = 500


def draw(n_groups: int, rng: np.random.Generator) -> tuple[RankedLabels, np.ndarray]:
    """Return ranked rows and their groups; rows of a group share how well species are heard, and which call."""
    group = np.repeat(np.arange(n_groups), rng.integers(ROWS_PER_GROUP[0], ROWS_PER_GROUP[1] + 1, n_groups))
    heard = rng.normal(1.2, 1.0, n_groups)[group, None]
    habit = 1 / (1 + np.exp(-rng.normal(-1.5, 1.0, (n_groups, N_SPECIES))))[group]
    truth = rng.random((len(group), N_SPECIES)) < habit
    shared = rng.normal(size=(n_groups, N_SPECIES))[group]
    scores = heard * truth + 0.7 * shared + 0.7 * rng.normal(size=truth.shape)
    return RankedLabels.of(truth, scores), group


@cache
def population(n_groups: int = 100_000, seed: int = 0) -> float:
    """Return LWLRAP over so many groups that it no longer varies."""
    parts = [draw(n_groups // 10, np.random.default_rng([seed, part]))[0] for part in range(10)]
    labels = sum(float(part.truth.sum()) for part in parts)
    return sum(float(part.precisions.sum()) for part in parts) / labels


def coverage(n_groups: int, n_datasets: int, *, seed: int = 1, by_row: bool = False) -> float:
    """Return the share of datasets whose 95 % interval holds the population's value; those without an interval aside.

    Parameters
    ----------
    n_groups : int
        Recordings of each dataset; each has one to four rows.
    n_datasets : int
    seed : int
    by_row : bool
        Draw rows as if they were independent, which they are not.
    """
    expected, rng = population(), np.random.default_rng(seed)
    covered = counted = 0
    for number in range(n_datasets):
        ranked, group = draw(n_groups, rng)
        drawn = np.arange(len(group)) if by_row else group
        weights = bayesian_weights(drawn, n_replicates=REPLICATES, seed=number)
        behind = groups_behind(ranked.truth.any(axis=1), weights)[0]
        found = interval(ranked.overall, weights, behind=behind, bounds=SHARE)
        counted += behind >= FEWEST
        covered += bool(found.low <= expected <= found.high)
    return covered / counted


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("| recordings | intervals over recordings | over rows |\n| ---: | ---: | ---: |")
    for n_groups in (3, 5, 10, 20, 40, 80, 160, 320):
        print(
            f"| {n_groups} | {coverage(n_groups, total):.1%} | {coverage(n_groups, total, by_row=True):.1%} |",
            flush=True,
        )
