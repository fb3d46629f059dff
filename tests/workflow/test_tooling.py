"""The locks, environments, profiles and commands agree with each other and with the tools that read them."""

import dataclasses
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from snakemake.cli import get_argument_parser, parse_args

from rules import bodies

ROOT = Path(__file__).resolve().parents[2]
ENVS = ROOT / "envs"
KINDS = ["requirements", "requirements-gpu", "requirements-dev", "requirements-onnx"]
WITH_SLURM = [*KINDS, "requirements-slurm"]
Pins = dict[tuple[str, str], str]


def read_pins(path: Path) -> Pins:
    """Read a lock: (name, marker) to version."""
    found: Pins = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            pin = Requirement(line.removesuffix("\\").strip())
            assert re.fullmatch(r"==[^*,]+", str(pin.specifier)), f"{path.name}: {line} is not pinned"
            found[canonicalize_name(pin.name), str(pin.marker or "")] = str(pin.specifier).removeprefix("==")
    return found


def read_inputs(path: Path) -> list[Requirement]:
    """Read an `.in` file and those that it includes, but not its constraints."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += read_inputs(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith(("#", "-c ")):
            found.append(Requirement(line))
    return found


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", WITH_SLURM)
def test_lock_satisfies_each_requirement(kind: str) -> None:
    pins = read_pins(ENVS / f"{kind}.lock")
    for requirement in read_inputs(ENVS / f"{kind}.in"):
        versions = [version for (name, _), version in pins.items() if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement} is not in {kind}.lock: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: {versions}"


@pytest.mark.parametrize("kind", WITH_SLURM)
def test_lock_holds_nothing_without_its_hash(kind: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ENVS / f"{kind}.lock").read_text(encoding="utf-8"))[1:]
    assert len(blocks) == len(read_pins(ENVS / f"{kind}.lock"))
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("kind", KINDS[1:])
def test_every_lock_contains_the_locked_requirements_of_a_run(kind: str) -> None:
    run, larger = read_pins(ENVS / "requirements.lock"), read_pins(ENVS / f"{kind}.lock")
    assert {key: larger.get(key) for key in run} == run


def test_what_slurm_needs_fits_every_other_lock() -> None:
    slurm = read_pins(ENVS / "requirements-slurm.lock")
    assert {name for name, _ in slurm} >= {"snakemake-executor-plugin-slurm", "snakemake-executor-plugin-slurm-jobstep"}
    for kind in KINDS:
        found = read_pins(ENVS / f"{kind}.lock")
        assert {key: version for key, version in slurm.items() if found.get(key, version) != version} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_no_lock_holds_a_second_tensorflow(kind: str) -> None:
    names = {name for name, _ in read_pins(ENVS / f"{kind}.lock")}
    assert names & {"tensorflow", "tensorflow-cpu", "tf-nightly", "intel-tensorflow"} == {"tensorflow"}


@pytest.mark.parametrize(("name", "lock"), [("canopy", "requirements.lock"), ("canopy-gpu", "requirements-gpu.lock")])
def test_conda_environment_holds_the_pins_of_its_lock(name: str, lock: str) -> None:
    read = yaml.safe_load((ENVS / f"{name}.yaml").read_text(encoding="utf-8"))
    python, pip, packages = read["dependencies"]
    assert (read["name"], python, pip) == (name, "python=3.11", "pip")
    pins = [Requirement(line) for line in packages["pip"]]
    found = {(canonicalize_name(pin.name), str(pin.marker or "")): str(pin.specifier)[2:] for pin in pins}
    assert found == read_pins(ENVS / lock)


def test_conda_environments_are_what_make_lock_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for lock in ENVS.glob("*.lock"):
        shutil.copy(lock, tmp_path)
    mirror = load(ENVS / "mirror.py")
    monkeypatch.setattr(mirror, "HERE", tmp_path)
    mirror.main()
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.yaml")}
    assert written == {path.name: path.read_text(encoding="utf-8") for path in ENVS.glob("*.yaml")}


@pytest.mark.parametrize("profile", sorted(ROOT.glob("profiles/*/config.yaml")), ids=lambda path: path.parent.name)
def test_profile_keys_are_options_of_snakemake(profile: Path) -> None:
    options = get_argument_parser()._option_string_actions
    keys = [f"--{key}" for key in yaml.safe_load(profile.read_text(encoding="utf-8"))]
    own = [key for key in keys if not key.startswith("--slurm-")]  # those are the SLURM plugin's
    assert [key for key in own if key not in options] == []


def test_default_profile_sets_what_it_says() -> None:
    _, arguments = parse_args(["--profile", str(ROOT / "profiles" / "default"), "--cores", "2"])
    assert arguments.scheduler == "greedy"
    assert arguments.rerun_incomplete
    assert arguments.show_failed_logs
    assert {name: resource.value for name, resource in arguments.resources.items()} == {"gpu": 1}


@pytest.mark.parametrize("rule", sorted(set(bodies()) - {"download"}))  # which runs where the network is
def test_every_rule_asks_for_memory_that_grows_and_for_time_and_keeps_a_log(rule: str) -> None:
    body = bodies()[rule]
    assert re.search(r"^ +mem_mb=growing\(\d+\),$", body, re.MULTILINE)
    assert re.search(r"^ +runtime=\d+,$", body, re.MULTILINE)
    assert "2>&1 | tee {log:q}" in re.sub(r'"\s*"', "", body)
    assert "log:" in body
    assert "conda:" in body


def test_slurm_profile_leaves_what_a_rule_asks_for_to_the_rule() -> None:
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
    assert "set-resources" not in profile
    assert profile["retries"] > 0
    assert "gpu" not in profile.get("resources", {})  # that would be a limit for the whole cluster


def test_slurm_profile_is_read_by_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its keys are options of the plugin, where that is installed; Snakemake would ignore a misspelt one."""
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="needs the SLURM plugin: make install-dev")
    from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

    plugin = ExecutorPluginRegistry().get_plugin("slurm")
    options = {plugin.get_cli_arg(field.name) for field in dataclasses.fields(plugin.settings_cls)}
    keys = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
    own = [f"--{key}" for key in keys if key.startswith("slurm-")]
    assert own
    assert [key for key in own if key not in options] == []


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Lay out a fresh clone in a folder with a space, whose Python writes down what it is asked and does nothing."""
    folder = tmp_path / "with space" / "canopy"
    (folder / "envs").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for path in ENVS.iterdir():
        if path.is_file():
            shutil.copy(path, folder / "envs")
    python = folder / "fake python"
    python.write_text(
        '#!/bin/sh\necho "$@" >> calls.txt\n'
        'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    return folder


def make(folder: Path, *arguments: str, python: str = "./fake python") -> subprocess.CompletedProcess[str]:
    clean = {
        key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CORES"}
    }
    command = ["make", *arguments, f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)


def calls(folder: Path) -> list[str]:
    """Return what Python was asked to install or run since the last look, without the check of its version."""
    path = folder / "calls.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [line for line in lines if not line.startswith("-c ")]


def installs(lock: str) -> list[str]:
    return [f"-m pip install --disable-pip-version-check --no-input -r envs/{lock}.lock"]


def test_make_lists_its_commands_and_nothing_else_happens(clone: Path) -> None:
    listed = make(clone).stdout
    text = (clone / "Makefile").read_text(encoding="utf-8")
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)).split()
    assert re.findall(r"^  ([a-z-]+) +\S", listed, re.MULTILINE) == phony
    assert calls(clone) == []


def test_install_works_in_a_folder_with_a_space_and_runs_pip_once(clone: Path) -> None:
    assert make(clone, "install").returncode == 0
    assert calls(clone) == ["-m venv .venv", *installs("requirements")]
    assert make(clone, "install").returncode == 0
    assert calls(clone) == []


def test_touched_lock_installs_nothing_and_changed_lock_does(clone: Path) -> None:
    make(clone, "install")
    calls(clone)
    lock = clone / "envs" / "requirements.lock"
    future = lock.stat().st_mtime + 100
    os.utime(lock, (future, future))
    make(clone, "install")
    assert calls(clone) == []
    lock.write_text(lock.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    make(clone, "install")
    assert calls(clone) == installs("requirements")


def test_development_install_serves_a_run_too(clone: Path) -> None:
    make(clone, "install-dev")
    make(clone, "install")
    assert calls(clone) == ["-m venv .venv", *installs("requirements-dev")]


def test_failed_install_is_tried_again(clone: Path) -> None:
    make(clone, "install")
    python = clone / ".venv" / "bin" / "python"
    works = python.read_text(encoding="utf-8")
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert make(clone, "install-gpu").returncode != 0
    python.write_text(works, encoding="utf-8")
    calls(clone)
    make(clone, "install-gpu")
    assert calls(clone) == installs("requirements-gpu")


def test_missing_python_is_told_with_what_to_do(clone: Path) -> None:
    told = make(clone, "demo", python="no-such-python")
    assert told.returncode != 0
    assert "error: Canopy needs Python 3.11, 3.12 or 3.13 and found none; name one: make demo PYTHON=" in told.stderr
    assert "or let uv fetch one: pip install uv" in told.stderr


def on_path(folder: Path, **scripts: str) -> dict[str, str]:
    """Return an environment whose only commands besides the system's small ones are some scripts."""
    folder.mkdir()
    for name in ("sh", "cmp", "cp", "mkdir", "touch", "rm", "make", "cat"):
        (folder / name).symlink_to(str(shutil.which(name)))
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        # One is a shim of pyenv's that is switched off.
        ({"python3.11": "", "python3.12": "", "python3.13": "exit 127"}, "python3.12"),
        ({"python3.10": "", "python3": ""}, "python3"),
        ({"python3": "exit 1", "python": ""}, "python"),
    ],
)
def test_the_newest_python_is_taken(clone: Path, tmp_path: Path, found: dict[str, str], taken: str) -> None:
    note = (
        f'[ "$1" = -m ] && echo "$0" >> "{tmp_path}/taken.txt"\n'
        '[ "$2" = venv ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python"\n:'
    )
    environment = on_path(tmp_path / "bin", **{name: script or note for name, script in found.items()})
    subprocess.run(["make", "install"], cwd=clone, env=environment, capture_output=True, check=True)
    assert Path((tmp_path / "taken.txt").read_text().splitlines()[0]).name == taken


