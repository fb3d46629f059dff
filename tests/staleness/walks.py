"""Random walks: changes, damage, kills and runs, after which the plain command leaves what a first run makes.

`PYTHONPATH=tests:workflow/scripts python -m staleness.walks 200` takes 200 of them, `... 200 17` from number 17 on.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from staleness.checkout import Checkout, finished
from staleness.standin.start import STOOD_IN, made, strike

STEPS = 5
RECORDS = "results/provenance/jobs"
KNOBS: dict[str, tuple[Any, ...]] = {
    "training__optimizer__learning_rate": (0.001, 0.004),
    "training__prediction__overlap": (0.5, 0.25),
    "splits__seed": (1, 5),
    "calibration__min_examples": (10, 5),
}
"""What a walk changes: each of two values, so that a few runs from nothing are enough to compare with."""
STRUCK = ("read_annotations", "extract_spectrograms", "train_fold", "predict_fold", "merge_oof", "fit_ensemble")
TARGETS = ("results/experiments/plain/fold0/oof/scores.csv", "results/ensemble/weights.csv", "results/submission.csv")


class Walk:
    """One walk.

    Parameters
    ----------
    start : Checkout
        One in which everything has run once; it is copied.
    root : pathlib.Path
    seed : int
    """

    def __init__(self, start: Checkout, root: Path, seed: int) -> None:
        self.checkout = start.copy(root)
        self.choose = random.Random(seed)
        self.values = {name: values[0] for name, values in KNOBS.items()}
        self.told: list[str] = []
        self.checkout.configure(**self.values)

    def step(self) -> None:
        """Do something that may happen."""
        moves: list[Callable[[], str]] = [
            self.change,
            self.change,
            self.run,
            self.run_some,
            self.break_one,
            self.kill,
            self.delete,
            self.cut,
            self.put_back,
            self.touch,
            self.forget,
        ]
        self.told.append(self.choose.choice(moves)())

    def change(self) -> str:
        name = self.choose.choice(list(KNOBS))
        self.values[name] = self.choose.choice(KNOBS[name])
        self.checkout.configure(**self.values)
        return f"{name} is {self.values[name]}"

    def run(self) -> str:
        return f"run: {self.checkout.snakemake().returncode}"

    def run_some(self) -> str:
        target = self.choose.choice(TARGETS)
        how = self.choose.choice(([], ["-R", "train_fold"], ["--rerun-triggers", "mtime"]))
        return f"run {target} {how}: {self.checkout.snakemake(*how, '--', target).returncode}"

    def break_one(self) -> str:
        script, how = self.choose.choice(STRUCK), self.choose.choice(("kill", "fail", "disk"))
        strike(self.checkout, {script: how})
        return f"run, {how} {script}: {self.checkout.snakemake().returncode}"

    def kill(self) -> str:
        """Kill Snakemake at some moment; its jobs end with it."""
        after_s = self.choose.uniform(3, 12)
        command = [sys.executable, "-m", "snakemake", *self.checkout.arguments, "--configfile", "overlay.yaml"]
        environment = {**os.environ, **self.checkout.environment}
        quiet = subprocess.DEVNULL
        running = subprocess.Popen(command, cwd=self.checkout.code, env=environment, stdout=quiet, stderr=quiet)
        time.sleep(after_s)
        running.send_signal(signal.SIGKILL)
        running.wait()
        time.sleep(1)
        self.checkout.snakemake("--unlock")
        return f"killed after {after_s:.1f} s"

    def _files(self) -> list[Path]:
        results = self.checkout.code / "results"
        return [results / name for name in sorted(made(self.checkout))] if results.exists() else []

    def delete(self) -> str:
        files = self._files()
        path = self.choose.choice(files) if files else None
        if path is None:
            return "nothing to delete"
        if self.choose.random() < 0.3 and path.parent.name not in ("results", "provenance"):
            shutil.rmtree(path.parent)
            return f"deleted {path.parent}"
        path.unlink()
        return f"deleted {path}"

    def _recorded(self) -> bool:
        """Return whether anything tells of damage: between the loss of all records and the next run nothing can."""
        return (self.checkout.code / RECORDS).exists()

    def cut(self) -> str:
        files = self._files() if self._recorded() else []
        for path in self.choose.sample(files, min(2, len(files))):
            path.write_bytes(path.read_bytes()[:-3])
        return f"cut {min(2, len(files))} files"

    def put_back(self) -> str:
        """Give a file what another of the same length holds."""
        files = self._files() if self._recorded() else []
        same = [(one, two) for one in files for two in files if one.name == two.name and one != two]
        if same:
            one, two = self.choose.choice(same)
            shutil.copy(one, two)
            return f"copied {one} to {two}"
        return "nothing to copy"

    def touch(self) -> str:
        files = self._files()
        for path in self.choose.sample(files, min(5, len(files))):
            path.touch()
        return "touched five files"

    def forget(self) -> str:
        what = self.choose.choice((".snakemake", RECORDS))
        if what != ".snakemake":  # without records, nothing tells of damage that was done before
            self.run()
        shutil.rmtree(self.checkout.code / what, ignore_errors=True)
        return f"deleted {what}"


class Walks:
    """Walks from one start.

    Parameters
    ----------
    root : pathlib.Path
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.start, _ = finished(root / "start", STOOD_IN)
        self._from_nothing: dict[tuple[Any, ...], dict[str, str]] = {}

    def from_nothing(self, values: dict[str, Any]) -> dict[str, str]:
        """Return what a first run with these values makes."""
        key = tuple(values.values())
        if key not in self._from_nothing:
            fresh = self.start.copy(self.root / f"from nothing {len(self._from_nothing)}")
            fresh.configure(**values)
            shutil.rmtree(fresh.code / "results")
            said = fresh.snakemake()
            assert said.returncode == 0, said.stdout
            self._from_nothing[key] = made(fresh)
            shutil.rmtree(fresh.root)
        return self._from_nothing[key]

    def take(self, seed: int) -> list[str]:
        """Take a walk, and give the plain command; return its steps. Raises AssertionError where anything differs."""
        walk = Walk(self.start, self.root / f"walk {seed}", seed)
        for _ in range(STEPS):
            walk.step()
        (walk.checkout.root / "faults").mkdir(exist_ok=True)
        for fault in (walk.checkout.root / "faults").iterdir():
            fault.unlink()
        said = walk.checkout.snakemake()
        assert said.returncode == 0, (seed, walk.told, said.stdout[-3000:])
        found, wanted = made(walk.checkout), self.from_nothing(walk.values)
        unlike = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
        assert unlike == [], (seed, walk.told, unlike)
        assert walk.checkout.planned() == [], (seed, walk.told)
        shutil.rmtree(walk.checkout.root)
        return walk.told


def main(count: int, first: int = 0) -> None:
    with tempfile.TemporaryDirectory(prefix="canopy-walks-") as folder:
        walks = Walks(Path(folder))
        for seed in range(first, first + count):
            print(seed, "; ".join(walks.take(seed)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
