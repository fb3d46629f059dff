"""Snakemake is asked to look at the records only where it is the one that is known."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import snakemake.cli  # noqa: F401 - Snakemake's modules import each other: this one first
from snakemake.dag import DAG
from snakemake.jobs import Job
from snakemake.scheduling.job_scheduler import JobScheduler

RULES = Path(__file__).resolve().parents[3] / "workflow" / "rules" / "records.smk"
HOOKS = (
    (DAG, "update_needrun"),
    (Job, "output_mintime"),
    (JobScheduler, "__init__"),
    (JobScheduler, "run"),
    (Job, "postprocess"),
)


def load(monkeypatch: pytest.MonkeyPatch, **others: Any) -> dict[str, Any]:
    """Run the file as Snakemake does in a process that runs one job: all of it is Python."""
    for kind, name in HOOKS:  # set back after the test
        monkeypatch.setattr(kind, name, others.get(name, getattr(kind, name)))
    monkeypatch.delattr(DAG, "looks_at_records", raising=False)
    found = {"workflow": SimpleNamespace(is_main_process=False)}
    exec(compile(RULES.read_text(encoding="utf-8"), RULES, "exec"), found)
    monkeypatch.delattr(DAG, "looks_at_records")
    return found


def methods() -> list[Any]:
    return [getattr(kind, name) for kind, name in HOOKS]


def test_this_snakemake_is_known(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    before = methods()
    load(monkeypatch)
    assert all(now is not then for now, then in zip(methods(), before, strict=True))
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["update_needrun", "run", "postprocess"])
def test_a_snakemake_that_is_not_known_is_left_alone_and_told(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def other(self: Any) -> None:
        """Do it in another way."""

    before = {hook: getattr(kind, hook) for kind, hook in HOOKS if hook != name}
    load(monkeypatch, **{name: other})
    assert {hook: getattr(kind, hook) for kind, hook in HOOKS if hook != name} == before
    assert "keeps no record of jobs" in caplog.text


def test_a_reason_tells_what_a_record_says_before_what_snakemake_says(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = load(monkeypatch)["Told"]()
    assert not reason
    reason.said = ["its last run was broken off"]
    assert reason
    assert str(reason) == "its last run was broken off"
    assert list(reason.get_names()) == ["record of its last run"]
    reason.code_changed = True
    assert str(reason) == "its last run was broken off; Code has changed since last execution"
    reason.mark_finished()
    assert not reason
    reason.clear()
    assert (bool(reason), str(reason)) == (False, "")
