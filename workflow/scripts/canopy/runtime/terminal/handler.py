"""Hears the events that Snakemake logs, and writes to the terminal what a person should see."""

import contextlib
import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TextIO

from canopy.runtime.notify import Job
from canopy.runtime.terminal.board import Board, Line
from canopy.runtime.terminal.logs import Follower, read
from canopy.runtime.terminal.reasons import pending
from canopy.runtime.terminal.screen import Screen

EVERY_S = 1.0
"""How often the jobs' logs are looked at, and the lines that are replaced are written anew."""
ROUTINE = (
    "Assuming unrestricted shared filesystem",
    "Building DAG of jobs",
    "Cleaning up ",
    "Conda environments: ignored",
    "Config file",
    "Elapsed time",
    "Execute ",
    "Group jobs: inactive",
    "Job rate limit reached",
    "Provided ",
    "Reasons:\n",
    "Removing output files of failed job",
    "Rules claiming more threads",
    "Rules with provenance triggered jobs",
    "Select jobs to execute",
    "Singularity containers: ignored",
    "Some jobs were triggered by provenance",
    "Using shell",
    "host: ",
)
"""How messages of Snakemake's begin that are for its log file alone. All others are shown."""
TRIED_AGAIN = re.compile(r"Trying to restart job (\d+)")
STATUS = re.compile(r"CalledProcessError.*(?:returned non-zero exit status (\d+)|died with <Signals\.(\w+))", re.DOTALL)
KILLED = ("137", "SIGKILL")
SEE_LOG = " (check log file(s) for error details)"


class Terminal(logging.Handler):
    """Takes the place of the handler that writes all of Snakemake's events to the terminal.

    Parameters
    ----------
    stream : file object
    live : bool
        Whether lines can be replaced and coloured: a terminal, and no pipe or file.
    dry_run : bool
    without_command : callable
        Returns the rules that only name targets, whose jobs are not counted.
    """

    def __init__(
        self, stream: TextIO, *, live: bool, dry_run: bool, without_command: Callable[[], Collection[str]]
    ) -> None:
        super().__init__()
        self.board = Board(time.monotonic, live=live)
        self._screen, self._live = Screen(stream, live=live), live
        self._dry_run, self._without_command = dry_run, without_command
        self._logs: dict[int, Follower] = {}
        self._names: dict[int, Job] = {}
        self._pending: list[tuple[Job, str]] = []
        self._ended: list[str] = []
        self._over = threading.Event()
        self._looking: threading.Thread | None = None

    def _status(self) -> list[str]:
        live = self._live and not self._over.is_set()
        return self.board.status(shutil.get_terminal_size().columns) if live else []

    # Snakemake's events. `logging` calls `emit` from several threads, one at a time.

    def emit(self, record: logging.LogRecord) -> None:
        """Write what a person should see of an event."""
        try:
            self._screen.write(self._lines(record), self._status())
        except BrokenPipeError:
            raise
        except Exception:
            self.handleError(record)

    def _lines(self, record: logging.LogRecord) -> list[Line]:
        event, told = str(getattr(record, "event", None) or ""), vars(record)
        known = {
            "run_info": self._planned,
            "job_info": self._started,
            "job_unchanged": self._unchanged,  # of workflow/rules/records.smk
            "job_finished": self._finished,
            "job_error": self._failed,
            "group_error": lambda told: [],  # the errors of its jobs follow
            "error": self._error,
        }
        if event in known:
            return known[event](told)
        return [] if event else self._message(record.levelno, str(record.msg or ""))

    def _planned(self, told: Mapping[str, Any]) -> list[Line]:
        if self._dry_run:  # told before and after the jobs
            return pending(self._pending) if self._pending else []
        left_out = {"total", *self._without_command()}
        lines = self.board.planned({rule: count for rule, count in told["stats"].items() if rule not in left_out})
        if self._looking is None:
            self._looking = threading.Thread(target=self._look, daemon=True, name="terminal")
            self._looking.start()
        return lines

    def _started(self, told: Mapping[str, Any]) -> list[Line]:
        job = Job(told["rule_name"], dict(told["wildcards"] or {}), [_path(log) for log in told["log"] or []])
        if job.rule in self._without_command():
            return []
        if self._dry_run:
            self._pending.append((job, told["reason"]))
            return []
        self._names[told["jobid"]] = job
        self._logs[told["jobid"]] = Follower(job.logs)
        self.board.started(told["jobid"], job)
        return []

    def _unchanged(self, told: Mapping[str, Any]) -> list[Line]:
        return self.board.unchanged(Job(told["rule"], dict(told["wildcards"])))

    def _finished(self, told: Mapping[str, Any]) -> list[Line]:
        number = told["job_id"]
        return [*self._news(number, ended=True), *self.board.finished(number)]

    def _failed(self, told: Mapping[str, Any]) -> list[Line]:
        number = told["jobid"]
        known = self._names.get(number, Job(told["rule_name"]))
        logs = [_path(log) for log in told["log"] or []]
        news = self._news(number, ended=True)
        said: Sequence[str] = next((lines for lines in map(read, logs) if any(map(str.strip, lines))), [])
        reasons = [str(told.get("rule_msg") or ""), self._how_it_ended(str(told.get("shellcmd") or ""))]
        why = " ".join(filter(None, reasons))
        return [*news, *self.board.failed(number, Job(known.rule, known.wildcards, logs), why, said)]

    def _how_it_ended(self, command: str) -> str:
        """Return how a command ended; of the errors of commands, Snakemake tells before it names the job."""
        only = self._ended[0] if len(self._ended) == 1 else ""  # a command may have been wrapped, or be in a file
        mine = next((text for text in self._ended if command and command in text), only)
        found = STATUS.search(mine)
        if found is None:
            return ""
        self._ended.remove(mine)
        status = found[1] or found[2]
        if status in KILLED:
            return "it was killed, perhaps for lack of memory"
        return "" if status == "1" else f"it ended with status {status}"

    def _error(self, told: Mapping[str, Any]) -> list[Line]:
        if STATUS.search(str(told["msg"])):
            self._ended.append(str(told["msg"]))
            return []
        return [Line(str(told["msg"]), "red")]

    def _message(self, level: int, text: str) -> list[Line]:
        again = TRIED_AGAIN.match(text)
        if again:
            return [Line(f"{self._names.get(int(again[1]), f'job {again[1]}')} is tried again", "yellow")]
        if level >= logging.WARNING:
            return [Line(text, "red" if level >= logging.ERROR else "yellow")]
        return [] if level < logging.INFO or not text or text.startswith(ROUTINE) else [Line(text)]

    # The jobs' logs.

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            self.acquire()
            try:
                news = [line for number in list(self._logs) for line in self._news(number)]
                self._screen.write(news, self._status())
            except (OSError, ValueError):  # the terminal is gone
                return
            finally:
                self.release()

    def _news(self, number: int, *, ended: bool = False) -> list[Line]:
        logs = self._logs.pop(number, None) if ended else self._logs[number]
        if logs is None or number not in self.board.running:
            return []
        return [line for text in logs.new(ended=ended) for line in self.board.heard(number, text)]

    def close(self) -> None:
        """Take away the lines that are replaced, and look at no log any more."""
        self._over.set()
        with contextlib.suppress(OSError, ValueError):
            self._screen.write([], [])
        super().close()


def _path(log: str) -> str:
    return str(log).removesuffix(SEE_LOG)
