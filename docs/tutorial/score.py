"""Score detections against the tutorial's truth by intersection, and print precision, recall and F1 of events.

    .venv/bin/python docs/tutorial/score.py my_data/truth.csv results-mine/applied/new-fd7095/detections/detections.csv

Detection and ground-truth tolerance are 0.5 (Bilen et al. 2020, "A framework for the robust evaluation of sound event
detection"). Events of less than `--least-db` over the background do not count, nor do detections that only these
explain.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd


class Counts(NamedTuple):
    """Events found and missed, and detections that are wrong."""

    found: int
    missed: int
    wrong: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall: 2 found / (2 found + missed + wrong)."""
        total = 2 * self.found + self.missed + self.wrong
        return 2 * self.found / total if total else float("nan")


def overlap_s(one: tuple[float, float], others: Sequence[tuple[float, float]]) -> float:
    """Return how many seconds of a stretch others cover, each second once."""
    covered, reached = 0.0, one[0]
    for onset, offset in sorted(others):
        begin, end = max(onset, reached), min(offset, one[1])
        if end > begin:
            covered += end - begin
            reached = end
    return covered


def count(
    detections: Sequence[tuple[float, float]],
    events: Sequence[tuple[float, float]],
    quiet: Sequence[tuple[float, float]],
    *,
    tolerance: float = 0.5,
) -> Counts:
    """Compare the detections of one species in one recording with its events, of which the quiet ones do not count."""
    right, wrong = [], 0
    for one in detections:
        needed = tolerance * (one[1] - one[0]) - 1e-9
        if overlap_s(one, events) >= needed:
            right.append(one)
        elif overlap_s(one, [*events, *quiet]) < needed:
            wrong += 1
    found = sum(overlap_s(event, right) >= tolerance * (event[1] - event[0]) - 1e-9 for event in events)
    return Counts(found, len(events) - found, wrong)


def score(truth: pd.DataFrame, detections: pd.DataFrame, *, least_db: float) -> dict[str, Counts]:
    """Return the counts of each species."""
    totals: dict[str, Counts] = {}
    for species in sorted(set(truth["species"]) | set(detections["species"])):
        mine = [table[table["species"] == species] for table in (truth, detections)]
        parts = []
        for recording in sorted(set(mine[0]["recording_id"]) | set(mine[1]["recording_id"])):
            events, found = (table[table["recording_id"] == recording] for table in mine)
            loud = events["snr_db"] >= least_db
            parts.append(count(spans(found), spans(events[loud]), spans(events[~loud])))
        totals[species] = Counts(*(sum(numbers) for numbers in zip(*parts, strict=True)))
    return totals


def spans(table: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the onsets and offsets of a table."""
    return list(zip(table["onset_s"].tolist(), table["offset_s"].tolist(), strict=True))


def main(argv: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, help="recording_id, species, onset_s, offset_s, snr_db")
    parser.add_argument("detections", type=Path, help="detections.csv")
    parser.add_argument("--least-db", type=float, default=6.0, help="quieter events do not count")
    given = parser.parse_args(argv)
    text = {"recording_id": str, "species": str}
    truth, detections = (pd.read_csv(path, dtype=text) for path in (given.truth, given.detections))
    by_species = score(truth, detections, least_db=given.least_db)
    for species, counts in by_species.items():
        found, missed, wrong = counts
        print(f"{species:24} {found:4} found {missed:4} missed {wrong:4} wrong   F1 {counts.f1:.2f}")
    total = Counts(*(sum(numbers) for numbers in zip(*by_species.values(), strict=True)))
    precision = total.found / max(total.found + total.wrong, 1)
    recall = total.found / max(total.found + total.missed, 1)
    print(f"intersection F1 {total.f1:.3f} (precision {precision:.3f}, recall {recall:.3f})")
    return total.f1


if __name__ == "__main__":
    main()
