"""Short strings for content."""

import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any


def digest(*parts: Any) -> str:
    """Return a short hash of JSON-like values, the same for the same content."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def digest_of_files(paths: Iterable[str | os.PathLike[str]]) -> str:
    """Return a short hash of what files hold, one after another."""
    whole = hashlib.blake2b(digest_size=6)
    for path in paths:
        with open(path, "rb") as handle:
            whole.update(hashlib.file_digest(handle, "sha256").digest())
    return whole.hexdigest()
