"""A command hears how a run ended; nothing that it does, or that it is told, harms the run."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from canopy.config.loading import load
from canopy.runtime.errors import CanopyError
from canopy.runtime.notify import GO_ON, WIDTH, Job, message, tell
from faults.checkout import REPOSITORY, SMALL, Checkout

HEAR = f"{shlex.quote(sys.executable)} -c 'import sys; open(sys.argv[1], \"w\").write(sys.stdin.read())' told.txt"
EVIL = "$(touch pwned) `touch pwned`; touch pwned & 'q' \"r\" é\n"


def written(succeeded: bool, **more: Any) -> str:
    given: dict[str, Any] = {"finished": [], "failed": [], "scores": "", **more}
    return message(succeeded=succeeded, results="/data/results", host="node7", took_s=185.0, **given)


# The text.


def test_a_good_end_is_told_with_what_ran_and_the_scores() -> None:
    finished = [Job("train_fold", {"fold": "0"}), Job("train_fold", {"fold": "1"}), Job("report")]
    assert written(True, finished=finished, scores="ensemble  0.9\n").splitlines() == [
        "Canopy finished: /data/results on node7, after 3 min 05 s",
        "",
        "jobs that finished: 2 train_fold, 1 report",
        "",
        "ensemble  0.9",
    ]


def test_a_bad_end_is_told_with_the_failed_jobs_and_the_last_lines_of_their_logs(tmp_path: Path) -> None:
    log = tmp_path / "fold1.log"
    log.write_bytes(b"one\ntwo\n\nthree\xff\n" + b"x" * 1000 + b"\n\n")
    failed = [Job("train_fold", {"experiment": "mel_sed", "fold": "1"}, [str(log), str(tmp_path / "none.log")])]
    assert written(False, failed=failed, finished=[Job("make_splits")]).splitlines() == [
        "Canopy failed: /data/results on node7, after 3 min 05 s",
        "",
        "failed: train_fold (experiment=mel_sed, fold=1)",
        f"  log: {log}",
        "    two",
        "    three\N{REPLACEMENT CHARACTER}",
        "    " + "x" * (WIDTH - 3) + "...",
        f"  log: {tmp_path / 'none.log'}",
        "",
        "jobs that finished: 1 make_splits",
        "",
        GO_ON,
    ]


def test_an_interrupted_run_is_told_as_such() -> None:
    assert "It was interrupted" in written(False)
    assert "failed (2 jobs)" in written(False, failed=[Job("a"), Job("b")])


# The command.


def test_a_command_gets_the_text_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert tell(HEAR, EVIL) == ""
    assert Path("told.txt").read_text(encoding="utf-8") == EVIL
    assert tell(f"{HEAR} $(touch pwned) `touch pwned` ; touch pwned > pwned", "text") == ""
    assert os.listdir(tmp_path) == ["told.txt"]


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("no-such-program", "it cannot be run: "),
        (".", "it cannot be run: "),
        ("sh -c 'echo no mail; exit 3'", "it ended with status 3: no mail"),
        ("false", "it ended with status 1"),
        ("sleep 30", "it was ended after 0 s"),
        ("sh -c 'sleep 30; true'", "it was ended after 0 s"),
        ("true", ""),  # it does not even read
        ("sh -c 'sleep 30 &'", ""),  # what it leaves running is not waited for
    ],
)
def test_whatever_a_command_does_is_told_and_never_raised(command: str, complaint: str) -> None:
    began = time.monotonic()
    told = tell(command, "text\n" * 100_000, patience_s=0.3)
    assert told.startswith(complaint)
    assert bool(told) == bool(complaint)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("command", ["", "  ", "''", "mail 'me", "mail\nme", "mail\0me"])
def test_a_command_that_is_none_is_refused(command: str) -> None:
    with pytest.raises(CanopyError, match=r"notify\.command"):
        load({"notify": {"command": command}})


# The workflow.

SNAKEFILE = """
import sys
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, {scripts!r})
CONFIG = SimpleNamespace(notify=SimpleNamespace(command={command!r}))
RESULTS = "results"
IMPORTED = False
include: {rules!r}
rule all:
    input: "second-1"
rule first:
    output: "first"
    shell: "touch {{output}}"
rule second:
    input: "first"
    output: "second-{{number}}"
    log: "second-{{number}}.log"
    shell: "(echo the oven is cold; [ -e tried ] || {{{{ touch tried; exit 1; }}}}) > {{log}} && touch {{output}}"
onsuccess: notify(True)
onerror: notify(False)
"""


def bake(folder: Path, *arguments: str, command: str = HEAR) -> "subprocess.CompletedProcess[str]":
    """Run a small workflow with our hooks, whose job `second` fails at its first attempt."""
    text = SNAKEFILE.format(
        scripts=str(REPOSITORY / "workflow" / "scripts"),
        rules=str(REPOSITORY / "workflow" / "rules" / "notify.smk"),
        command=command,
    )
    (folder / "Snakefile").write_text(text)
    given = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    return subprocess.run(given, cwd=folder, capture_output=True, text=True)


@pytest.mark.workflow
def test_a_failed_run_tells_which_job_and_where_its_log_is(tmp_path: Path) -> None:
    assert bake(tmp_path).returncode == 1
    heard = (tmp_path / "told.txt").read_text()
    assert heard.startswith(f"Canopy failed: {tmp_path / 'results'} on ")
    assert f"failed: second (number=1)\n  log: {tmp_path / 'second-1.log'}\n    the oven is cold\n" in heard
    assert "jobs that finished: 1 first\n" in heard


@pytest.mark.workflow
def test_a_retry_that_succeeds_is_no_failure(tmp_path: Path) -> None:
    ran = bake(tmp_path, "--retries", "1", "--quiet", "all")
    assert ran.returncode == 0, ran.stderr
    heard = (tmp_path / "told.txt").read_text()
    assert heard.startswith("Canopy finished: ")
    assert heard.endswith("jobs that finished: 1 first, 1 second\n")


@pytest.mark.workflow
def test_a_command_that_fails_does_not_fail_the_run(tmp_path: Path) -> None:
    ran = bake(tmp_path, "--retries", "1", command="sh -c 'echo no mail; exit 3'")
    assert ran.returncode == 0, ran.stderr
    said = "The command in `notify` did not do its work: it ended with status 3: no mail. The run is not affected."
    assert said in ran.stderr


@pytest.mark.workflow
def test_a_run_tells_its_end_and_a_dry_run_or_an_idle_one_does_not(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "check out")
    heard = checkout.folder / "told.txt"
    (checkout.folder / "notify.yaml").write_text(f"notify:\n  command: >-\n    {HEAR}\n")
    given = [
        "--configfile",
        "configs/smoke.yaml",
        "notify.yaml",
        *SMALL[2:],
        "--",
        "disk/results/provenance/config.json",
    ]
    ran = checkout.snakemake("-n", "-p", *given)
    assert ran.status == 0, ran.said
    assert not heard.exists()
    assert '"report":' in ran.said  # the configuration, of which the command is no part: it may hold a secret address
    assert "stdin.read" not in ran.said
    ran = checkout.snakemake(*given)
    assert ran.status == 0, ran.said
    assert heard.read_text().startswith(f"Canopy finished: {checkout.results} on ")
    assert heard.read_text().endswith("jobs that finished: 1 record_provenance\n")
    heard.unlink()
    assert "Nothing to be done" in checkout.snakemake(*given).said
    assert not heard.exists()