def test_uv_fetches_a_python_where_there_is_none(clone: Path, tmp_path: Path) -> None:
    fetch = 'echo "$@" >> uv.txt; mkdir -p .venv/bin; cp "./fake python" .venv/bin/python'
    environment = on_path(tmp_path / "bin", uv=fetch)
    subprocess.run(["make", "install"], cwd=clone, env=environment, capture_output=True, check=True)
    assert (clone / "uv.txt").read_text() == "venv --quiet --seed --python >=3.11,<3.14 .venv\n"
    assert calls(clone) == installs("requirements")


def test_demo_ends_with_the_summary(clone: Path) -> None:
    (clone / "results").mkdir()
    (clone / "results" / "summary.txt").write_text("ensemble LWLRAP 0.9\n", encoding="utf-8")
    told = make(clone, "demo", "CORES=3")
    assert calls(clone)[-1] == "-m snakemake --cores 3"
    assert told.stdout.splitlines()[-1] == "ensemble LWLRAP 0.9"


def test_test_command_checks_everything_then_runs_pytest(clone: Path) -> None:
    make(clone, "test")
    asked = [line.split()[1] for line in calls(clone)]
    assert asked == ["venv", "pip", "ruff", "ruff", "snakefmt", "mypy", "snakemake", "pytest", "pytest"]


