"""What `snakemake -n` takes: at RFCX's size, and at 100,000 recordings, beside a Snakefile with one empty rule."""

import sys
import tempfile
from pathlib import Path

from benchmarks import data
from benchmarks.measure import Cost, cost, report, row

REPEATS = 5
MANY = 100_000
EMPTY = 'rule all:\n    shell: "true"\n'
OVERLAY = """experiments: {a: {}, b: {seed: 2}, c: {seed: 3}}
run: [a, b, c]
splits: {n_folds: 5}
"""
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "2", "-n", "-q"]


def dry_run(folder: Path, overlay: Path, results: Path) -> Cost:
    """Plan a folder of RFCX's shape from nothing."""
    command = [*SNAKEMAKE, "--configfile", "configs/rfcx.yaml", str(overlay)]
    return cost([*command, "--config", f"data={folder}", f"results={results}"], cwd=data.REPOSITORY)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "empty").mkdir()
        (root / "empty" / "Snakefile").write_text(EMPTY, encoding="utf-8")
        overlay = root / "overlay.yaml"
        overlay.write_text(OVERLAY, encoding="utf-8")
        rfcx = data.rfcx_folder(root / "rfcx")
        many = data.rfcx_folder(root / "many", n_train=MANY * 4 // 5, n_test=MANY // 5)
        empty, planned = [], []
        for _ in range(REPEATS):
            empty.append(cost(SNAKEMAKE, cwd=root / "empty"))
            planned.append(dry_run(rfcx, overlay, root / "results"))
        large = dry_run(many, overlay, root / "results")
    share = [one.wall_s / (1.5 * other.wall_s + 3) for one, other in zip(planned, empty, strict=True)]
    n_rfcx = data.RFCX_TRAIN + data.RFCX_TEST
    rows = [
        row(f"{n_rfcx:,} recordings / (1.5 x an empty Snakefile + 3 s)", share, budget="<= 1"),
        row(f"{n_rfcx:,} recordings", [one.wall_s for one in planned], unit="s"),
        row(f"{n_rfcx:,} recordings, seconds of processor", [one.cpu_s for one in planned], unit="s"),
        row("an empty Snakefile", [one.wall_s for one in empty], unit="s"),
        row("an empty Snakefile, seconds of processor", [one.cpu_s for one in empty], unit="s"),
        row(f"{n_rfcx:,} recordings, memory", [one.peak_mib for one in planned], unit="MiB", budget="<= 500"),
        row(f"{MANY:,} recordings", [large.wall_s], unit="s"),
        row(f"{MANY:,} recordings, seconds of processor", [large.cpu_s], unit="s"),
        row(f"{MANY:,} recordings, memory", [large.peak_mib], unit="MiB"),
    ]
    note = f"3 experiments, 5 folds, nothing computed yet. Audio files are FLAC headers. {REPEATS} repeats in turns."
    report("Planning (`snakemake -n`)", rows, [note])


if __name__ == "__main__":
    main()
