"""Snakemake's scheduler starts one timer at a time while a job waits."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

RULES = Path(__file__).resolve().parents[2] / "workflow" / "rules" / "scheduler.smk"


def load(monkeypatch: pytest.MonkeyPatch, method: Any) -> None:
    """Run the file as Snakemake does: all of it is Python."""
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", method, raising=False)
    exec(compile(RULES.read_text(encoding="utf-8"), RULES, "exec"), {})


def test_looks_that_are_asked_for_together_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, JobScheduler._schedule_reevalutation)
    looks: list[float] = []
    scheduler: Any = SimpleNamespace(_open_jobs=SimpleNamespace(release=lambda: looks.append(time.monotonic())))
    began = time.monotonic()
    for _ in range(20):
        JobScheduler._schedule_reevalutation(scheduler, 0.1)
    JobScheduler._schedule_reevalutation(scheduler, 0.05)  # another delay, for another purpose
    time.sleep(0.3)
    assert len(looks) == 2
    assert min(looks) - began >= 0.05
    JobScheduler._schedule_reevalutation(scheduler, 0.1)
    time.sleep(0.3)
    assert len(looks) == 3


def test_a_scheduler_that_is_not_known_is_left_alone_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def other(scheduler: Any, delay_s: float) -> None:
        """Do it in another way."""

    load(monkeypatch, other)
    assert JobScheduler._schedule_reevalutation is other
    assert "Canopy does not know the scheduler of this version of Snakemake" in caplog.text
