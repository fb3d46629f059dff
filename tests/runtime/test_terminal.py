"""What a person sees while a workflow runs: one line per finished job, progress, warnings and errors in full."""

import contextlib
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from canopy.runtime.notify import Job
from canopy.runtime.terminal.board import MOST_LINES, MOST_RUNNING, Board
from canopy.runtime.terminal.handler import Terminal
from canopy.runtime.terminal.logs import Follower
from canopy.runtime.terminal.reasons import in_words, pending

REPOSITORY = Path(__file__).resolve().parents[2]
FOLD = Job("train_fold", {"experiment": "owls", "fold": "0"}, ["logs/fold0.log"])
NAME = "train_fold (experiment=owls, fold=0)"


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


# The board.


def test_a_finished_job_is_one_line_and_the_last_one_says_so(clock: Clock) -> None:
    board = Board(clock, live=True)
    assert [line.text for line in board.planned({"make_splits": 1, "train_fold": 1})] == [
        "2 jobs: 1 make_splits, 1 train_fold"
    ]
    board.started(1, Job("make_splits"))
    clock.now_s += 3
    assert [line.text for line in board.finished(1)] == ["1 of 2  make_splits  3 s"]
    board.started(2, FOLD)
    clock.now_s += 62
    assert [line.text for line in board.finished(2)] == [
        f"2 of 2  {NAME}  1 min 02 s",
        "All 2 jobs are done, after 1 min 05 s.",
    ]
    assert board.status(80) == []


def test_a_job_that_need_not_run_is_told_and_counted(clock: Clock) -> None:
    board = Board(clock, live=True)
    board.planned({"make_splits": 1, "train_fold": 1})
    board.started(1, Job("make_splits"))
    clock.now_s += 3
    board.finished(1)
    assert [line.text for line in board.unchanged(FOLD)] == [
        f"2 of 2  {NAME}  unchanged",
        "All 2 jobs are done, after 3 s.",
    ]


def test_the_bar_and_the_epoch_of_each_training_are_replaced_in_a_terminal(clock: Clock) -> None:
    board = Board(clock, live=True)
    board.planned({"make_splits": 1, "train_fold": 3})
    board.started(1, Job("make_splits"))
    clock.now_s += 1
    board.finished(1)
    board.started(2, Job("train_fold", {"fold": "1"}))
    board.started(3, FOLD)
    clock.now_s += 20
    assert board.heard(3, "owls fold 0: epoch 2/4, loss 0.1234, 20 s left") == []
    clock.now_s += 5
    bar, first, second = board.status(80)
    # 15 s of the one that tells, 40 - 25 s of the one that does not, 40 s of the third: two run at a time.
    assert bar.startswith("[######..................] 1 of 4 jobs, about 3")
    assert first == f"  {NAME}: epoch 2/4, loss 0.1234, 20 s left"
    assert second == "  train_fold (fold=1): 25 s"


def test_time_left_counts_what_jobs_say_and_how_many_run_at_once(clock: Clock) -> None:
    board = Board(clock, live=True)
    board.planned({"extract": 4})
    assert board.left_s() is None
    for number in (1, 2):
        board.started(number, Job("extract"))
    clock.now_s += 10
    board.finished(1)
    board.finished(2)
    assert board.left_s() == pytest.approx(10)  # two jobs of 10 s, two at a time
    board.started(3, Job("extract"))
    board.heard(3, "3 of 60 recordings, 1 min 30 s left")
    # It takes 90 s itself, the fourth (10 + 10 + 90) / 3 s.
    assert board.left_s() == pytest.approx((90 + 110 / 3) / 2)


def test_where_nothing_can_be_replaced_progress_is_told_now_and_then(clock: Clock) -> None:
    board = Board(clock, live=False)
    board.planned({"train_fold": 1})
    board.started(1, FOLD)
    told = []
    for epoch in range(1, 21):
        clock.now_s += 1
        told += [line.text for line in board.heard(1, f"owls: epoch {epoch}/30, loss 0.1, 2 h 10 min left")]
    assert told == [f"  {NAME}: epoch {epoch}/30, loss 0.1, 2 h 10 min left" for epoch in (1, 11)]


@pytest.mark.parametrize(
    "line",
    ["warning: a.wav is silent", "error: two copies", "left out: b.wav", "x.py:3: RuntimeWarning: divide by zero"],
)
def test_warnings_of_a_job_are_shown_at_once_and_other_lines_are_not(line: str, clock: Clock) -> None:
    board = Board(clock, live=True)
    board.planned({"train_fold": 1})
    board.started(1, FOLD)
    assert board.heard(1, "confirmed boxes per species and fold:") == []
    assert [told.text for told in board.heard(1, line)] == [f"{NAME}: {line}"]


