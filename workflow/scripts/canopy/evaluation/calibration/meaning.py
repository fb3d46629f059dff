"""What `probability` means, by what it rests on, in words for people."""

from typing import Literal

import pandas as pd

from canopy.runtime.tables import listed

Basis = Literal["reviewed", "mixed", "suspected", "unjudged", "nothing"]
MEANING = {
    "reviewed": "probability of a call; the rate is that of the reviewed time",
    "mixed": "probability of a call; the rate is estimated over unjudged time, since no reviewed recording holds one",
    "suspected": "probability that a suspicion is right: the rate is that of the refuted and confirmed boxes",
    "unjudged": "estimate: nobody reviewed any time, and the share of time with calls is assumed",
    "nothing": "a score, not a probability: nothing tells calls from other sounds",
}
"""What `probability` means, by what it rests on."""
PROBABLE = ("reviewed", "mixed")
"""Where a probability is one, of any sound in a recording like those that were learnt from."""
ADVICE = (
    "review some 20 minutes from end to end (all calls of the species marked, or none there; see docs/formats.md, "
    "`reviewed`), or fill in a review (`snakemake review`), and run again"
)
"""What to add where a probability is none."""


def told(calibration: pd.DataFrame) -> list[str]:
    """Return what the probabilities of a calibration mean, a line for each kind, and what to add where they are none.

    Parameters
    ----------
    calibration : DataFrame
        species, basis, share.
    """
    lines = []
    for basis, meaning in MEANING.items():
        rows = calibration[calibration.basis == basis]
        if rows.empty:
            continue
        shares = rows.share.dropna()
        low, high = (f"{100 * share:.2g} %" for share in (shares.min(), shares.max())) if len(shares) else ("", "")
        span = low if low == high else f"{low} to {high}"
        lines.append(f"{listed(rows.species)}: {meaning}" + (f" (calls in {span} of the time)" if span else ""))
    if not set(calibration.basis) <= set(PROBABLE):
        lines.append(f"To get probabilities that can be checked: {ADVICE}.")
    return lines
