"""Layouts that people bring, trained and applied with a tutorial reader's settings, and scored by the truth.

    python -m benchmarks.layouts [LAYOUT ...] [--out results-layouts] [--seed 1 --train-folds 1,2,3 --test-folds 4]

For each layout: the data (`make_projects.py`, which lies beside the shared data and not in Canopy), `project.yaml`
(configs/folder.yaml with what a user of that layout would change), the run, `apply` to the test recordings, and
`scores.json`. What is there is not made again, so that an interrupted command goes on where it was. Settings are tuned
on other seeds and folds than the default ones.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from benchmarks.data import REPOSITORY
from benchmarks.layout_scores import scores, told

TOOL = REPOSITORY.parent / "shared" / "tools" / "make_projects.py"
PARTLY, COMPLETE = {"unlisted": "unknown"}, {"unlisted": "absent"}
MIXED = {"annotations": {"path": "annotations", "reviewed": "reviewed.csv"}, **PARTLY}
SITES = {"splits": {"n_folds": 4, "group": "site"}, "evaluation": {"group": "site"}, **COMPLETE}
TAUGHT = {"experiments": {"mel_sed": {}, "taught": {"teacher": "mel_sed"}}, "run": ["mel_sed", "taught"], **PARTLY}
LAYOUTS: dict[str, dict[str, Any]] = {
    "owl": COMPLETE,
    "mixed": MIXED,
    "few": PARTLY,
    "clips": PARTLY,
    "night": COMPLETE,
    "sites": SITES,
    "unlabelled": TAUGHT,
}
"""What the owner of each layout writes into configs/folder.yaml besides places and the recordings' rate."""


def project(layout: str, data: Path, results: Path, *, rate_hz: int = 22050) -> dict[str, Any]:
    """Return the configuration of a layout: configs/folder.yaml, changed as the tutorial says."""
    config: dict[str, Any] = yaml.safe_load((REPOSITORY / "configs" / "folder.yaml").read_text(encoding="utf-8"))
    mel = {"sample_rate_hz": rate_hz, "hop_samples": rate_hz // 50, "high_hz": rate_hz / 2 - 25}
    config |= {"data": str(data), "results": str(results), "experiments": {"mel_sed": {}}, "run": ["mel_sed"]}
    config["tables"] = {"train_audio": "train", "test_audio": None}
    config["features"] = {"mel": config["features"]["mel"] | mel}
    return config | LAYOUTS[layout]


def make_data(layout: str, folder: Path, tool: Path, arguments: Sequence[str]) -> None:
    """Make a layout's data, whole or not at all."""
    if folder.exists():
        return
    begun = folder.with_name(f".{folder.name}.{os.getpid()}")
    subprocess.run([sys.executable, str(tool), layout, str(begun), *arguments], check=True)
    begun.rename(folder)


def snakemake(*arguments: str, log: Path) -> None:
    """Run Canopy; what it says goes to a log."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    with log.open("a", encoding="utf-8") as handle:
        done = subprocess.run(command, cwd=REPOSITORY, stdout=handle, stderr=subprocess.STDOUT)
    if done.returncode:
        said = "\n".join(log.read_text(encoding="utf-8").splitlines()[-30:])
        raise SystemExit(f"{' '.join(command)}\nfailed; the end of {log}:\n{said}")


def configured(folder: Path, config: Mapping[str, Any], *, cores: int) -> tuple[str, ...]:
    """Write a project's configuration; return what Snakemake is told to run it."""
    path = folder / "project.yaml"
    path.write_text(yaml.safe_dump(dict(config), sort_keys=False), encoding="utf-8")
    return "--cores", str(cores), "--configfile", str(path), "--rerun-incomplete"


def run(layout: str, folder: Path, *, cores: int, changes: Sequence[str]) -> dict[str, Any]:
    """Train on a layout's data, apply the model to its test recordings, and score what it found."""
    data, results = folder / "data", folder / "results"
    common = configured(folder, project(layout, data, results), cores=cores)
    chosen = ["--config", *changes] if changes else []
    snakemake(*common, *chosen, log=folder / "log.txt")
    snakemake("apply", *common, "--config", f"recordings={data / 'test'}", *changes, log=folder / "log.txt")
    (applied,) = (results / "applied").glob("test-*")  # its name ends in a hash of the folder's place
    found = {"layout": layout, **scores(data, applied), **training_time(results)}
    (folder / "scores.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def training_time(results: Path) -> dict[str, float]:
    """Return the seconds that all of a run's trainings took, on the clock and of processors."""
    tables = [pd.read_csv(path, sep="\t") for path in sorted((results / "benchmarks").glob("train_*/**/*.tsv"))]
    return {name: float(sum(table[column].sum() for table in tables)) for name, column in TIMES.items()}


TIMES = {"training_s": "s", "training_cpu_s": "cpu_time"}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layouts", nargs="*", default=list(LAYOUTS), metavar="LAYOUT", help=", ".join(LAYOUTS))
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results-layouts", help="folder of all that is made")
    parser.add_argument("--tool", type=Path, default=TOOL, help="make_projects.py")
    parser.add_argument("--seed", default="1", help="of the data")
    parser.add_argument("--train-folds", default="1,2,3", help="ESC-10 folds that sound in the training recordings")
    parser.add_argument("--test-folds", default="4", help="ESC-10 folds that sound in the test recordings")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE", help="settings to change")
    given = parser.parse_args(argv)
    strange = sorted(set(given.layouts) - set(LAYOUTS))
    if strange:
        parser.error(f"there is no layout {', '.join(strange)}; the layouts are {', '.join(LAYOUTS)}")
    arguments = ("--seed", given.seed, "--train-folds", given.train_folds, "--test-folds", given.test_folds)
    rows = []
    for layout in given.layouts:
        folder = given.out.resolve() / layout
        folder.mkdir(parents=True, exist_ok=True)
        make_data(layout, folder / "data", given.tool, arguments)
        rows.append(run(layout, folder, cores=given.cores, changes=given.config))
        print(told(rows[-1:]), flush=True)
    (given.out / "layouts.md").write_text(told(rows), encoding="utf-8")
    print(f"written to {given.out / 'layouts.md'}")


if __name__ == "__main__":
    main()