def test_a_failed_job_is_told_with_its_log_but_for_progress_and_what_was_shown(clock: Clock) -> None:
    board = Board(clock, live=True)
    board.planned({"train_fold": 1})
    board.started(1, FOLD)
    board.heard(1, "warning: few boxes")
    clock.now_s += 7
    bash = "environment: line 1: 14 Killed   ( exec python )"
    log = ["warning: few boxes", bash, "owls: epoch 1/4, loss 1, 3 s left", "", "Traceback", "  ValueError: no"]
    assert [line.text for line in board.failed(1, FOLD, "it was killed", log)] == [
        f"FAILED: {NAME}, after 7 s: it was killed",
        "    Traceback",
        "      ValueError: no",
        "  log: logs/fold0.log",
    ]
    board.started(1, FOLD)
    assert "    Its log holds no error." in [line.text for line in board.failed(1, FOLD, "", [])]
    long = [f"line {number}" for number in range(MOST_LINES + 5)]
    told = [line.text for line in board.failed(1, FOLD, "", long)]
    assert told[1:3] == ["    ... (5 lines before these)", "    line 5"]
    assert told[-2] == f"    line {MOST_LINES + 4}"


def test_the_lines_below_fit_the_terminal(clock: Clock) -> None:
    board = Board(clock, live=True)
    board.planned({"extract": 90})
    for number in range(50):
        board.started(number, Job("extract", {"shard": "7" * 60}))
    lines = board.status(40)
    assert len(lines) == 1 + MOST_RUNNING + 1
    assert lines[-1] == f"  and {50 - MOST_RUNNING} more"
    assert max(map(len, lines)) < 40


# Reasons.


def test_a_dry_run_says_what_is_pending_and_why() -> None:
    changed = (
        'Params have changed since last execution: before: \'{"a": "x; y"}\' now: \'{"a": "Updated input files: z"}\' '
    )
    jobs = [
        (Job("train_fold", {"fold": "1"}), changed),
        (Job("train_fold", {"fold": "0"}), changed),
        (Job("merge"), "Missing output files: a, b; Input files updated by another job: c"),
        (Job("report"), "Input files updated by another job: c; Updated input files: 1, 2, 3, 4, 5"),
    ]
    assert [line.text for line in pending(jobs)] == [
        "4 jobs are pending:",
        "     2 train_fold: its settings or its code have changed",
        "         fold 0, 1",
        "     1 merge: its output is missing",
        "     1 report: its input is made by another pending job; its input has changed (1, 2, 3 and 2 more)",
    ]


def test_snakemakes_reasons_are_all_known() -> None:
    """Its own class writes them; a reason of a later version would be shown as it is."""
    from snakemake.jobs import Reason

    reason = Reason()
    flags = ["code_changed", "input_changed", "software_stack_changed"]
    for flag in flags:
        setattr(reason, flag, True)
    reason.missing_output.add("a")
    reason.incomplete_output.add("a")
    reason.updated_input.add("b")
    told = in_words(str(reason))
    assert told.count("; ") == 5
    for text in str(reason).split("; "):
        assert text.split(":")[0] not in told
    assert in_words("The moon is full") == "The moon is full"


# Logs.


def test_a_log_is_followed_from_its_new_beginning_line_by_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("an earlier attempt\n")
    follower = Follower([str(log), str(tmp_path / "none.log")])
    assert list(follower.new()) == []
    log.unlink()
    log.write_bytes(b"one\ntw")
    assert list(follower.new()) == ["one"]
    with log.open("ab") as handle:
        handle.write(b"o\nthr\xffee")
    assert list(follower.new()) == ["two"]
    assert list(follower.new(ended=True)) == ["thr\N{REPLACEMENT CHARACTER}ee"]
    assert list(follower.new(ended=True)) == []


# The handler.


@pytest.fixture
def heard() -> Iterator[Any]:
    """Return a function that gives a record to a handler without a terminal, and what it has written."""
    stream = io.StringIO()
    handler = Terminal(stream, live=False, dry_run=False, without_command=lambda: {"all"})

    def hear(message: str | None = None, *, level: int = logging.INFO, **event: Any) -> str:
        record = logging.LogRecord("snakemake", level, __file__, 1, message, None, None)
        vars(record).update(event)
        begins = stream.tell()
        handler.handle(record)
        return stream.getvalue()[begins:]

    yield hear
    handler.close()


