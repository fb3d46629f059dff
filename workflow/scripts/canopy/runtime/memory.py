"""What is costly to find out, remembered between runs: losing it costs time only."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def remembered(memory: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a JSON file remembers; nothing where it is missing or damaged."""
    try:
        known = json.loads(Path(memory).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def remember(memory: str | os.PathLike[str], known: Mapping[str, Any]) -> None:
    """Write what is known to a JSON file, whole or not at all; what cannot be written is forgotten."""
    path = Path(memory)
    draft = path.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(known), encoding="utf-8")
        os.replace(draft, path)
