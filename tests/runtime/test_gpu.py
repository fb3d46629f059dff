"""How many jobs that would take a GPU run at once."""

import importlib.util
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


def snakemake(
    folder: Path, *arguments: str, tools: Path | None = None, after: str = ""
) -> "subprocess.CompletedProcess[str]":
    (folder / "Snakefile").write_text(SNAKEFILE + after, encoding="utf-8")
    path = os.pathsep.join([*([os.fspath(tools)] if tools else []), os.environ["PATH"]])
    command = [sys.executable, "-m", "snakemake", *arguments]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)


@pytest.mark.parametrize("gpu", [False, True], ids=["no GPU", "a GPU"])
def test_without_a_gpu_the_cores_say_how_many_jobs_run_at_once(tmp_path: Path, gpu: bool) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    if gpu:
        (tools / "nvidia-smi").write_text("#!/bin/sh\n", encoding="utf-8")
        (tools / "nvidia-smi").chmod(0o755)
    elif shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    done = snakemake(tmp_path, "--cores", "2", "--resources", "gpu=1", tools=tools)
    assert done.returncode == 0, done.stderr
    found = [(tmp_path / name).read_text(encoding="utf-8").strip() for name in "ab"]
    assert found.count("alone") == (1 if gpu else 0), "of two that run in turns, the first meets nobody"


@pytest.mark.parametrize("cores", [[], ["--cores", "2"]], ids=["no cores", "cores"])
def test_a_cluster_has_the_limit_that_it_was_given(tmp_path: Path, cores: list[str]) -> None:
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("needs SLURM's plugin: make install-dev")
    said = 'print("at once:", workflow.global_resources["gpu"].value)\n'
    (tmp_path / "said.smk").write_text(said, encoding="utf-8")
    cluster = ["--executor", "slurm", "--jobs", "5", "--resources", "gpu=7", *cores, "--list-rules"]
    done = snakemake(tmp_path, *cluster, after='include: "said.smk"\n')
    assert done.returncode == 0, done.stderr
    assert "at once: 7" in done.stdout
