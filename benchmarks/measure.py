"""Timing several ways of doing a thing in turns, and saying how they compare."""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of a table: a figure over the repeats of a run, and what it must reach.

    `budget` begins with `>=` or `<=`; without one the figure is told, not judged.
    """

    what: str
    low: float
    median: float
    high: float
    unit: str = "x"
    budget: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the budget."""
        if not self.budget:
            return None
        sign, limit = self.budget.split()
        return self.median >= float(limit) if sign == ">=" else self.median <= float(limit)


def row(what: str, values: Sequence[float], *, unit: str = "x", budget: str = "") -> Row:
    """Return the line for some repeats."""
    return Row(what, min(values), statistics.median(values), max(values), unit, budget)


def in_turns(
    ways: Mapping[str, Callable[[], object]], *, repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time each way once per repeat, one after the other, after one call that does not count.

    Whatever else the machine does in a repeat, it does to all ways about equally: compare within repeats. What uses one
    core is best timed by `time.process_time`, which does not count while another process has the core.

    Returns
    -------
    dict
        For each way, the seconds of each repeat.
    """
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            began = clock()
            way()
            seconds[name].append(clock() - began)
    return seconds


def ratios(numerator: Sequence[float], denominator: Sequence[float]) -> list[float]:
    """Return the ratio of each repeat."""
    return [one / other for one, other in zip(numerator, denominator, strict=True)]


class Worker:
    """Another process, perhaps with another Python, that does a piece of work each time it is asked.

    It writes a line when it is ready; then it reads lines, works, and answers each with the seconds it took.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def __call__(self) -> float:
        """Have the work done once; return its seconds."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        return float(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker {self._process.args!r} ended")
        return line

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def serve(work: Callable[[], object]) -> None:
    """Be a worker: see `Worker`."""
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        work()
        print(time.perf_counter() - began, flush=True)


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of processor, and its largest memory in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def cost(command: Sequence[str], *, cwd: str | Path | None = None) -> Cost:
    """Run a command and its children to their end; raises CalledProcessError, with what it printed, if it fails."""
    measuring = (
        "import json, resource, subprocess, sys, time; t = time.perf_counter(); "
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True); s = time.perf_counter() - t; "
        "u = resource.getrusage(resource.RUSAGE_CHILDREN); said = done.stdout + done.stderr; "
        "print(json.dumps([s, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024, done.returncode, said]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", measuring, *command], cwd=cwd, capture_output=True, text=True, check=True
    )
    wall_s, cpu_s, peak_mib, code, said = json.loads(done.stdout)
    if code:
        raise subprocess.CalledProcessError(code, list(command), output=said)
    return Cost(wall_s, cpu_s, peak_mib)


def report(title: str, rows: Sequence[Row], notes: Sequence[str] = ()) -> None:
    """Print a table, and write it as JSON where `--json FILE` says."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    given = parser.parse_args()
    print(title)
    for one in rows:
        verdict = {None: "", True: "met", False: "MISSED"}[one.met]
        span = f"{one.median:9.3g} {one.unit:4} [{one.low:.3g}, {one.high:.3g}]"
        print(f"  {one.what:72} {span:32} {one.budget} {verdict}".rstrip())
    for note in notes:
        print(f"  {note}")
    if given.json:
        found = {"title": title, "rows": [asdict(one) for one in rows], "notes": list(notes)}
        given.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
