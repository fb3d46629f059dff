"""Where the windows of a search lie in a recording."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from canopy.features.pieces import Span

TINY = 1e-6


@dataclass(frozen=True)
class Grid:
    """Windows that follow one another, half over each other, and the positions of a network that they hold.

    Attributes
    ----------
    step_s : float
        From one position to the next.
    first_s : float
        Where the first window begins: at 0, or less than a position before.
    window_s : float
        Of a window; one with a single position is all that the network hears at once.
    base : int
        The position with which the first window begins.
    n_positions, hop : int
        Positions of a window, and from one window to the next.
    """

    step_s: float
    first_s: float
    window_s: float
    base: int = 0
    n_positions: int = 1
    hop: int = 1

    @property
    def hop_s(self) -> float:
        """Seconds from window to window."""
        return self.hop * self.step_s

    def n_windows(self, duration_s: float) -> int:
        """Return how many windows cover a recording to its end."""
        rest_s = duration_s - self.first_s - self.window_s
        return 1 + max(0, math.ceil(rest_s / self.hop_s - TINY))

    def window(self, number: int) -> Span:
        """Return the positions of a window."""
        first = self.base + number * self.hop
        return Span(first, first + self.n_positions)

    def part(self, onset_s: float, offset_s: float) -> Iterator[Span]:
        """Yield the positions of a part of a recording, of at most a window each.

        Of a part that is shorter than a window, only positions that are centred in it count, at least one; of a longer
        one there are several windows, half over each other, the last of which ends with it.
        """
        if self.n_positions == 1:
            rest_s = offset_s - onset_s - self.window_s
            starts_s = [(onset_s + offset_s - self.window_s) / 2]
            if rest_s > TINY:
                n = 1 + math.ceil(2 * rest_s / self.window_s - TINY)
                starts_s = [onset_s + rest_s * one / (n - 1) for one in range(n)]
            for start_s in starts_s:
                first = self.base + max(0, round((start_s - self.first_s) / self.step_s))
                yield Span(first, first + 1)
            return
        begin, end = ((time_s - self.first_s) / self.step_s for time_s in (onset_s, offset_s))
        first, last = (max(0, math.ceil(edge - 0.5 - TINY)) for edge in (begin, end))
        if last <= first:
            first = max(0, math.floor((begin + end) / 2))
            last = first + 1
        ends = [*range(first + self.n_positions, last, self.hop), last]
        for one in ends:
            yield Span(max(first, one - self.n_positions), one)


def grid_of(*, step_s: float, first_s: float, window_s: float) -> Grid:
    """Return the windows over positions that follow one another, the first of which begins at `first_s`."""
    n_positions = max(1, round(window_s / step_s))
    return Grid(step_s, first_s, n_positions * step_s, n_positions=n_positions, hop=max(1, n_positions // 2))