def test_routine_goes_to_the_log_alone_and_all_else_is_shown(heard: Any) -> None:
    assert heard("Building DAG of jobs...") == ""
    assert heard("Shell command: canopy x", event="shellcmd") == ""
    assert heard("Nothing to be done (all is there).") == "Nothing to be done (all is there).\n"
    assert heard("Using something odd", level=logging.WARNING) == "Using something odd\n"
    assert heard("WorkflowError:\nno\nway", level=logging.ERROR, event="error") == "WorkflowError:\nno\nway\n"
    assert heard("details", level=logging.DEBUG) == ""


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("returned non-zero exit status 137.", ": it was killed, perhaps for lack of memory"),
        ("died with <Signals.SIGKILL: 9>.", ": it was killed, perhaps for lack of memory"),
        ("returned non-zero exit status 1.", ""),
        ("returned non-zero exit status 2.", ": it ended with status 2"),
    ],
)
def test_a_command_that_fails_is_told_by_its_job_and_not_by_its_text(
    end: str, why: str, heard: Any, tmp_path: Path
) -> None:
    log = tmp_path / "b.log"
    started = {"jobid": 3, "rule_name": "extract", "wildcards": {}, "log": [str(log)], "reason": "none"}
    heard(event="run_info", stats={"extract": 2, "all": 1, "total": 3})
    heard(event="job_info", **started)
    log.write_text("error: the disk is full\n")
    command = "canopy extract --settings '{...}'"
    raised = f"RuleException:\nCalledProcessError in file x:\nCommand '{command}' {end}"
    assert heard(raised, level=logging.ERROR, event="error") == ""
    failed = {"jobid": 3, "rule_name": "extract", "log": [str(log)], "shellcmd": command, "rule_msg": None}
    told = heard("Error in rule", level=logging.ERROR, event="job_error", **failed)
    assert told == (f"extract: error: the disk is full\nFAILED: extract, after 0 s{why}\n  log: {log}\n")
    assert heard("Trying to restart job 3.") == "extract is tried again\n"


# The workflow.

SNAKEFILE = """
import os, sys
sys.path.insert(0, {scripts!r})
IMPORTED = {imported}
shell.prefix("set -euo pipefail; ")
include: {rules!r}
rule all:
    input: "second"
rule first:
    output: "first"
    log: "logs/first.log"
    shell: "(echo deep in the work; echo warning: it rains; touch {{output}}) 2>&1 | tee {{log}}"
rule second:
    input: "first"
    output: "second"
    log: "logs/second.log"
    shell: "(echo error: the oven is cold; false) 2>&1 | tee {{log}}"
"""
FIRST = ["first: warning: it rains", "1 of 2  first  "]
LAST = ["second: error: the oven is cold", "FAILED: second, after ", "  log: logs/second.log"]


def bake(folder: Path, *arguments: str, imported: bool = False, **process: Any) -> str:
    """Run a small workflow that fails, with our output; return what it said."""
    rules = str(REPOSITORY / "workflow" / "rules" / "terminal.smk")
    scripts = str(REPOSITORY / "workflow" / "scripts")
    (folder / "Snakefile").write_text(SNAKEFILE.format(scripts=scripts, rules=rules, imported=imported))
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments, "--", "all"]
    environment: Mapping[str, str] = {**os.environ, "CANOPY_OUTPUT": "", **process.pop("environment", {})}
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **process}
    ran = subprocess.run(command, cwd=folder, env=environment, text=True, **pipe)
    assert ran.returncode == (0 if "-n" in arguments else 1), ran.stdout
    return ran.stdout or ""


@pytest.mark.workflow
def test_without_a_terminal_lines_are_plain(tmp_path: Path) -> None:
    said = bake(tmp_path)
    assert "\033" not in said
    assert "\r" not in said
    lines = [line for line in said.splitlines() if any(line.startswith(text) for text in FIRST + LAST)]
    assert len(lines) == len(FIRST + LAST)
    assert all(line.startswith(text) for line, text in zip(lines, FIRST + LAST, strict=True))
    for hidden in ("deep in the work", "rule first", "reason:", "Select jobs", "CalledProcessError"):
        assert hidden not in said
    assert "deep in the work" in (tmp_path / "logs" / "first.log").read_text()
    kept = next((tmp_path / ".snakemake" / "log").iterdir()).read_text()
    assert "reason: Missing output files: first" in kept


@pytest.mark.workflow
def test_in_a_terminal_a_bar_is_below_and_is_gone_at_the_end(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    try:
        bake(tmp_path, stdout=theirs, stderr=theirs, environment={"TERM": "xterm"})
        os.set_blocking(ours, False)
        said = b""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(ours, 1 << 16):
                said += part
    finally:
        os.close(ours)
        os.close(theirs)
    shown = said.decode()
    assert "[............] 1 of 2 jobs" in shown.replace("#", "")
    assert "\033[31mFAILED: second" in shown
    assert "jobs" not in shown[shown.rindex("\033[J") :]


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (["--verbose"], {}),
        ([], {"environment": {"CANOPY_OUTPUT": "snakemake"}}),
        ([], {"imported": True}),
    ],
)
def test_snakemakes_own_output_is_kept_where_it_is_asked_for(
    arguments: list[str], more: dict[str, Any], tmp_path: Path
) -> None:
    said = bake(tmp_path, "-n", *arguments, **more)
    assert "\nrule first:\n    output: first\n" in said
    assert "are pending" not in said


@pytest.mark.workflow
def test_a_dry_run_is_short(tmp_path: Path) -> None:
    said = bake(tmp_path, "-n")
    assert "2 jobs are pending:\n     1 first: its output is missing\n     1 second: its output is missing\n" in said
    assert "reason:" not in said
