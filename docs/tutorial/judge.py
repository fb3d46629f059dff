"""Fill in the verdicts of a review by the tutorial's truth, in place of a person who listens.

    .venv/bin/python docs/tutorial/judge.py my_data/truth.csv reviews/new-fd7095/review-new-fd7095.csv

`yes` where calls of its species fill at least half of a detection, `no` where none touches it; between these the
verdict stays empty, as a person would leave it. A stretch that was not cut around a detection (of a search, or a window
by lot) is a `yes` too where it holds half of a call.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from score import overlap_s, spans

TEXT = {"recording_id": str, "species": str}


STRETCHES = ("similar", "over_range", "windows")
"""What the column `why` says of clips that are no detections."""


def verdict(onset_s: float, offset_s: float, calls: pd.DataFrame, *, stretch: bool = False) -> str:
    """Return what the calls of its species in its recording say of a detection, or of a stretch."""
    found = spans(calls)
    shared_s = overlap_s((onset_s, offset_s), found)
    if shared_s == 0:
        return "no"
    if stretch and any(overlap_s(call, [(onset_s, offset_s)]) >= 0.5 * (call[1] - call[0]) for call in found):
        return "yes"
    return "yes" if shared_s >= 0.5 * (offset_s - onset_s) else ""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, help="recording_id, species, onset_s, offset_s")
    parser.add_argument("review", type=Path, help="review.csv, whose verdicts are written")
    given = parser.parse_args(argv)
    truth = pd.read_csv(given.truth, dtype=TEXT)
    review = pd.read_csv(given.review, dtype=str, keep_default_na=False)
    calls = dict(list(truth.groupby(["recording_id", "species"])))
    review["verdict"] = [
        verdict(
            float(row.onset_s),
            float(row.offset_s),
            calls.get((row.recording_id, row.species), truth[:0]),
            stretch=getattr(row, "why", "") in STRETCHES,
        )
        for row in review.itertuples()
    ]
    review.to_csv(given.review, index=False)
    counts = review["verdict"].value_counts()
    print(f"{given.review}: {counts.get('yes', 0)} yes, {counts.get('no', 0)} no, {counts.get('', 0)} left empty")


if __name__ == "__main__":
    main()
