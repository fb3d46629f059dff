"""Chunks of a recording, and which frames of a feature set lie in each."""

from dataclasses import dataclass

from canopy.config.features import FeatureSet

CHUNK_S = 120
"""Seconds of a recording whose features are in memory at a time, and that are scored, and kept, at a time."""
CHUNK_SAMPLES = 6_000_000
"""A chunk of a recording of a very high rate is shorter, so that it holds at most about so many samples."""


def chunk_seconds(rate_hz: int) -> int:
    """Return the length of a recording's chunks, in seconds: a multiple of ten."""
    return max(10, min(CHUNK_S, CHUNK_SAMPLES // rate_hz // 10 * 10))


def chunk_starts(duration_s: float, chunk_s: int) -> list[int]:
    """Return the seconds at which chunks start; the last one also takes a rest that is shorter than ten seconds."""
    n_chunks = max(1, int(duration_s // chunk_s) + (duration_s % chunk_s >= 10))
    return [number * chunk_s for number in range(n_chunks)]


@dataclass(frozen=True)
class Span:
    """Frames `first` to `last - 1` of a recording."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def frames(self) -> range:
        """The frames, one by one."""
        return range(self.first, self.last)


def frames_between(start_s: int, end_s: int | None, features: FeatureSet, n_frames: int) -> Span:
    """Return the frames whose centres lie from `start_s` up to, not at, `end_s` (None: to the recording's end)."""
    rate, hop = features.sample_rate_hz, features.hop_samples
    first = -(-start_s * rate // hop)
    last = n_frames if end_s is None else -(-end_s * rate // hop)
    return Span(min(first, n_frames), min(last, n_frames))