def test_test_command_fails_with_either_half_of_the_tests_and_runs_both(clone: Path) -> None:
    make(clone, "test")
    for half in ("tests/workflow", "--ignore=tests/workflow"):
        calls(clone)
        failing = f'#!/bin/sh\necho "$@" >> calls.txt\nfor last; do :; done\n[ "$last" != {half} ]\n'
        (clone / ".venv" / "bin" / "python").write_text(failing, encoding="utf-8")
        assert make(clone, "test").returncode != 0
        halves = {call.split()[-1] for call in calls(clone) if call.startswith("-m pytest")}
        assert halves == {"tests/workflow", "--ignore=tests/workflow"}


def test_ci_runs_the_tests_from_anywhere_and_fails_with_them(clone: Path, tmp_path: Path) -> None:
    script = shutil.copytree(ROOT / ".ci", clone / ".ci") / "run"
    assert os.access(script, os.X_OK)
    (tmp_path / "apt-get").write_text('#!/bin/sh\necho "apt-get $@" >> "$APT_CALLS"\n', encoding="utf-8")
    (tmp_path / "sudo").write_text('#!/bin/sh\nexec "$@"\n', encoding="utf-8")
    (tmp_path / "dpkg").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    for name in ("apt-get", "sudo", "dpkg"):
        (tmp_path / name).chmod(0o755)
    apt = tmp_path / "apt.txt"
    clean = {
        **{"PATH": f"{tmp_path}:{os.environ['PATH']}", "CI": "true", "PYTHON": "./fake python"},
        **{"APT_CALLS": str(apt)},
    }
    run = functools.partial(subprocess.run, [str(script)], cwd=tmp_path, env=clean, capture_output=True, check=False)
    assert run().returncode == 0
    asked = [call for call in calls(clone) if call.startswith("-m pytest")]
    short = "-m pytest -q -m not (matrix or models or embeddings or onnx or faults or slurm or browser)"
    apart = ("tests/report", "tests/runtime", "tests/workflow")
    halves = [f"{short} {' '.join(f'--ignore={name}' for name in apart)}", f"{short} {' '.join(apart)}"]
    assert sorted(asked[:2]) == halves
    long = ["browser", "embeddings", "faults", "faults", "matrix", "matrix", "models", "onnx", "slurm"]
    assert sorted(call.split()[4] for call in asked[2:]) == long
    assert "chromium chromium-driver slurm-wlm munge" in apt.read_text(encoding="utf-8")
    (clone / ".venv" / "bin" / "python").write_text("#!/bin/sh\n[ $2 != pytest ]\n", encoding="utf-8")
    assert run().returncode != 0


def test_commit_hooks_run_the_tools_of_the_environment() -> None:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    tools = {hook["entry"].split()[:3][-1] for hook in repos[0]["hooks"]}
    assert all(hook["entry"].startswith(".venv/bin/python -m ") for hook in repos[0]["hooks"])
    assert tools == {"ruff", "snakefmt", "mypy", "snakemake"}


def test_changelog_has_an_entry_for_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
