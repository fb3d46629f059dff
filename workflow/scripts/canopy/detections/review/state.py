"""What a row of the table of clips says, as the review page knows it."""

import math
from collections.abc import Mapping
from typing import Any

from canopy.data.annotations.readers.review import NO, UNDECIDED, YES
from canopy.detections.review.sheet import number


def state_of(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's state, ready for JSON: verdict (yes, no, unsure, or empty), species, remark, box, decided.

    Of a verdict in another word, the word; `box` is [onset_s, offset_s, low_hz, high_hz], null where one is missing.
    """
    said = row.get("verdict", "").strip()
    plain = said.casefold()
    if plain in YES:
        verdict = "yes"
    elif plain in NO:
        verdict = "no"
    else:
        verdict = "unsure" if plain and plain in UNDECIDED else said
    return {
        "verdict": verdict,
        "said": said,
        "species": row.get("species", "").strip(),
        "remark": row.get("remark", "").strip(),
        "box": [number_of(row.get(name)) for name in ("onset_s", "offset_s", "low_hz", "high_hz")],
        "decided": row.get("decided", "").strip(),
    }


def number_of(cell: str | None) -> float | None:
    """Return a cell's number, or None where there is none."""
    value = number(cell or "")
    return value if math.isfinite(value) else None
