"""A copy of the checkout to run Snakemake in, so that a test can do to it what it likes."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import forked
from staleness.checkout import remember_code

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config.yaml", "configs", "envs", "profiles", "workflow")
SMALL = ("--configfile", "configs/smoke.yaml", "--config", "results=disk/results")
DEMO = "demo-smoke"
"""The smoke run, with all that it writes under one folder, `disk`."""
UNLIKE = ("benchmarks", "logs", "report", "summary.txt", ".canopy", "provenance/jobs")
"""What of the results is no job's, or may differ from run to run: times, and what shows them."""


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    said: str


class Checkout:
    """A copy of the checkout, or of another copy, in a folder of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None, source: Path = REPOSITORY) -> None:
        self.folder = folder
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("CANOPY_")}
        self.environment |= {"CANOPY_OUTPUT": "snakemake", **(environment or {})}
        folder.mkdir(parents=True)
        (folder / "disk").mkdir()
        (folder / "resources").symlink_to("disk")
        for name in PARTS:
            part = source / name
            if part.is_dir():
                shutil.copytree(part, folder / name)
            else:
                shutil.copy(part, folder / name)
        remember_code(source, folder)

    def command(self, *arguments: str, cores: int | None = 2) -> list[str]:
        return [sys.executable, "-m", "snakemake", *self.given(*arguments, cores=cores)]

    @staticmethod
    def given(*arguments: str, cores: int | None = 2) -> list[str]:
        return [*(["--cores", str(cores)] if cores else []), *arguments]

    def start(self, *arguments: str, cores: int = 2) -> "subprocess.Popen[str]":
        """Start Snakemake as a shell does: with its jobs, it is a group that Ctrl-C reaches."""
        return subprocess.Popen(
            self.command(*arguments, cores=cores),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def snakemake(self, *arguments: str, cores: int = 2) -> Ran:
        """Run Snakemake to its end; an orphan that still writes is not waited for."""
        ended = forked.snakemake(self.given(*arguments, cores=cores), self.folder, self.environment)
        return Ran(ended.returncode, ended.stdout)

    @property
    def results(self) -> Path:
        return self.folder / "disk" / "results"

    def copy(self, folder: Path) -> "Checkout":
        """Return another checkout with the same results, which Snakemake takes for its own."""
        other = Checkout(folder, source=self.folder)
        for name in ("disk", ".snakemake"):
            shutil.copytree(self.folder / name, folder / name, dirs_exist_ok=True)
        return other


def files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below; not those in which Snakemake keeps the time of a folder."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".snakemake_timestamp")


def contents(folder: Path, *, where: Callable[[str], bool] = lambda name: True) -> dict[str, str]:
    """Return the digest of each file in a folder, by its path there."""
    named = {path.relative_to(folder).as_posix(): path for path in files(folder)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items() if where(name)}


def reproducible(results: Path) -> dict[str, str]:
    """Return the digests of those results that must be the same in every run."""
    return contents(results, where=lambda name: not any(name == part or name.startswith(f"{part}/") for part in UNLIKE))
