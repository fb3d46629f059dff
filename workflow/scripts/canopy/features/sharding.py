"""Which shard a recording belongs to."""

import hashlib


def shard_of(recording_id: str, n_shards: int) -> int:
    """Return the shard that a recording belongs to; the same on every machine and for ever."""
    digest = hashlib.blake2b(recording_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % n_shards
