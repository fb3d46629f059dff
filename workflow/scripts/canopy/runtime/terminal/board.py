"""The jobs of a run: which are pending, run, are done; and the lines that tell of them."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from canopy.runtime.notify import Job
from canopy.runtime.progress import duration
from canopy.runtime.terminal.running import Running, time_left

BAR = 24
"""Width of the bar over all jobs."""
MOST_RUNNING = 6
"""Running jobs that are shown below the bar."""
MOST_LINES = 100
"""Lines shown of a failed job's log."""
PLAIN_EVERY_S = 10.0
"""Where lines cannot be replaced, one job's progress is told no more often than this."""
PROGRESS = re.compile(r"^(.*\S), (?:(\d+) h )?(?:(\d+) min )?(?:(\d+) s )?left$")
"""The lines of `canopy.runtime.progress`, and of the epochs of a training."""
BY_THE_SHELL = re.compile(r"^environment: line \d+: +\d+ \w+")
"""What bash says of a script that was killed, with the text of its function."""
IMPORTANT = re.compile(r"^(warning|error|left out): |\b\w*Warning: ")


class Line(NamedTuple):
    """A line for the terminal."""

    text: str
    colour: str = ""


class Board:
    """What is known of a run; its methods hear of events and return the lines to write.

    Parameters
    ----------
    clock : callable
        Returns the time in seconds.
    live : bool
        Whether the lines of `status` are shown, so that progress need not be told by lines that stay.
    """

    def __init__(self, clock: Callable[[], float], *, live: bool) -> None:
        self.running: dict[int, Running] = {}
        self.done = 0
        self.total = 0
        self._clock, self._live = clock, live
        self._began_s = clock()
        self._planned: Mapping[str, int] = {}
        self._took_s: dict[str, list[float]] = defaultdict(list)

    # Events.

    def planned(self, stats: Mapping[str, int]) -> list[Line]:
        """Hear how many jobs of each rule there are."""
        self._planned, self.total, self._began_s = stats, sum(stats.values()), self._clock()
        return [Line(f"{count_jobs(self.total)}: {', '.join(f'{count} {rule}' for rule, count in stats.items())}")]

    def started(self, number: int, job: Job) -> None:
        """Hear that a job runs now."""
        self.running[number] = Running(job, self._clock())

    def heard(self, number: int, line: str) -> list[Line]:
        """Hear a line of a job's log."""
        running = self.running[number]
        if IMPORTANT.search(line):
            running.shown.add(line)
            return [Line(f"{running.job}: {line}", "yellow")]
        found = PROGRESS.match(line)
        if found is None:
            return []
        now = self._clock()
        hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
        running.left_s, running.heard_s = (hours * 60 + minutes) * 60.0 + seconds, now
        running.doing = _without_name(line, running.job)
        if self._live or now - running.told_s < PLAIN_EVERY_S:
            return []
        running.told_s = now
        return [Line(f"  {running.job}: {running.doing}")]

    def finished(self, number: int) -> list[Line]:
        """Hear that a job has ended well."""
        running = self.running.pop(number, None)
        if running is None:
            return []
        took_s = self._clock() - running.began_s
        self._took_s[running.job.rule].append(took_s)
        return self._ended(running.job, duration(took_s))

    def unchanged(self, job: Job) -> list[Line]:
        """Hear that a job need not run: nothing that it rests on has changed."""
        self._planned = {**self._planned, job.rule: self._planned.get(job.rule, 1) - 1}
        return self._ended(job, "unchanged")

    def _ended(self, job: Job, how: str) -> list[Line]:
        self.done += 1
        width, left = len(str(self.total)), "" if self._live else self._left(", ")
        lines = [Line(f"{self.done:>{width}} of {self.total}  {job}  {how}{left}")]
        if self.done == self.total:
            whole_s = self._clock() - self._began_s
            lines.append(Line(f"All {count_jobs(self.total)} are done, after {duration(whole_s)}.", "green"))
        return lines

    def failed(self, number: int, job: Job, why: str, lines: Sequence[str]) -> list[Line]:
        """Hear that a job has failed: why, as far as Snakemake knows, and what its log holds."""
        running = self.running.pop(number, Running(job, self._clock()))
        took = duration(self._clock() - running.began_s)
        head = Line(f"FAILED: {running.job}, after {took}{f': {why}' if why else ''}", "red")
        kept = [line.rstrip() for line in lines if line.strip() and not PROGRESS.match(line)]
        kept = [line for line in kept if line not in running.shown and not BY_THE_SHELL.match(line)]
        cut = len(kept) - MOST_LINES
        told = [f"... ({cut} lines before these)", *kept[-MOST_LINES:]] if cut > 0 else kept
        if not kept and not running.shown:
            told = ["Its log holds no error."]
        return [head, *(Line(f"    {line}", "red") for line in told), *(Line(f"  log: {log}") for log in job.logs)]

    # What lasts.

    def status(self, width: int) -> list[str]:
        """Return the lines that stand below all others and are replaced: a bar, and the jobs that run."""
        if not self.total or self.done == self.total:
            return []
        filled = BAR * self.done // self.total
        bar = f"[{'#' * filled}{'.' * (BAR - filled)}] {self.done} of {count_jobs(self.total)}{self._left(', ')}"
        now = self._clock()
        # Those that tell how far they are come first.
        shown = sorted(self.running.values(), key=lambda one: (not one.doing, one.began_s))
        lines = [f"  {one.job}: {one.doing or duration(now - one.began_s)}" for one in shown[:MOST_RUNNING]]
        if len(shown) > MOST_RUNNING:
            lines.append(f"  and {len(shown) - MOST_RUNNING} more")
        return [line if len(line) < width else f"{line[: max(width - 4, 1)]}..." for line in [bar, *lines]]

    def _left(self, before: str) -> str:
        left_s = self.left_s()
        return "" if left_s is None else f"{before}about {duration(left_s)} left"

    def left_s(self) -> float | None:
        """Return how long the jobs that are not done will take; None before there is a sign of it."""
        if self.done == self.total:
            return None
        now_s = self._clock()
        return time_left(self._planned, self._took_s, list(self.running.values()), now_s - self._began_s, now_s)


def count_jobs(count: int) -> str:
    """Return a number of jobs in words."""
    return "1 job" if count == 1 else f"{count} jobs"


def _without_name(line: str, job: Job) -> str:
    """Leave out the experiment's name, with which a job's lines begin and which the job is shown with."""
    name, _, rest = line.partition(": ")
    return rest if rest and name.partition(" ")[0] in job.wildcards.values() else line
