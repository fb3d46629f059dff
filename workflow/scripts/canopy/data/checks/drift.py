"""Whether the test recordings sound like the training recordings."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from canopy.data.checks.findings import Findings

Floats = NDArray[np.float64]
CHECK = "drift between training and test"
LEVEL = 0.001
"""Chance of any warning where there is no drift."""
MIN_DB = 2.0
"""Smaller differences of medians are of no consequence."""


def check_drift(train_db: Floats, test_db: Floats, findings: Findings) -> None:
    """Report bands, and the overall level, in which training and test recordings differ.

    Two-sample Kolmogorov-Smirnov tests, at a level divided by their number; a difference counts where the medians are
    at least `MIN_DB` apart.

    Parameters
    ----------
    train_db, test_db : ndarray, shape (n_recordings, n_bands)
        Mean level of each recording's bands, from low to high.
    findings : Findings
    """
    findings.look(CHECK, len(train_db) + len(test_db))
    if min(len(train_db), len(test_db)) < 2:
        return
    parts = [np.column_stack([one.mean(axis=1), one - one.mean(axis=1, keepdims=True)]) for one in (train_db, test_db)]
    n_tests = parts[0].shape[1]
    for column in range(n_tests):
        train, test = (part[:, column] for part in parts)
        tested = ks_2samp(train, test)
        gap = float(np.median(test) - np.median(train))
        if tested.pvalue < LEVEL / n_tests and abs(gap) >= MIN_DB:
            what = "the level" if column == 0 else f"band {column} of {n_tests - 1} (from low), relative to the level,"
            findings.add(
                "warning",
                CHECK,
                f"{what} is {abs(gap):.1f} dB {'higher' if gap > 0 else 'lower'} in test than in training (medians; "
                f"Kolmogorov-Smirnov distance {tested.statistic:.2f}): another recorder, place or season?",
                value=gap,
            )
