"""Canopy as a part of another workflow: imported as a module, and deployed by Snakedeploy."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

import forked
from staleness.checkout import counts, jobs

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config.yaml", "config", "envs", "profiles", "workflow", "LICENSE")
SMOKE = str(REPOSITORY / "configs" / "smoke.yaml")
IMPORTER = """
shell.prefix("set -e; MINE=kept; ")


module canopy:
    snakefile: "{snakefile}"
    config: config


use rule * from canopy as canopy_*


# In a command of Canopy's own, these names would mean that a package is applied, and that no dataset is needed.
rule apply:
    input: "results-smoke/provenance/versions.csv"
    output: "mine.txt"
    shell: "echo $MINE $(env | grep -c -e CANOPY_STARTED_BY -e PYTHONHASHSEED) > {{output}}"


rule download:
    default_target: True
    input: "mine.txt"
    output: touch("all of it")


onsuccess:
    print("said by the importer")
"""

WITHOUT_PANDAS = """
import importlib.abc, sys

class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "canopy.plan.labels":  # the first module of Canopy that imports it
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

sys.meta_path.insert(0, Without())
"""


def said_by(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command that ends well; return what it said."""
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def snakemake(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, status: int = 0) -> str:
    ran = forked.snakemake(["--cores", "2", *arguments], folder, {**os.environ, **(environment or {})})
    assert ran.returncode == status, ran.stdout
    return ran.stdout


def importer(folder: Path) -> Path:
    text = IMPORTER.format(snakefile=REPOSITORY / "workflow" / "Snakefile")
    (folder / "Snakefile").write_text(text, encoding="utf-8")
    return folder


def test_another_workflow_runs_canopys_rules_beside_its_own(tmp_path: Path) -> None:
    (tmp_path / "notify.yaml").write_text("notify: {command: cat > told.txt}\n", encoding="utf-8")
    said = snakemake(importer(tmp_path), "--configfile", SMOKE, "notify.yaml", "--", "apply", "download")
    assert counts(jobs(said)) == {"canopy_record_provenance": 1, "apply": 1, "download": 1}
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "kept 0\n"
    assert "said by the importer" in said
    assert not (tmp_path / "told.txt").exists()


def test_a_missing_dataset_is_told_when_a_job_that_needs_it_is_planned(tmp_path: Path) -> None:
    given = ("-n", "--config", "dataset=rfcx", "data=nowhere", "--", "canopy_all")
    assert "there is no folder nowhere/train" in snakemake(importer(tmp_path), *given, status=1)


def test_a_missing_package_is_told_with_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_PANDAS, encoding="utf-8")
    given = ("-n", "-s", str(REPOSITORY / "Snakefile"), "--configfile", SMOKE)
    said = snakemake(tmp_path, *given, environment={"PYTHONPATH": str(tmp_path)}, status=1)
    assert "Canopy needs the package 'pandas', and the Python that runs Snakemake" in said
    assert f"-m pip install -r {REPOSITORY}/envs/requirements.lock" in said


def test_the_workflows_own_snakefile_is_run_from_any_folder_with_its_profile(tmp_path: Path) -> None:
    said = snakemake(tmp_path, "-n", "-s", str(REPOSITORY / "workflow" / "Snakefile"), "--configfile", SMOKE)
    assert f"workflow specific profile {REPOSITORY}/workflow/profiles/default" in said
    assert counts(jobs(said))["train_fold"] == 4  # two experiments: one of the defaults', one of the overlay


# A deployed project.


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return variables with which git finds this checkout at a host: in a repository of this machine."""
    root = tmp_path_factory.mktemp("a host")
    repository = root / "hosted" / "someone" / "canopy"
    repository.mkdir(parents=True)
    for name in PARTS:
        path = REPOSITORY / name
        if path.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, repository / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(path, repository / name)
    settings = root / "gitconfig"
    settings.write_text(
        "[user]\n name = nobody\n email = nobody@example.org\n"
        f'[url "file://{root}/hosted/"]\n insteadOf = https://github.com/\n',
        encoding="utf-8",
    )
    found = {"GIT_CONFIG_GLOBAL": str(settings), "XDG_CACHE_HOME": str(root / "cache"), "GITHUB_TOKEN": ""}
    for command in ("init -q", "add -A", "commit -q -m all", "tag v1"):
        said_by(["git", *command.split()], repository, found)
    return found


def deployed(folder: Path, hosted: Mapping[str, str]) -> Path:
    pytest.importorskip("snakedeploy", reason="needs snakedeploy: make install-dev")
    source = ("https://github.com/someone/canopy", "deployed", "--tag", "v1")
    said_by([sys.executable, "-m", "snakedeploy.client", "deploy-workflow", *source], folder, hosted)
    return folder / "deployed"


def test_a_deployed_project_plans_the_smoke_configuration(hosted: dict[str, str], tmp_path: Path) -> None:
    project = deployed(tmp_path, hosted)
    defaults = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    assert yaml.safe_load((project / "config" / "config.yaml").read_text(encoding="utf-8")) == defaults
    said = snakemake(project, "-n", "--configfile", SMOKE, environment=hosted)
    found = counts(jobs(said))
    assert (found["generate_demo"], found["train_fold"], found["write_submission"], found["report"]) == (1, 4, 1, 1)
    assert "workflow specific profile profiles/default" in said


@pytest.mark.faults
def test_a_deployed_project_runs_the_smoke_configuration(hosted: dict[str, str], tmp_path: Path) -> None:
    project = deployed(tmp_path, hosted)
    one = ("--configfile", SMOKE, "--config", "run=[mel_sed]")
    snakemake(project, *one, environment=hosted)
    assert (project / "results-smoke" / "report" / "index.html").exists()
    assert (project / "results-smoke" / "submission.csv").exists()
    assert "Nothing to be done" in snakemake(project, *one, environment=hosted)
