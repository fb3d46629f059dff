# Snakemake looks at no job below one that will run, since such a job runs anyhow; but an `ancient` input then stops the
# running, and the job behind it is not looked at in its own right: its changed parameters would be seen a run late
# (https://github.com/snakemake/snakemake/issues/4166). Here, it passes over no job behind an `ancient` input.

import functools
import inspect

from snakemake.dag import DAG
from snakemake.logging import logger


class RunsAnyhow:
    """For each job, the jobs that run because it does: those with an input from it that is not `ancient`."""

    def __init__(self, depending):
        self.depending = depending

    def __getitem__(self, job):
        found = self.depending[job].items()
        return {below: files for below, files in found if not all(file.is_ancient for file in files)}


def look_behind_ancient(update_needrun):
    @functools.wraps(update_needrun)
    async def update(dag, *args, **options):
        follow = dag.bfs
        dag.bfs = lambda direction, *jobs, **how: follow(
            RunsAnyhow(direction) if direction is dag.depending else direction, *jobs, **how
        )
        try:
            return await update_needrun(dag, *args, **options)
        finally:
            del dag.bfs

    update.looks_behind_ancient = True
    return update


if not hasattr(DAG.update_needrun, "looks_behind_ancient"):
    if "self.bfs(self.depending, job)" not in inspect.getsource(DAG.update_needrun):
        logger.warning(
            "Canopy does not know this version of Snakemake: run `make test`, or install with `make install`."
        )
    DAG.update_needrun = look_behind_ancient(DAG.update_needrun)
