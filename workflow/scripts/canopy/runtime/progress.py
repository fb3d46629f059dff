"""Progress of long work, as lines that a log and a terminal can both hold."""

import time

EVERY_S = 5.0


def duration(seconds: float) -> str:
    """Return a length of time for people: `42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(max(seconds, 0))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """A counter that prints how far it is and how long the rest will take, at most every few seconds.

    Parameters
    ----------
    total : int
        Number of steps.
    unit : str
        What is counted, in the plural.
    """

    def __init__(self, total: int, unit: str) -> None:
        self.total, self.unit, self.done = total, unit, 0
        self._began = self._said = time.monotonic()

    def step(self) -> None:
        """Count one."""
        self.done += 1
        now = time.monotonic()
        if now - self._said >= EVERY_S and self.done < self.total:
            self._said = now
            left = (now - self._began) / self.done * (self.total - self.done)
            print(f"{self.done} of {self.total} {self.unit}, {duration(left)} left", flush=True)
