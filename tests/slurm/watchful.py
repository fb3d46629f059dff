"""`python watchful.py ...`: Snakemake that looks at SLURM's queue every second.

Its plugin waits ten seconds longer after each look at which nothing has ended, which is most of the time of a test.
"""

import sys

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

SECONDS = 1

if __name__ == "__main__":
    Executor.next_seconds_between_status_checks = property(lambda executor: SECONDS, lambda executor, longer: None)
    sys.exit(main(sys.argv[1:]))
