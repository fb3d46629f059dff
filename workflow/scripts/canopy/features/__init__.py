"""Features: what the networks see, and the shards it is stored in."""
