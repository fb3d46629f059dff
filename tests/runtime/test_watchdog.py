"""A job ends with the Snakemake and the shell that started it; a script run by hand ends when it likes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from canopy.runtime import watchdog

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
JOB = """
import os, pathlib, time
from canopy.runtime import command
def main(argv=None):
    pathlib.Path("job").write_text(str(os.getpid()))
    time.sleep(WORK_S)
    pathlib.Path("output").write_text("whole")
command.run(main)
"""
STARTER = """
import pathlib, subprocess, sys
shell = subprocess.Popen(["bash", "-c", sys.argv[1]])
pathlib.Path("shell").write_text(str(shell.pid))
shell.wait()
"""
SHELL = 'set -euo pipefail; export {handed}; "{python}" job.py 2>&1 | tee log'
HANDED = 'CANOPY_STARTED_BY="$PPID $$"'


def wait_until(is_so: Callable[[], bool], *, at_most_s: float = 60) -> bool:
    end = time.monotonic() + at_most_s
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    return is_so()


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Started:
    """Snakemake's stand-in, the shell it started and the job in that."""

    def __init__(self, folder: Path, *, work_s: float, handed: str = HANDED) -> None:
        self.folder = folder
        (folder / "job.py").write_text(JOB.replace("WORK_S", str(work_s)))
        environment = {key: value for key, value in os.environ.items() if key != watchdog.STARTED_BY}
        self.starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, SHELL.format(handed=handed, python=sys.executable)],
            cwd=folder,
            env=environment | {"PYTHONPATH": str(SCRIPTS)},
            stdout=subprocess.DEVNULL,
        )
        assert wait_until(lambda: self.number("job") > 0)

    def number(self, name: str) -> int:
        path = self.folder / name
        return int(path.read_text() or 0) if path.exists() else 0


@pytest.mark.parametrize("killed", ["Snakemake", "the shell"])
def test_a_job_dies_at_once_with_what_started_it(killed: str, tmp_path: Path) -> None:
    started = Started(tmp_path, work_s=60)
    job = started.number("job")
    os.kill(started.starter.pid if killed == "Snakemake" else started.number("shell"), signal.SIGKILL)
    started.starter.wait(timeout=60)
    assert wait_until(lambda: not runs(job), at_most_s=5)
    assert not (tmp_path / "output").exists()
    assert wait_until(lambda: "the Snakemake that started this job is gone" in (tmp_path / "log").read_text())


def test_an_undisturbed_job_runs_to_its_end(tmp_path: Path) -> None:
    started = Started(tmp_path, work_s=0.1)
    assert started.starter.wait(timeout=60) == 0
    assert (tmp_path / "output").read_text() == "whole"
    assert (tmp_path / "log").read_text() == ""


def test_a_script_that_was_started_by_hand_outlives_its_shell(tmp_path: Path) -> None:
    started = Started(tmp_path, work_s=1, handed="BY=hand")
    started.starter.kill()
    started.starter.wait(timeout=60)
    assert wait_until(lambda: (tmp_path / "output").exists())


def test_a_job_whose_starter_is_gone_before_it_begins_does_nothing(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (tmp_path / "job.py").write_text(JOB.replace("WORK_S", "60"))
    found = subprocess.run(
        [sys.executable, "job.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(SCRIPTS), watchdog.STARTED_BY: f"{os.getpid()} {ended.stdout.strip()}"},
        capture_output=True,
        timeout=60,
    )
    assert found.returncode == -signal.SIGKILL
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("handles", [True, False], ids=["by handle", "by looking"])
def test_the_end_of_the_first_of_several_processes_is_seen(handles: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not handles:
        monkeypatch.delattr(os, "pidfd_open")
        monkeypatch.setattr(watchdog, "LOOK_EVERY_S", 0.01)
    with subprocess.Popen(["sleep", "60"]) as other, subprocess.Popen(["sleep", "0.3"]) as first:
        began = time.monotonic()
        if not handles:
            first.wait()
        watchdog.wait_for_end([other.pid, first.pid])
        assert handles is False or time.monotonic() - began > 0.2
        assert other.poll() is None
        other.kill()
