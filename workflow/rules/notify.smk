# When a run has ended, the command in the config's `notify` hears of it: workflow/scripts/canopy/runtime/notify.py.

import logging
import socket
import time

from canopy.runtime.notify import Job as NotedJob, message, tell
from snakemake.logging import logger


class Jobs(logging.Handler):
    """The jobs of this run, from the events that Snakemake logs: those of its logger plugins."""

    def __init__(self):
        super().__init__()
        self.began = time.monotonic()
        self.known, self.finished, self.failed = {}, {}, {}

    def emit(self, record):
        event = str(getattr(record, "event", "") or "")
        if event == "job_info":
            self.known[record.jobid] = NotedJob(record.rule_name, dict(record.wildcards or {}))
        elif event == "job_error":
            self.fail(vars(record))
        elif event == "group_error":
            for told in record.job_error_info:
                self.fail(told)
        elif event == "job_finished":  # perhaps at a later attempt
            self.failed.pop(record.job_id, None)
            if record.job_id in self.known:
                self.finished[record.job_id] = self.known[record.job_id]

    def fail(self, told):
        known = self.known.get(told["jobid"], NotedJob(told["rule_name"]))
        logs = [str(log).removesuffix(" (check log file(s) for error details)") for log in told["log"] or []]
        self.failed[told["jobid"]] = NotedJob(known.rule, known.wildcards, logs)


JOBS = Jobs()
if workflow.is_main_process and not IMPORTED and CONFIG.notify.command:
    logger.addHandler(JOBS)


def notify(succeeded):
    """Tell the command how the run ended. Whatever goes wrong here is said, and changes nothing."""
    if not CONFIG.notify.command:
        return
    try:
        finished = [job for job in JOBS.finished.values() if job.rule != "all"]
        summary = Path(RESULTS) / "summary.txt"
        scored = any(job.rule == "report" for job in finished) and summary.exists()
        text = message(
            succeeded=succeeded,
            results=RESULTS,
            host=socket.gethostname(),
            took_s=time.monotonic() - JOBS.began,
            finished=finished,
            failed=list(JOBS.failed.values()),
            scores=summary.read_text(encoding="utf-8") if scored else "",
        )
        complaint = tell(CONFIG.notify.command, text)
    except Exception as error:
        complaint = f"{type(error).__name__}: {error}"
    if complaint:
        logger.warning(f"The command in `notify` did not do its work: {complaint}. The run is not affected.")
