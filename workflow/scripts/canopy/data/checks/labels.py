"""Boxes that contradict or cover each other, and species with too few recordings."""

from itertools import combinations
from typing import Any

import pandas as pd

from canopy.data.checks.findings import Findings

MIN_SHARE = 0.5
"""Two boxes mark the same place where they share this much of the shorter one's time, and any frequency."""


def check_boxes(annotations: pd.DataFrame, findings: Findings) -> None:
    """Report conflicts (a species confirmed and refuted in the same place) and boxes of several species in one place.

    Parameters
    ----------
    annotations : DataFrame
        recording_id, species, onset_s, offset_s, low_hz, high_hz, polarity.
    findings : Findings
    """
    conflicts, together = "label conflicts", "overlapping boxes"
    findings.look(conflicts, len(annotations))
    findings.look(together, len(annotations))
    pairs: dict[tuple[str, str], list[str]] = {}
    for recording, boxes in annotations.groupby("recording_id", sort=True):
        rows: list[Any] = list(boxes.itertuples(index=False))
        for one, two in combinations(rows, 2):
            if not _same_place(one, two):
                continue
            if one.species == two.species and one.polarity != two.polarity:
                confirmed, refuted = (one, two) if one.polarity > 0 else (two, one)
                findings.add(
                    "warning",
                    conflicts,
                    f"{one.species} is confirmed at {confirmed.onset_s:.2f} to {confirmed.offset_s:.2f} s and refuted "
                    f"at {refuted.onset_s:.2f} to {refuted.offset_s:.2f} s: listen, and remove one box",
                    recording_id=str(recording),
                    species=str(one.species),
                    value=float(confirmed.onset_s),
                )
            elif one.species != two.species and one.polarity > 0 and two.polarity > 0:
                first, second = sorted((str(one.species), str(two.species)))
                pairs.setdefault((first, second), []).append(str(recording))
    for (first, second), where in sorted(pairs.items()):
        findings.add(
            "note",
            together,
            f"confirmed boxes of {first} and {second} cover each other {len(where)} times, first in {where[0]}: "
            "both call there, or one of them was mistaken for the other",
            recording_id=where[0],
            species=f"{first};{second}",
            value=len(where),
        )


def check_support(
    annotations: pd.DataFrame, species: list[str], owner: dict[str, str], n_folds: int, findings: Findings
) -> None:
    """Report species that are confirmed in fewer recordings, or groups of them, than there are folds.

    Parameters
    ----------
    annotations : DataFrame
        recording_id, species, polarity.
    species : list of str
    owner : dict of str to str
        The group of each recording; itself where folds are not grouped.
    n_folds : int
    findings : Findings
    """
    check = "species with few recordings"
    findings.look(check, len(species))
    confirmed = annotations[annotations.polarity > 0]
    units = confirmed.recording_id.map(owner).groupby(confirmed.species).nunique()
    kind = "groups of recordings" if any(name != group for name, group in owner.items()) else "recordings"
    for name in species:
        n = int(units.get(name, 0))
        if n < n_folds:
            findings.add(
                "warning",
                check,
                f"{name} is confirmed in {n} {kind}, fewer than the {n_folds} folds: some folds cannot learn it, or "
                "cannot score it",
                species=name,
                value=n,
            )


def _same_place(one: Any, two: Any) -> bool:
    onset_s, offset_s = max(one.onset_s, two.onset_s), min(one.offset_s, two.offset_s)
    shorter_s = min(one.offset_s - one.onset_s, two.offset_s - two.onset_s)
    apart = one.low_hz >= two.high_hz or two.low_hz >= one.high_hz  # never where one is missing
    return bool(offset_s - onset_s >= MIN_SHARE * shorter_s and not apart)
