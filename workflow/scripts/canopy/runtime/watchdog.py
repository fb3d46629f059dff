"""A job ends with the Snakemake that started it: an orphan would go on writing beside its successor.

When Snakemake is killed, the shell it started for a job lives on, and so would the script in it. The
rules' shell prefix hands down the numbers of both processes, and every script watches them. They are
processes of the machine that the job runs on, on a cluster node too. A script that is run by hand is
handed nothing and watches nothing.
"""

import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Sequence

from canopy.runtime.portable import end_at_once, is_there

STARTED_BY = "CANOPY_STARTED_BY"
"""The environment variable with the process numbers of Snakemake and of the job's shell."""
LOOK_EVERY_S = 0.5


def end_with_starter() -> None:
    """Kill this process as soon as one of those that started it has ended, or at once if one has already."""
    starters = [int(number) for number in os.environ.get(STARTED_BY, "").split()]
    if starters:
        threading.Thread(target=_end_after, args=(starters,), daemon=True, name="orphans").start()


def _end_after(starters: Sequence[int]) -> None:
    wait_for_end(starters)
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), b"ended: the Snakemake that started this job is gone\n")
    end_at_once()


def wait_for_end(processes: Sequence[int]) -> None:
    """Return when the first of some processes has ended.

    Under Linux the kernel tells it at once, by a handle that cannot mean a later process of the same
    number. Elsewhere the numbers are looked at every `LOOK_EVERY_S`.
    """
    handles: list[int] = []
    try:
        handles += [os.pidfd_open(process) for process in processes]
    except ProcessLookupError:
        pass
    except (AttributeError, OSError):
        _look_until_end(processes)
    else:
        poll = select.poll()
        for handle in handles:
            poll.register(handle, select.POLLIN)
        poll.poll()
    for handle in handles:
        os.close(handle)


def _look_until_end(processes: Sequence[int]) -> None:
    while all(is_there(process) for process in processes):
        time.sleep(LOOK_EVERY_S)
