# The SLURM plugin forgets the jobs that it could not ask after (slurmctld was away, the accounting database busy), and
# Snakemake waits for them for ever. It falls back on sacct then, which has no answer where nothing is accounted. Here,
# a job that is neither reported nor kept is kept, to be asked after again.

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


# Snakemake has imported it by now, where it is installed.
slurm = sys.modules.get("snakemake_executor_plugin_slurm")
if slurm is not None and not hasattr(slurm.Executor.check_active_jobs, "keeps_track"):
    slurm.Executor.check_active_jobs = keep_track(slurm.Executor.check_active_jobs)
