"""A checkout of its own with a dataset beside it, in which workflow tests change things and ask Snakemake."""

import functools
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import forked
from canopy.plan.provenance import source as code

REPOSITORY = Path(__file__).resolve().parents[2]
NEEDED = ("Snakefile", "config.yaml", "configs", "envs", "profiles", "workflow")
DEMO = {"n_train": 13, "n_test": 4, "duration_s": 6.0, "n_species": 3, "species_per_recording": [1, 3]}
UNMARKED = "unannotated"
"""A training recording that no table names."""
MEL = {"sample_rate_hz": 16000, "n_fft": 512, "hop_samples": 640, "n_bands": 24, "high_hz": 8000.0}
CQT = {"kind": "cqt", "sample_rate_hz": 16000, "hop_samples": 640, "low_hz": 220.0, "n_bins": 48, "bins_per_octave": 12}
CONFIG: dict[str, Any] = {
    "dataset": "rfcx",
    "data": "../the data",
    "splits": {"n_folds": 2},
    "shards": 2,
    "features": {"mel": MEL, "pitch": CQT},
    "training": {
        "model": {"filters": [4, 8], "head_units": 8},
        "crops": {"window_s": 2.0},
        "optimizer": {"epochs": 1, "least_steps": 0, "batch_size": 8},
    },
    "experiments": {"plain": {}, "tonal": {"features": "pitch", "grid": {"seed": [3]}}},
    "run": ["plain", "tonal"],
    "evaluation": {"replicates": 20},
    "compute": {"threads": 1},
    "report": {"examples": 1, "detections": 1, "max_detections": 4},
}
"""Two experiments with a feature set each, two folds, two shards per subset."""


@dataclass(frozen=True)
class Job:
    """A job that Snakemake plans, with its wildcards as text."""

    rule: str
    wildcards: str = ""

    def __str__(self) -> str:
        return f"{self.rule} ({self.wildcards})" if self.wildcards else self.rule


@dataclass
class Checkout:
    """A folder with a copy of the code and of a dataset.

    Attributes
    ----------
    root : pathlib.Path
        Holds both.
    arguments : list of str
        What Snakemake is told besides.
    environment : dict of str to str
        Variables that it sees besides.
    """

    root: Path
    code: Path = field(init=False)
    data: Path = field(init=False)
    arguments: list[str] = field(default_factory=lambda: ["--cores", "2", "--resources", "gpu=2"])
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.code = self.root / "a checkout"
        self.data = self.root / "the data"

    # The configuration, an overlay given with --configfile.

    def configure(self, *removed: str, **changes: Any) -> None:
        """Change keys of the overlay, given as `training__optimizer__epochs=2`; `removed` are paths like that."""
        path = self.code / "overlay.yaml"
        config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        for name in removed:
            *above, last = name.split("__")
            del functools.reduce(lambda part, key: part[key], above, config)[last]
        for name, value in changes.items():
            *above, last = name.split("__")
            functools.reduce(lambda part, key: part.setdefault(key, {}), above, config)[last] = value
        path.write_text(yaml.safe_dump(config), encoding="utf-8")

    # Files.

    def import_from(self, folder: Path) -> None:
        """Let Python look for packages in another folder too."""
        above = self.environment.get("PYTHONPATH")
        self.environment["PYTHONPATH"] = os.pathsep.join([str(folder), *([above] if above else [])])

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the checkout; it must be there."""
        path = self.code / name
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise AssertionError(f"{name} has no {old!r}: fix the matrix")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def append(self, name: str, text: str) -> None:
        with (self.code / name).open("a", encoding="utf-8") as handle:
            handle.write(text)

    def copy(self, root: Path) -> "Checkout":
        """Copy all, times included; the copy's data is its own."""
        shutil.copytree(self.root, root, symlinks=True)
        return Checkout(root, list(self.arguments), dict(self.environment))

    # Snakemake.

    def snakemake(self, *arguments: str, timeout_s: float = 900) -> subprocess.CompletedProcess[str]:
        """Run Snakemake in the checkout and return what it said, both streams in `stdout`."""
        given = [*self.arguments, "--configfile", "overlay.yaml", *arguments]
        return forked.snakemake(given, self.code, {**os.environ, **self.environment}, timeout_s=timeout_s)

    def planned(self, *targets: str) -> list[Job]:
        """Return the jobs that a dry run plans, but for `all`."""
        said = self.snakemake("-n", *(["--", *targets] if targets else []))
        assert said.returncode == 0, said.stdout
        return jobs(said.stdout)

    def run(self, *targets: str) -> list[Job]:
        """Run and return the jobs that ran, but for `all`."""
        said = self.snakemake(*(["--", *targets] if targets else []))
        assert said.returncode == 0, said.stdout
        return jobs(said.stdout)


def jobs(said: str) -> list[Job]:
    """Return the jobs that Snakemake tells of, but for `all`, sorted."""
    found = []
    for rule, lines in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", said, flags=re.MULTILINE):
        wildcards = re.search(r"^    wildcards: (.*)$", lines, flags=re.MULTILINE)
        if rule != "all":
            found.append(Job(rule, wildcards[1] if wildcards else ""))
    return sorted(found, key=str)


def unchanged(said: str) -> list[Job]:
    """Return the jobs that Snakemake did not run because nothing had changed, sorted."""
    found = re.findall(r"^Nothing has changed for (\w+)(?: \((.*)\))?: its output stays\.$", said, flags=re.MULTILINE)
    return sorted((Job(rule, wildcards) for rule, wildcards in found), key=str)


def counts(planned: list[Job]) -> Mapping[str, int]:
    """Return the number of jobs by rule."""
    return dict(Counter(job.rule for job in planned))


def fresh(root: Path) -> Checkout:
    """Return a fresh checkout: the code as it stands here, no data, no results."""
    made = Checkout(root)
    ignored = shutil.ignore_patterns(".*")
    made.code.mkdir(parents=True)
    for name in NEEDED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, made.code / name, ignore=ignored)
        else:
            shutil.copy(source, made.code / name)
    remember_code(REPOSITORY, made.code)
    made.configure(**CONFIG)
    return made


def remember_code(source: Path, folder: Path) -> None:
    """Give a copy of a checkout what that checkout remembers of its code, as an older one would have it."""
    kept = source / code.MEMORY
    if kept.exists():
        (folder / code.MEMORY).parent.mkdir(parents=True)
        shutil.copy(kept, folder / code.MEMORY)


def with_data(root: Path) -> Checkout:
    """Return a fresh checkout with a small dataset of RFCX's shape, one of whose recordings no table names."""
    from canopy.config.demo import Demo
    from canopy.config.settings import section
    from canopy.data.demo.dataset import write_demo

    made = fresh(root)
    write_demo(section(Demo, DEMO, "demo"), made.data, say=lambda line: None)
    unmarked = max((made.data / "train").glob("*.flac"))
    for name in ("train_tp.csv", "train_fp.csv"):
        lines = (made.data / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(unmarked.stem)]
        (made.data / name).write_text("".join(kept), encoding="utf-8")
    unmarked.rename(unmarked.with_stem(UNMARKED))
    made.configure(tables={"test_truth": "truth/test_events.csv"})
    return made


def finished(root: Path, environment: Mapping[str, str] | None = None) -> tuple[Checkout, str]:
    """Return a checkout in which everything has run once, and what Snakemake said of it."""
    made = with_data(root)
    made.environment.update(environment or {})
    said = made.snakemake()
    assert said.returncode == 0, said.stdout
    return made, said.stdout
