"""The fault matrix as one chain: the plain command again and again, until every rule has suffered every fault."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.checkout import Checkout, Ran

INJECT = Path(__file__).parent / "inject"
RULES = (
    "generate_demo",
    "record_provenance",
    "list_recordings",
    "read_annotations",
    "make_splits",
    "extract_spectrograms",
    "train_fold",
    "predict_fold",
    "merge_oof",
    "merge_test",
    "evaluate_test",
    "fit_ensemble",
    "combine_test",
    "write_submission",
    "make_report",
)
"""By their scripts."""
KINDS = ("input", "disk", "memory", "kill", "orphan")
"""Each rule suffers them in this order."""
WITHOUT_INPUT = ("generate_demo", "record_provenance")
MAX_RUNS = 120


def suffers(rule: str, kind: str) -> bool:
    return kind != "input" or rule not in WITHOUT_INPUT


@dataclass(frozen=True)
class Fault:
    """A fault that a job suffered, and the run in which it did."""

    pid: int
    run: Ran


@dataclass
class Chain:
    """All that happened until the plain command succeeded."""

    checkout: Checkout
    state: Path
    disk_fills: bool
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    runs: list[Ran] = field(default_factory=list)
    logs: dict[tuple[str, str], str] = field(default_factory=dict)
    """The log of each training, after each fault of the rule."""

    @property
    def notes(self) -> list[dict[str, Any]]:
        path = self.state / "notes.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def noted(self, what: str) -> list[dict[str, Any]]:
        return [note for note in self.notes if note["what"] == what]


def prepare(folder: Path, *, disk_fills: bool) -> Chain:
    """Return a checkout in which every rule is going to suffer every fault."""
    state = folder / "state"
    for name in ("planned", "alive"):
        (state / name).mkdir(parents=True)
    kinds = [kind for kind in KINDS if disk_fills or kind != "disk"]
    for rule in RULES:
        (state / "planned" / rule).write_text(" ".join(kind for kind in kinds if suffers(rule, kind)))
    environment = {"CANOPY_FAULTS": str(state), "PYTHONPATH": str(INJECT)}
    return Chain(Checkout(folder / "check out", environment), state, disk_fills)


def run(chain: Chain, *arguments: str) -> None:
    """Give the plain command, mend what a fault broke, and give it again until it succeeds."""
    while len(chain.runs) < MAX_RUNS:
        seen = len(chain.notes)
        ran = chain.checkout.snakemake(*arguments)
        chain.runs.append(ran)
        for note in chain.notes[seen:]:
            if note["what"] == "fault":
                chain.faults[note["rule"], note["kind"]] = Fault(note["pid"], ran)
                if note["rule"] == "train_fold":
                    chain.logs["train_fold", note["kind"]] = _training_log(chain)
        if ran.status == 0:
            return
        _mend(chain, chain.notes[seen:])
        if ran.status < 0:
            unlocked = chain.checkout.snakemake("--unlock", *arguments)
            assert unlocked.status == 0, unlocked.said
    raise AssertionError(f"the plain command did not succeed in {MAX_RUNS} runs; the last said:\n{ran.said[-3000:]}")


def _mend(chain: Chain, notes: list[dict[str, Any]]) -> None:
    """Do what a user would before the next run: make room on the disk, put back a file."""
    (chain.checkout.folder / "disk" / "filler").unlink(missing_ok=True)
    for note in notes:
        if note["what"] == "spoilt":
            path = Path(note["path"])
            path.rmdir()
            path.with_name(f"{path.name}.aside").rename(path)


def _training_log(chain: Chain) -> str:
    logs = sorted((chain.checkout.results / "logs" / "train_fold").rglob("*.log"), key=lambda path: path.stat().st_mtime)
    return logs[-1].read_text(errors="replace") if logs else ""


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a file system of its own over a folder; give whether that was possible (it needs root)."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def can_mount(folder: Path) -> bool:
    folder.mkdir(parents=True)
    with small_disk(folder, 1) as mounted:
        return mounted
