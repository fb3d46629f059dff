"""The application suffers too: it is made stale, each rule's job breaks, and the same command goes on (docs/faults.md).

The scripts are the real ones. Clips and their table are a person's, so they are compared with the results.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from faults.application import Application, finished
from faults.chain import APPLIED, run, small_disk
from faults.checkout import contents, reproducible

pytestmark = [pytest.mark.faults, pytest.mark.workflow, pytest.mark.timeout(1800)]
FAULTS = ("kill", "disk", "memory")
DISK_MEGABYTES = 16


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, warm: Mapping[str, str]) -> Application:
    made = finished(tmp_path_factory.mktemp("applied"), warm)
    made.change()
    return made


def outcome(application: Application) -> tuple[dict[str, str], dict[str, str]]:
    """Return the digests of results and of what is a person's; the pages hold the names of folders."""
    reviews = contents(application.checkout.folder / "reviews", where=lambda name: not name.endswith(".html"))
    return reproducible(application.checkout.results), reviews


@pytest.fixture(scope="module")
def from_nothing(
    before: Application, warm: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the changed settings make of the same verdicts where nothing was made before."""
    made, _ = before.copy(tmp_path_factory.mktemp("from nothing"), {}, warm)
    shutil.rmtree(made.checkout.results)
    made.run()
    return outcome(made)


def test_an_application_in_which_every_rule_breaks_ends_as_one_from_nothing(
    before: Application, from_nothing: tuple[dict[str, str], dict[str, str]], warm: Mapping[str, str], tmp_path: Path
) -> None:
    old = outcome(before)
    with small_disk(tmp_path, 1) as disk_fills:
        suffered = [kind for kind in FAULTS if disk_fills or kind != "disk"]
    made, chain = before.copy(tmp_path / "chain", dict.fromkeys(APPLIED, suffered), warm)
    disk = made.checkout.folder / "disk"
    shutil.move(disk, kept := tmp_path / "kept")
    disk.mkdir()
    with small_disk(disk, DISK_MEGABYTES):
        shutil.copytree(kept, disk, dirs_exist_ok=True)
        for command in made.commands:
            run(chain, *command)
        assert chain.faults.keys() == {(script, kind) for script in APPLIED for kind in suffered}
        assert all("Nothing to be done" not in fault.run.said for fault in chain.faults.values())
        assert chain.noted("two writers") == chain.noted("written in place") == []
        found = outcome(made)
        assert "Nothing to be done" in made.checkout.snakemake(*made.commands[-1]).said
    assert found == from_nothing
    changed = {name for name in old[0] if old[0][name] != found[0].get(name)}
    assert {Path(name).name for name in changed} >= {"found.csv", "detections.csv", "recalibrated.csv", "search.csv"}
