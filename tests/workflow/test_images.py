"""Images: the recipes fit together, and under apptainer a job runs in the image, by the image's Python."""

import os
import re
import sys
from pathlib import Path

import pytest

from staleness.checkout import counts, jobs, with_data

ENVS = Path(__file__).resolve().parents[2] / "envs"
APPTAINER = """#!/bin/sh
# Stands in for apptainer: "in the image" is with another folder at the front of the PATH.
if [ "$1" = --version ]; then echo "apptainer version 1.3.4"; exit; fi
printf '%s\\n' "$*" >> "{folder}/asked.txt"
while [ "$1" != "{image}" ]; do shift; done
shift
PATH="{folder}/image:$PATH" exec "$@"
"""
PYTHON = """#!/bin/sh
echo "$1" >> "{folder}/scripts.txt"
exec "{python}" "$@"
"""


@pytest.mark.parametrize("recipe", ["Dockerfile", "apptainer.def"])
def test_a_recipe_installs_the_locked_packages_and_names_files_that_are_there(recipe: str) -> None:
    text = (ENVS / recipe).read_text(encoding="utf-8")
    assert re.search(r"(BASE=|From: )debian:trixie-slim$", text, flags=re.MULTILINE)
    assert "PATH=/opt/canopy/bin:$PATH" in text
    assert "image.sh" in text
    assert set(re.findall(r"LOCK=([\w.-]+)", text)) == {"requirements.lock", "requirements-gpu.lock"}
    for lock in ("requirements.lock", "requirements-gpu.lock"):
        assert "--hash=sha256:" in (ENVS / lock).read_text(encoding="utf-8")
    script = (ENVS / "image.sh").read_text(encoding="utf-8")
    assert "python3 -m venv /opt/canopy\n" in script
    assert '--require-hashes -r "$1"' in script


@pytest.mark.workflow
def test_jobs_run_in_the_image_and_by_its_python(tmp_path: Path) -> None:
    checkout, folder = with_data(tmp_path / "project"), tmp_path / "bin"
    (folder / "image").mkdir(parents=True)
    image = tmp_path / "canopy.sif"
    image.touch()
    for path, text in ((folder / "apptainer", APPTAINER), (folder / "image" / "python", PYTHON)):
        path.write_text(text.format(folder=folder, image=image, python=sys.executable), encoding="utf-8")
        path.chmod(0o755)
    checkout.environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    checkout.configure(container=str(image))
    done = checkout.snakemake("--sdm", "apptainer", "--", "results/splits/folds.csv")
    assert done.returncode == 0, done.stdout
    assert counts(jobs(done.stdout)) == {"list_recordings": 1, "read_annotations": 1, "make_splits": 1}
    asked = (folder / "asked.txt").read_text(encoding="utf-8")
    assert asked.count(str(image)) == 3
    scripts = (folder / "scripts.txt").read_text(encoding="utf-8").splitlines()
    names = sorted(Path(line).name for line in scripts)
    assert names == ["list_recordings.py", "make_splits.py", "read_annotations.py"]
    again = checkout.snakemake("-n", "--sdm", "apptainer", "--", "results/splits/folds.csv")
    assert jobs(again.stdout) == []
    outside = checkout.snakemake("-n", "--", "results/splits/folds.csv")
    assert len(jobs(outside.stdout)) == 3
    assert "reason: its software environment has changed" in outside.stdout
