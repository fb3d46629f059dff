# Canopy keeps a record of each job beside the results (workflow/scripts/canopy/plan/records/). Snakemake is asked to look at
# it in five places: when it finds out which jobs must run, when it compares times of files, when it begins to run jobs,
# when a job is about to run, and when a job has ended. A job below one that runs is not run if, by then, nothing that it
# rests on has changed.

import inspect
import math
import os

from canopy.plan.records.jobs import label
from canopy.plan.records.recorder import Recorder
from snakemake.dag import DAG
from snakemake.jobs import Job, Reason
from snakemake.logging import logger
from snakemake.scheduling.job_scheduler import JobScheduler


class Told(Reason):
    """Why a job runs: Snakemake's reasons, and those of its record in words."""

    def clear(self):
        super().clear()
        self.said = []

    def get_names(self):
        yield from super().get_names()
        if self.said:
            yield "record of its last run"

    def __str__(self):
        return "; ".join(filter(None, [*self.said, super().__str__()]))

    def __bool__(self):
        return super().__bool__() or bool(self.said and not self.finished)


def recorder_of(job):
    """Return the recorder of the results that a job belongs to; None for jobs of other workflows."""
    if not job.dag.workflow.is_main_process:
        return None
    return next((one for one in vars(job.dag.workflow).get("recorders", []) if one.ours(job)), None)


def look_at_records(update_needrun):
    async def update(dag, *args, **options):
        recorders = vars(dag.workflow).get("recorders", []) if dag.workflow.is_main_process else []
        if recorders:
            dag._reason.default_factory = Told
        for recorder in recorders:
            recorder.look(dag)
        triggers = {trigger.item_to_choice() for trigger in dag.workflow.rerun_triggers}
        for job in dag.jobs if recorders else ():
            recorder = recorder_of(job)
            reason = dag.reason(job)
            if recorder is not None and isinstance(reason, Told) and not dag.finished(job):
                missing, reason.said = recorder.reasons(job, triggers, dag.workflow.persistence)
                reason.missing_output.update(path for path in job.output if str(path) in missing)
        return await update_needrun(dag, *args, **options)

    return update


def never_too_old(output_mintime):
    """Where a record says that nothing has changed, no input is newer than the output."""

    async def time(job):
        recorder = recorder_of(job)
        return math.inf if recorder is not None and recorder.current(job) else await output_mintime.fget(job)

    return property(time)


def adopt_first(init):
    def begin(scheduler, workflow, *args, **options):
        init(scheduler, workflow, *args, **options)
        if workflow.is_main_process and not workflow.dryrun:
            for recorder in vars(workflow).get("recorders", []):
                recorder.adopt(workflow.dag)
                complain(recorder)

    return begin


def run_what_has_changed(run):
    def start(scheduler, jobs, executor=None):
        workflow = scheduler.workflow
        if workflow.dryrun or workflow.touch or not workflow.is_main_process:
            return run(scheduler, jobs, executor)
        left = [job for job in jobs if job.is_group() or not (stays(scheduler, job) or refused(scheduler, job))]
        for job in left:
            for one in job if job.is_group() else [job]:
                recorder = recorder_of(one)
                if recorder is not None:
                    recorder.begin(one)
                    complain(recorder)
        if left:
            run(scheduler, left, executor)
        else:
            scheduler._run_performed = True

    return start


def stays(scheduler, job):
    """End a job at once that nobody asked for by name, and that would make what is there."""
    recorder = recorder_of(job)
    forced = job.rule in job.dag.forcerules or not job.dag.forcefiles.isdisjoint(job.output)
    if recorder is None or forced or not recorder.unchanged(job):
        return False
    recorder.staying.add(job)
    told = dict(event="job_unchanged", rule=job.rule.name, wildcards=dict(job.wildcards_dict))
    logger.info(f"Nothing has changed for {label(job)}: its output stays.", extra=told)
    scheduler._proceed(job)
    return True


def refused(scheduler, job):
    """Let a job fail at once whose code was changed after it was planned; what is there stays."""
    recorder = recorder_of(job)
    if recorder is None or not recorder.refuses(job):
        return False
    logger.error(
        f"{label(job)} did not run: its code has changed since this run was planned. Leave the code as it is now, and "
        "run the same command again."
    )
    scheduler.error_callback(job)
    return True


def record_end(postprocess):
    async def end(job, *args, error=False, **options):
        recorder = recorder_of(job)
        if recorder is not None and job in recorder.refused:
            return
        staying = recorder is not None and job in recorder.staying
        if staying and job.benchmark and not os.path.exists(job.benchmark):
            options["ignore_missing_output"] = [job.benchmark]
        await postprocess(job, *args, error=error, **options)
        if recorder is None or error or job.dag.workflow.dryrun:
            return
        recorder.stay(job) if staying else recorder.end(job)
        complain(recorder)

    return end


def complain(recorder):
    if recorder.complaint:
        logger.warning(f"{recorder.complaint}: what is made now is looked at again by the next run.")
        recorder.complaint = ""


HOOKS = (
    (DAG, "update_needrun", look_at_records, "reason = self.reason(job)"),
    (Job, "output_mintime", never_too_old, "get_mtime"),
    (JobScheduler, "__init__", adopt_first, "self.workflow = workflow"),
    (JobScheduler, "run", run_what_has_changed, "executor.run_jobs(jobs)"),
    (Job, "postprocess", record_end, "self.dag.check_and_touch_output("),
)
"""Where Snakemake is asked to look: a class, its method, what is put around it, and a line of the method as it is known."""


def known(kind, name, line):
    method = getattr(kind, name)
    return line in inspect.getsource(method.fget if isinstance(method, property) else method)


if not hasattr(DAG, "looks_at_records"):
    DAG.looks_at_records = all(known(kind, name, line) for kind, name, _, line in HOOKS)
    for kind, name, around, _ in HOOKS if DAG.looks_at_records else ():
        setattr(kind, name, around(getattr(kind, name)))
    if not DAG.looks_at_records:
        logger.warning(
            "Canopy does not know this version of Snakemake, and keeps no record of jobs: run `make test`, or install "
            "with `make install`."
        )

if workflow.is_main_process:
    RECORDER = Recorder(os.path.dirname(rules.report.output.summary), SCRIPTS)
    vars(workflow).setdefault("recorders", []).append(RECORDER)
