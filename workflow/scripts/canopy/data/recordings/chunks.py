"""Chunks of a recording, of which one at a time is in memory."""

CHUNK_S = 120
"""Seconds of a recording whose features are computed, and that are scored and kept, at a time."""
CHUNK_SAMPLES = 6_000_000
"""A chunk of a recording of a very high rate is shorter, so that it holds at most about so many samples."""


def chunk_seconds(rate_hz: int) -> int:
    """Return the length of a recording's chunks, in seconds: a multiple of ten."""
    return max(10, min(CHUNK_S, CHUNK_SAMPLES // rate_hz // 10 * 10))


def chunk_starts(duration_s: float, chunk_s: int) -> list[int]:
    """Return the seconds at which chunks start; the last one also takes a rest that is shorter than ten seconds."""
    n_chunks = max(1, int(duration_s // chunk_s) + (duration_s % chunk_s >= 10))
    return [number * chunk_s for number in range(n_chunks)]
