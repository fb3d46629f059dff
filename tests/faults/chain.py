"""The fault matrix as chains: the plain command again and again, until every rule has suffered a chain's faults."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.checkout import REPOSITORY, Checkout, Ran
from rules import bodies, script_of

INJECT = Path(__file__).parent / "inject"
APPLIED = (
    *("list_applied", "apply_shard", "write_detections", "cut_review", "make_review", "recalibrate"),
    *("embed_applied", "cut_similar"),
)
"""The scripts that apply a model, and search: they have the names of their rules."""
SPARED = {
    "download_dataset": "it needs the network",
    "extract_cqt": "it is `extract_spectrograms` with another computation: see canopy/features/extraction.py",
    "extract_embedding": "likewise",
    "extract_waveform": "likewise",
    "list_annotated": "it is `list_recordings` for folders of recordings, which the demo is not",
    "read_folder": "it is `read_annotations` for them",
    "list_unlabelled": "it is `list_recordings` for recordings that no annotation names, of which the demo has none",
    "pseudo_label": "no experiment of the plain command has a teacher; it suffers in test_faults_again.py",
    "train_student": "likewise; it is `train_fold` with more labels",
    "compare_teachers": "likewise",
    "export_network": "the plain command does not run it; it suffers in test_faults_again.py",
    "export_onnx": "likewise",
    **dict.fromkeys(APPLIED, "the plain command does not run it; it suffers in test_faults_applied.py"),
}
"""The scripts that suffer no faults, and why."""
RULES = {script_of(rule): rule for rule in bodies() if script_of(rule) not in SPARED}
"""Those that do, and the rules they belong to."""
CHAINS: tuple[tuple[str, ...], ...] = (("kill", "orphan"), ("input", "disk", "memory"))
"""Each rule suffers the faults of a chain in this order."""
CHAIN_OF = {kind: kinds for kinds in CHAINS for kind in kinds}
WITHOUT_INPUT = ("generate_demo", "record_provenance")
MAX_RUNS = 120
STARTING_S = 1.5
"""So long after Snakemake was killed, a job that it had just started may still take the fault planned for it."""
stop = threading.Event()
"""Set when nobody waits for the chain any more."""


def suffers(script: str, kind: str) -> bool:
    return kind != "input" or script not in WITHOUT_INPUT


@dataclass(frozen=True)
class Fault:
    """A fault that a job suffered: the run in which it did, and how it trained until then if it is a training."""

    run: Ran
    training_log: str = ""


@dataclass
class Chain:
    """All that happened until the plain command succeeded."""

    checkout: Checkout
    state: Path
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    runs: list[Ran] = field(default_factory=list)

    @property
    def notes(self) -> list[dict[str, Any]]:
        path = self.state / "notes.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def noted(self, what: str) -> list[dict[str, Any]]:
        return [note for note in self.notes if note["what"] == what]

    def training_log(self) -> str:
        logs = (self.checkout.results / "logs" / "train_fold").rglob("fold0.log")
        return next((log.read_text(errors="replace") for log in logs), "")


def prepare(
    folder: Path, plan: dict[str, list[str]], source: Path = REPOSITORY, warm: Mapping[str, str] | None = None
) -> Chain:
    """Return a checkout in which the rules of some scripts are going to suffer what is planned.

    With the variables of `staleness.warm`, jobs start from a process that has imported their packages.
    """
    state = folder / "state"
    for name in ("planned", "alive"):
        (state / name).mkdir(parents=True)
    for script, kinds in plan.items():
        (state / "planned" / script).write_text(" ".join(kinds))
    path = f"{warm['PYTHONPATH']}{os.pathsep}{INJECT}" if warm else str(INJECT)
    environment = {**(warm or {}), "CANOPY_FAULTS": str(state), "PYTHONPATH": path}
    return Chain(Checkout(folder / "check out", environment, source), state)


def run(chain: Chain, *arguments: str) -> None:
    """Give the plain command, fix what a fault broke, and give it again until it succeeds: one fault each time."""
    seen = len(chain.notes)
    while len(chain.runs) < MAX_RUNS and not stop.is_set():
        (chain.state / "taken").unlink(missing_ok=True)
        ran = chain.checkout.snakemake(*arguments)
        chain.runs.append(ran)
        if ran.status < 0:
            time.sleep(STARTING_S)
        notes = chain.notes
        news, seen = notes[seen:], len(notes)
        struck = {(note["rule"], note["kind"]) for note in news if note["what"] == "struck"}
        for script, kind in struck:
            chain.faults[script, kind] = Fault(ran, chain.training_log())
        if ran.status == 0:
            return
        _mend(chain, news, struck)
        if ran.status < 0:
            unlocked = chain.checkout.snakemake("--unlock", *arguments)
            assert unlocked.status == 0, unlocked.said
    raise AssertionError(
        f"the plain command did not succeed in {len(chain.runs)} runs; the last said:\n"
        f"{''.join(ran.said[-3000:] for ran in chain.runs[-1:])}"
    )


def _mend(chain: Chain, news: list[dict[str, Any]], struck: set[tuple[str, str]]) -> None:
    """Make room on the disk and put back files, as a user would; plan again the faults that did not count."""
    (chain.checkout.folder / "disk" / "filler").unlink(missing_ok=True)
    for note in news:
        if note["what"] == "spoilt":
            path = Path(note["path"])
            path.rmdir()
            path.with_name(f"{path.name}.aside").rename(path)
        if note["what"] == "planned" and (note["rule"], note["kind"]) not in struck:
            planned = chain.state / "planned" / note["rule"]
            planned.write_text(f"{note['kind']} {planned.read_text()}")


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
