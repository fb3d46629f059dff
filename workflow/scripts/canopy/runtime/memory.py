"""What is costly to find out, remembered between runs: losing it costs time only."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from canopy.runtime.files import whole


def remembered(memory: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a JSON file remembers; nothing where it is missing or damaged."""
    try:
        known = json.loads(Path(memory).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def remember(memory: str | os.PathLike[str], known: Mapping[str, Any]) -> None:
    """Write what is known to a JSON file, whole or not at all; what cannot be written is forgotten."""
    with contextlib.suppress(OSError), whole(memory, at_once=False, shared=True) as draft:
        draft.write_text(json.dumps(known), encoding="utf-8")
