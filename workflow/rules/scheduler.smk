# Snakemake allows a number of job starts a second. So that it sees when more may start, each look at the jobs starts a
# timer of one second, which wakes the next look, as long as any job waits (here: for `gpu`). Every job that ends adds a
# look, and so a chain of timers that goes on beside the others: after 40 jobs it looks 40 times a second. Here, a timer
# is started only where none is under way.

import inspect
import time

from snakemake.logging import logger
from snakemake.scheduling.job_scheduler import JobScheduler


def look_again_once(schedule):
    def later(scheduler, delay_s):
        looks_at = vars(scheduler).setdefault("looks_again_at", {})
        now = time.monotonic()
        if now >= looks_at.get(delay_s, now):
            looks_at[delay_s] = now + delay_s
            schedule(scheduler, delay_s)

    later.looks_once = True
    return later


schedule = getattr(JobScheduler, "_schedule_reevalutation", None)
if not hasattr(schedule, "looks_once"):
    if schedule is not None and "threading.Timer(" in inspect.getsource(schedule):
        JobScheduler._schedule_reevalutation = look_again_once(schedule)
    else:
        logger.warning(
            "Canopy does not know the scheduler of this version of Snakemake: run `make test`, or install with "
            "`make install`. While jobs wait, Snakemake may take a part of a core."
        )
