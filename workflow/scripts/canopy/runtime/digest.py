"""Short strings for content."""

import hashlib
import json
from typing import Any


def digest(*parts: Any) -> str:
    """Return a short hash of JSON-like values, the same for the same content."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
