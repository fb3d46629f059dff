"""A job that runs, and how long the jobs of a run will take together."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from canopy.runtime.notify import Job

ENOUGH_DONE = 3
"""Jobs that tell how long jobs of other rules may take."""


@dataclass
class Running:
    """A job that runs."""

    job: Job
    began_s: float
    doing: str = ""
    left_s: float | None = None
    heard_s: float = -math.inf
    told_s: float = -math.inf
    shown: set[str] = field(default_factory=set)
    """Lines of its log that were shown."""


def time_left(
    planned: Mapping[str, int],
    took_s: Mapping[str, Sequence[float]],
    running: Sequence[Running],
    since_s: float,
    now_s: float,
) -> float | None:
    """Estimate the seconds until all jobs are done.

    A job is taken to last as long as others of its rule did, or as it says itself, or as jobs do on average; and as
    many jobs to run at once as did so far.

    Parameters
    ----------
    planned : mapping of str to int
        The number of jobs of each rule.
    took_s : mapping of str to sequence of float
        How long the jobs of each rule took that are done.
    running : sequence of Running
    since_s : float
        Time since the run began.
    now_s : float
        The time on the clock of `running`.

    Returns
    -------
    float or None
        None before there is a sign of it.
    """
    known = {rule: list(times) for rule, times in took_s.items()}
    waiting = Counter(planned)
    waiting.subtract({rule: len(times) for rule, times in took_s.items()})
    waiting.subtract(Counter(one.job.rule for one in running))
    rest_s, unsure = 0.0, []
    for one in running:
        if one.left_s is None:
            unsure.append(one)
            continue
        left_s = max(one.left_s - (now_s - one.heard_s), 0.0)
        known.setdefault(one.job.rule, []).append(now_s - one.began_s + left_s)
        rest_s += left_s
    times = [time_s for rule in known.values() for time_s in rule]
    asked = {rule for rule, count in waiting.items() if count > 0} | {one.job.rule for one in unsure}
    done = sum(map(len, took_s.values()))
    if not times or (done < ENOUGH_DONE and not asked <= known.keys()):
        return None
    overall_s = sum(times) / len(times)
    mean_s = {rule: sum(known[rule]) / len(known[rule]) if rule in known else overall_s for rule in asked}
    rest_s += sum(max(mean_s[one.job.rule] - (now_s - one.began_s), 0.0) for one in unsure)
    rest_s += sum(mean_s[rule] * waiting[rule] for rule in asked if waiting[rule] > 0)
    busy_s = sum(map(sum, took_s.values())) + sum(now_s - one.began_s for one in running)
    return rest_s / max(busy_s / max(since_s, 1e-3), 1.0)
