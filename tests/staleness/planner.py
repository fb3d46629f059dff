"""Plans a checkout again and again, and reads its Snakefiles once: what changes in between are the results alone."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from staleness.checkout import Checkout, Job

READY = "ready to plan\n"
WAIT = f"""
import os, sys
from snakemake.cli import main
from snakemake.workflow import Workflow

prepare = Workflow._prepare_dag


def wait(workflow, *given, **options):
    while True:
        print({READY!r}, end="", flush=True)
        if not sys.stdin.readline():
            os._exit(0)
        planning = os.fork()
        if planning == 0:
            return prepare(workflow, *given, **options)
        os.waitpid(planning, 0)


Workflow._prepare_dag = wait
main()
"""


class Planner:
    """A process of Snakemake that has read the Snakefiles."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._heard()

    def _heard(self) -> str:
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            if line == READY:
                return "".join(lines)
            lines.append(line)
        raise AssertionError("".join(lines))

    def reasons(self) -> Mapping[Job, str]:
        """Return why each job is pending, but for `all`."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        said = self._heard()
        assert "Traceback" not in said, said
        return reasons(said)


def reasons(said: str) -> dict[Job, str]:
    """Return the reason of each job that Snakemake tells of."""
    found = {}
    for rule, lines in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", said, flags=re.MULTILINE):
        told = dict(re.findall(r"^    (\w+): (.*)$", lines, flags=re.MULTILINE))
        if rule != "all":
            found[Job(rule, told.get("wildcards", ""))] = told.get("reason", "")
    return found


def outputs(said: str) -> dict[Job, list[str]]:
    """Return the files that each job makes that Snakemake tells of."""
    found = {}
    for rule, lines in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", said, flags=re.MULTILINE):
        told = dict(re.findall(r"^    (\w+): (.*)$", lines, flags=re.MULTILINE))
        if rule != "all":
            found[Job(rule, told.get("wildcards", ""))] = told["output"].split(", ")
    return found


@contextmanager
def planner(checkout: Checkout) -> Iterator[Planner]:
    """Start such a process for a checkout whose configuration and data stay as they are."""
    command = [sys.executable, "-c", WAIT, *checkout.arguments, "--configfile", "overlay.yaml", "-n"]
    with subprocess.Popen(
        command,
        cwd=checkout.code,
        env={**os.environ, **checkout.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield Planner(process)
        assert process.stdin is not None
        process.stdin.close()
