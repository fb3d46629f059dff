"""What workflow/rules/slurm.smk adds to the SLURM plugin: no job is forgotten, and a path may hold a space."""

import asyncio
import logging
import runpy
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from faults.checkout import REPOSITORY

RULES = runpy.run_path(str(REPOSITORY / "workflow" / "rules" / "slurm.smk"))
keep_track, quote_path = RULES["keep_track"], RULES["quote_path"]


class Executor:
    """Stand in for the plugin's: it reports two jobs, keeps one, and forgets those it could not ask after."""

    logger = logging.getLogger("slurm")

    def __init__(self) -> None:
        self.reported: list[tuple[str, str]] = []

    def report_job_success(self, job: Any) -> None:
        self.reported.append(("success", job.name))

    def report_job_error(self, job: Any, msg: str = "") -> None:
        self.reported.append((msg, job.name))

    async def check_active_jobs(self, jobs: list[Any]) -> AsyncIterator[Any]:
        for job in jobs:
            if job.name == "done":
                self.report_job_success(job)
            elif job.name == "failed":
                self.report_job_error(job, msg="why")
            elif job.name == "runs":
                yield job


async def left(executor: Executor, names: list[str]) -> list[str]:
    jobs = [SimpleNamespace(name=name) for name in names]
    return [job.name async for job in keep_track(Executor.check_active_jobs)(executor, jobs)]


def test_a_job_that_slurm_did_not_answer_for_is_asked_after_again(caplog: pytest.LogCaptureFixture) -> None:
    executor = Executor()
    assert asyncio.run(left(executor, ["done", "lost", "runs", "failed", "lost"])) == ["runs", "lost", "lost"]
    assert executor.reported == [("success", "done"), ("why", "failed")]
    assert "2 jobs are asked after again later" in caplog.text


def test_nothing_is_said_where_all_are_known(caplog: pytest.LogCaptureFixture) -> None:
    assert asyncio.run(left(Executor(), ["done", "runs"])) == ["runs"]
    assert asyncio.run(left(Executor(), [])) == []
    assert caplog.text == ""


def test_a_path_with_a_space_is_quoted_and_others_stay_as_they_are() -> None:
    assert quote_path(lambda executor: executor)("/my runs/.venv/bin/python") == "'/my runs/.venv/bin/python'"
    assert quote_path(lambda executor: executor)("/opt/bin/python") == "/opt/bin/python"
