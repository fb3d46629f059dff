"""How time and memory grow with recordings, species and folds: 1, 4 and 16 times as many, and the exponent."""

import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import soundfile
import yaml

from benchmarks import data
from benchmarks.measure import report, row
from canopy.config.features import MelFeatures
from canopy.data.audio.decoding import listed
from canopy.evaluation.ensemble.fit import fit_weights
from canopy.evaluation.metrics.bootstrap import bayesian_weights, interval
from canopy.evaluation.metrics.ranking import RankedLabels
from canopy.features.mel import log_mel
from canopy.features.pieces import pieces
from canopy.features.shards import Store
from canopy.plan.plan import Plan
from canopy.runtime.arrays import write_frames

TIMES = (1, 4, 16)
FLAT_MIB = 8.0
PICTURE = data.REPOSITORY / "docs" / "growth.png"
Work = Callable[[], object]


def planning(folder: Path, *, recordings: int = 1500, species: int = 24, folds: int = 5) -> Work:
    """Compute all that Snakemake asks before it knows what to run."""
    rfcx = data.rfcx_folder(folder / "rfcx", n_train=recordings * 3 // 4, n_test=recordings // 4, n_species=species)
    raw = yaml.safe_load((data.REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    raw |= {"dataset": "rfcx", "data": str(rfcx), "shards": 16, "run": None, "experiments": {"a": {}, "b": {"seed": 2}}}
    raw["splits"]["n_folds"] = folds

    def work() -> None:
        plan = Plan(raw, data.REPOSITORY / "workflow" / "scripts")
        for subset in ("train", "test"):
            plan.check(subset)
            for shard in plan.recordings.shards(subset):
                plan.fingerprint.shard(subset, shard)
        for fold in plan.folds:
            plan.fingerprint.held_out((fold,))
            for experiment in plan.experiments:
                plan.fingerprint.training(experiment, (fold,))

    return work


def features(folder: Path, *, recordings: int = 12, seconds: int = 10) -> Work:
    """Decode, transform and store the recordings of a shard."""
    settings = MelFeatures()
    path = folder / "noise.wav"
    noise = np.random.default_rng(1).normal(0, 0.1, 10 * settings.sample_rate_hz)
    with soundfile.SoundFile(path, "w", settings.sample_rate_hz, 1, "PCM_16") as file:
        for _ in range(seconds // 10):
            file.write(noise)

    def values() -> Iterator[tuple[str, np.ndarray]]:
        for number in range(recordings):
            with listed(path) as recording:
                for piece in pieces(recording, settings, log_mel):
                    yield f"r{number}", piece

    return lambda: write_frames(values(), folder / "shard.npy", n_bins=settings.n_bins)


def features_of_one(folder: Path, *, seconds: int = 600) -> Work:
    """Decode, transform and store one long recording."""
    return features(folder, recordings=1, seconds=seconds)


def statistics(folder: Path, *, recordings: int = 100) -> Work:
    """Go through all training frames once, as each training does before its first step."""
    noise = np.random.default_rng(1).normal(-60, 8, (3000, 64)).astype(np.float32)
    write_frames(((f"r{number}", noise) for number in range(recordings)), folder / "shard.npy", n_bins=64)

    def work() -> None:
        store = Store([folder / "shard.npy"])
        for block in store.blocks(store.ids()):
            block.sum(axis=0)

    return work


def _scored(recordings: int, species: int, members: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    truth = rng.random((recordings, species)) < 2 / species
    return truth, rng.normal(0, 1, (members, recordings, species)) + truth


def metrics(folder: Path, *, recordings: int = 1000, species: int = 24) -> Work:
    """Compute LWLRAP and its interval."""
    truth, (logits,) = _scored(recordings, species, 1)
    groups = [f"r{number}" for number in range(recordings)]
    return lambda: interval(RankedLabels.of(truth, logits).overall, bayesian_weights(groups, n_replicates=200))


def ensemble(folder: Path, *, recordings: int = 500, species: int = 12) -> Work:
    """Fit the weights of three experiments."""
    truth, members = _scored(recordings, species, 3)
    return lambda: fit_weights(truth, members)


STAGES: dict[tuple[Callable[..., Work], str], int] = {
    (planning, "recordings"): 1500,
    (planning, "species"): 24,
    (planning, "folds"): 5,
    (features, "recordings"): 12,
    (features_of_one, "seconds"): 600,
    (statistics, "recordings"): 100,
    (metrics, "recordings"): 1000,
    (metrics, "species"): 24,
    (ensemble, "recordings"): 500,
    (ensemble, "species"): 12,
}
"""What grows along which axis, and how many there are at 1 x."""


def _anonymous_mib() -> float:
    """Return the memory that is the process's own, in MiB: pages of mapped files are the system's to take back."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found.group(1)) / 1024 if found else float("nan")


def _measured(answer: Connection, prepare: Callable[..., Work], sizes: dict[str, int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = prepare(Path(name), **sizes)
        peak = before = _anonymous_mib()
        done = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.005):
                peak = max(peak, _anonymous_mib())

        watching = threading.Thread(target=watch)
        watching.start()
        began = time.process_time()
        work()
        seconds = time.process_time() - began
        done.set()
        watching.join()
        answer.send((seconds, max(peak, _anonymous_mib()) - before))


def point(prepare: Callable[..., Work], sizes: dict[str, int]) -> tuple[float, float]:
    """Return the seconds of processor, and the MiB above where it began, that work takes in a new process."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    process = fork.Process(target=_measured, args=(there, prepare, sizes))
    process.start()
    there.close()
    taken: tuple[float, float] = here.recv()
    process.join()
    return taken


def exponent(values: list[float]) -> float:
    """Return the slope of the logarithms: 1 is proportional growth."""
    return float(np.polyfit(np.log(TIMES), np.log(np.maximum(values, 1e-9)), 1)[0])


def draw(found: dict[str, list[tuple[float, float]]]) -> None:
    """Draw seconds and memory over size, both relative to 1 x."""
    import matplotlib
    from matplotlib.figure import Figure

    from canopy.report.plots.style import DASHES, PALETTE, SETTINGS

    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 4))
        for place, (title, unit) in enumerate((("Processor time", "s"), ("Memory above the start", "MiB"))):
            axes = figure.add_subplot(1, 2, place + 1)
            for number, (name, points) in enumerate(found.items()):
                values = [max(taken[place], 1e-3) for taken in points]
                colour, dash = PALETTE[number % len(PALETTE)], DASHES[number // len(PALETTE)]
                axes.plot(TIMES, values, marker="o", markersize=3, label=name, color=colour, linestyle=dash)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xticks(TIMES, [f"{times} x" for times in TIMES], minor=False)
            axes.minorticks_off()
            axes.set_title(title)
            axes.set_ylabel(unit)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
        figure.savefig(PICTURE, dpi=140, metadata={"Software": None})


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    found: dict[str, list[tuple[float, float]]] = {}
    rows, notes = [], []
    for (prepare, axis), base in STAGES.items():
        name = f"{prepare.__name__.replace('_', ' ')}, {axis}"
        found[name] = [point(prepare, {axis: base * times}) for times in TIMES]
        seconds, mib = ([taken[place] for taken in found[name]] for place in (0, 1))
        what = f"{name} ({base:,} to {base * TIMES[-1]:,})"
        rows.append(row(f"{what}, exponent of time", [exponent(seconds)], unit=""))
        growth = exponent(mib) if max(mib) > FLAT_MIB else 0.0
        rows.append(row(f"{name}, exponent of memory", [growth], unit=""))
        told = ", ".join(f"{second:.2f} s and {one:.0f} MiB" for second, one in found[name])
        notes.append(f"{name}: {told}.")
        print(notes[-1], file=sys.stderr, flush=True)
    draw(found)
    notes.append(
        f"Seconds of processor and memory above the start of the work; below {FLAT_MIB:.0f} MiB it counts as flat."
    )
    report("Growth at 1, 4 and 16 times the size", rows, notes)


if __name__ == "__main__":
    main()
