"""What is told of a run when it has ended, and to which command."""

import os
import shlex
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from canopy.runtime.portable import end_with_children
from canopy.runtime.progress import duration

PATIENCE_S = 60.0
"""How long the command may take."""
TAIL = 3
"""Lines shown of a failed job's log."""
WIDTH = 200
GO_ON = "Fix what is broken and give the same command again: what has finished is kept."


@dataclass(frozen=True)
class Job:
    """One job of a run.

    Attributes
    ----------
    rule : str
    wildcards : mapping of str to str
    logs : sequence of str
        Files in which it says more.
    """

    rule: str
    wildcards: Mapping[str, str] = field(default_factory=dict)
    logs: Sequence[str] = ()

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.wildcards.items())
        return f"{self.rule} ({told})" if told else self.rule


def message(
    *,
    succeeded: bool,
    results: str,
    host: str,
    took_s: float,
    finished: Sequence[Job],
    failed: Sequence[Job],
    scores: str,
) -> str:
    """Tell of a run that has ended, as text for a mail or a chat.

    Parameters
    ----------
    succeeded : bool
    results : str
        The folder of the results.
    host : str
        The machine that Snakemake ran on.
    took_s : float
    finished, failed : sequence of Job
    scores : str
        The run's `summary.txt`; empty if it made none.

    Returns
    -------
    str
        The outcome in its first line; then the failed jobs with their logs and the last lines of these, how many
        jobs of each rule finished, and the scores.
    """
    outcome = "finished" if succeeded else f"failed ({len(failed)} jobs)" if len(failed) > 1 else "failed"
    parts = [f"Canopy {outcome}: {os.path.abspath(results)} on {host}, after {duration(took_s)}"]
    for job in failed:
        parts.append("\n".join([f"failed: {job}", *(line for log in job.logs for line in _log(log))]))
    if not succeeded and not failed:
        parts.append("It was interrupted, or stopped before a job failed.")
    if finished:
        counts = Counter(job.rule for job in finished)
        parts.append("jobs that finished: " + ", ".join(f"{count} {rule}" for rule, count in counts.items()))
    parts += [scores.strip()] if scores.strip() else []
    parts += [] if succeeded else [GO_ON]
    return "\n\n".join(parts) + "\n"


def _log(name: str) -> list[str]:
    """Return where a log lies and its last lines."""
    path = Path(os.path.abspath(name))
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        lines = []
    last = [line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..." for line in lines if line][-TAIL:]
    return [f"  log: {path}", *(f"    {line}" for line in last)]


def tell(command: str, text: str, *, patience_s: float = PATIENCE_S) -> str:
    """Give a text to a command on its standard input.

    Parameters
    ----------
    command : str
        A program and its arguments, split by a shell's rules of quoting; no shell sees it, nor the text.
    text : str
    patience_s : float
        After that time the command is killed, with all that it started.

    Returns
    -------
    str
        What went wrong; empty if the command ended well. Nothing is raised for a command that cannot be run.
    """
    with tempfile.TemporaryFile() as said:  # a pipe would keep us waiting for what the command leaves running
        try:
            process = subprocess.Popen(
                shlex.split(command), stdin=subprocess.PIPE, stdout=said, stderr=said, start_new_session=True
            )
        except (OSError, ValueError) as error:
            return f"it cannot be run: {error}"
        with process:
            try:
                process.communicate(text.encode("utf-8", errors="replace"), timeout=patience_s)
            except subprocess.TimeoutExpired:
                end_with_children(process)
                return f"it was ended after {duration(patience_s)}"
        if process.returncode == 0:
            return ""
        said.seek(0)
        lines = said.read().decode("utf-8", errors="replace").strip().splitlines()
    return f"it ended with status {process.returncode}" + (f": {lines[-1][:WIDTH]}" if lines else "")
