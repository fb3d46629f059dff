# The SLURM plugin forgets the jobs that it could not ask after (slurmctld was away, the accounting database busy), and
# Snakemake waits for them for ever. It falls back on sacct then, which has no answer where nothing is accounted. Here,
# a job that is neither reported nor kept is kept, to be asked after again. The command of a job, too, names Python's path
# without quotes: it is quoted here, for environments in folders with a space in their names.

import shlex
import sys


def keep_track(check_active_jobs):
    async def check(executor, active_jobs):
        known = set()
        reports = {name: getattr(executor, name) for name in ("report_job_success", "report_job_error")}

        def noting(report):
            def note(job_info, *given, **options):
                known.add(id(job_info))
                return report(job_info, *given, **options)

            return note

        for name, report in reports.items():
            setattr(executor, name, noting(report))
        try:
            async for job_info in check_active_jobs(executor, active_jobs):
                known.add(id(job_info))
                yield job_info
        finally:
            for name in reports:
                delattr(executor, name)
        forgotten = [job_info for job_info in active_jobs if id(job_info) not in known]
        if forgotten:
            executor.logger.warning(f"SLURM does not answer: {len(forgotten)} jobs are asked after again later.")
        for job_info in forgotten:
            yield job_info

    check.keeps_track = True
    return check


def quote_path(get_python_executable):
    def quoted(executor):
        return shlex.quote(get_python_executable(executor))

    quoted.quotes = True
    return quoted


# Snakemake has imported them by now, where they are installed: the first submits jobs, the second runs in them.
slurm = sys.modules.get("snakemake_executor_plugin_slurm")
if slurm is not None and not hasattr(slurm.Executor.check_active_jobs, "keeps_track"):
    slurm.Executor.check_active_jobs = keep_track(slurm.Executor.check_active_jobs)
for plugin in (slurm, sys.modules.get("snakemake_executor_plugin_slurm_jobstep")):
    if plugin is not None and not hasattr(plugin.Executor.get_python_executable, "quotes"):
        plugin.Executor.get_python_executable = quote_path(plugin.Executor.get_python_executable)
