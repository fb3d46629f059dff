"""How often a promised precision is kept on new recordings, whatever mixture of labels it was promised by.

    PYTHONPATH=tests:workflow/scripts .venv/bin/python -m kept_promises [n_draws] [case]

prints the table of docs/evaluation.md. A draw is a project of its own: recordings with calls of one species and a
network's highest logit in each stretch of time, some reviewed from end to end, some with one call marked and the rest
unjudged, some reviewed and empty. What its thresholds keep is counted on 20,000 new recordings, and on as few as a user
would review.
"""

import sys
from functools import cache

import numpy as np
import pandas as pd

from canopy.evaluation.calibration.examples import MARKED, REVIEWED, UNJUDGED
from canopy.evaluation.calibration.fit import fit_calibration, probabilities
from canopy.evaluation.calibration.thresholds import fit_thresholds
from canopy.evaluation.metrics.bootstrap import bayesian_weights
from canopy.evaluation.metrics.proportions import proportion

CASES = {
    "20 reviewed": (20, 0, 0),
    "20 reviewed, 200 partly marked": (20, 200, 0),
    "100 partly marked, 25 reviewed and empty": (0, 100, 25),
}
"""Recordings of each kind: reviewed, partly marked, reviewed and empty."""
CALLS, STRETCHES = 1.6, 14
"""Calls of a recording, on the average, and stretches of time."""
COLUMNS = ["recording_id", "species", "logit", "positive", "source"]
N_NEW = 60


def recordings(n: int, kind: str, rng: np.random.Generator) -> pd.DataFrame:
    """Return the examples of `n` recordings; each has a level of its own, which moves all its logits."""
    rows: list[tuple[str, str, float, bool, str]] = []
    for number in range(n):
        calls = 0 if kind == "empty" else rng.poisson(CALLS)
        while kind == "marked" and not calls:
            calls = rng.poisson(CALLS)
        own = rng.normal(0, 0.5)
        called, free = own + rng.normal(1.5, 1.7, calls), own + rng.normal(-2.5, 1.5, STRETCHES - min(calls, 8))
        name = f"{kind}{number:05d}"
        if kind == "marked":
            rows.append((name, "s0", called[rng.integers(calls)], True, MARKED))
            rows += [(name, "s0", logit, False, UNJUDGED) for logit in (*called, *free)]
        else:
            rows += [(name, "s0", logit, True, REVIEWED) for logit in called]
            rows += [(name, "s0", logit, False, REVIEWED) for logit in free]
    return pd.DataFrame(rows, columns=COLUMNS)


@cache
def population(n: int = 20_000) -> pd.DataFrame:
    """Return so many new recordings that what is kept there no longer varies."""
    return recordings(n, "new", np.random.default_rng(99))


def draw(case: str, seed: int, *, wanted: float = 0.9) -> dict[str, float]:
    """Return what one project promises and keeps.

    Returns
    -------
    dict
        promised, low, high: as the table of thresholds has them; kept: on new recordings, and the interval of what is
        kept on `N_NEW` of them (new_low, new_high); recall.
    """
    rng = np.random.default_rng([seed, *CASES[case]])
    kinds = zip(("reviewed", "marked", "empty"), CASES[case], strict=True)
    project = pd.concat([recordings(n, kind, rng) for kind, n in kinds if n], ignore_index=True)
    weights = bayesian_weights(project.recording_id, n_replicates=200, seed=seed)
    line = fit_calibration(project, ["s0"])
    row = fit_thresholds(project, line, weights=weights, wanted=[wanted]).iloc[0]
    new = population()
    fired = probabilities(new, line) >= row.threshold
    few = recordings(N_NEW, "new", rng)
    among, positive = probabilities(few, line) >= row.threshold, few.positive.to_numpy(bool)
    found = proportion(positive, among, bayesian_weights(few.recording_id, n_replicates=200, seed=seed))
    return {
        **{"promised": row.precision, "low": row.low, "high": row.high},
        **{"kept": new.positive[fired].mean(), "new_low": float(found.low), "new_high": float(found.high)},
        "recall": fired[new.positive].mean(),
    }


def kept_promises(case: str, n_draws: int, *, wanted: float = 0.9) -> pd.DataFrame:
    """Return `draw` of so many projects, and whether each kept its promise.

    `covered`: what is kept on new recordings lies in the promise's interval; `agreed`: the wanted precision lies in
    the interval of what is kept on `N_NEW` new recordings.
    """
    table = pd.DataFrame([draw(case, seed, wanted=wanted) for seed in range(n_draws)])
    covered = (table.low <= table.kept) & (table.kept <= table.high)
    return table.assign(covered=covered, agreed=(table.new_low <= wanted) & (wanted <= table.new_high))


if __name__ == "__main__":
    n_draws = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print("| recordings | wanted | promised | its interval | kept | recall | kept lies in it | wanted lies in kept's |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for case in sys.argv[2:] or CASES:
        for wanted in (0.9,):
            of = kept_promises(case, n_draws, wanted=wanted)
            mean = of.mean()
            print(
                f"| {case} | {wanted} | {mean.promised:.2f} | [{mean.low:.2f}, {mean.high:.2f}] | {mean.kept:.2f} | "
                f"{mean.recall:.2f} | {mean.covered:.1%} | {mean.agreed:.1%} |",
                flush=True,
            )
