"""How many jobs that would take a GPU run at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parents[2] / "workflow" / "rules"
SNAKEFILE = f"""
include: {os.fspath(RULES / "gpu.smk")!r}

rule all:
    input: "a", "b"

rule meet:
    output: "{{name}}"
    params: other=lambda wildcards: "ab".replace(wildcards.name, "")
    resources: gpu=1
    shell:
        "touch here.{{wildcards.name}}; for i in $(seq 100); do [ -e here.{{params.other}} ] && break; "
        "sleep 0.05; done; "
        "[ -e here.{{params.other}} ] && echo met > {{output}} || echo alone > {{output}}"
"""


@pytest.mark.parametrize("gpu", [False, True], ids=["no GPU", "a GPU"])
def test_without_a_gpu_the_cores_say_how_many_jobs_run_at_once(tmp_path: Path, gpu: bool) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    if gpu:
        (tools / "nvidia-smi").write_text("#!/bin/sh\n", encoding="utf-8")
        (tools / "nvidia-smi").chmod(0o755)
    elif shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--resources", "gpu=1"]
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = [(tmp_path / name).read_text(encoding="utf-8").strip() for name in "ab"]
    assert found.count("alone") == (1 if gpu else 0), "of two that run in turns, the first meets nobody"
