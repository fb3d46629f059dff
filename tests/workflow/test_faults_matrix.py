"""Every rule suffers every fault; the plain command finishes, and in the end nothing shows it (docs/faults.md)."""

import re
from pathlib import Path

import pytest

from faults import runs
from faults.chain import CHAIN_OF, CHAINS, RULES, SPARED, suffers
from faults.checkout import DEMO, contents, reproducible
from faults.runs import Disturbed

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3000)]
SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
SAID = {
    "input": r"error: \S+ cannot be (used|read as a table) \(Is a directory\): ",
    "disk": r"error: no disk space left while writing (disk|resources)/\S+: free some space, ",
    "memory": r"error: there is no memory left: give smaller batches ",
}
"""What the user reads of faults that leave the job a last word."""
TRACEBACK = "Traceback (most recent call last)"


@pytest.fixture(params=CHAINS, ids="-".join)
def disturbed(request: pytest.FixtureRequest) -> Disturbed:
    return runs.disturbed(request.param)


def test_every_script_has_its_row() -> None:
    assert RULES.keys() | SPARED.keys() == {path.stem for path in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("kind", CHAIN_OF)
@pytest.mark.parametrize("script", RULES)
def test_a_fault_ends_the_run_and_the_plain_command_finishes(script: str, kind: str) -> None:
    if not suffers(script, kind):
        pytest.skip("the rule has no input file")
    disturbed = runs.disturbed(CHAIN_OF[kind])
    if kind == "disk" and not disturbed.disk_fills:
        pytest.skip("a small disk cannot be mounted here: it needs root")
    assert (script, kind) in disturbed.chain.faults
    ran = disturbed.chain.faults[script, kind].run
    if kind == "orphan":
        assert ran.status == -9
    else:
        assert ran.status == 1
        assert f"Error in rule {RULES[script]}:" in ran.said
    if kind in SAID:
        assert re.search(SAID[kind], ran.said), ran.said[-8000:]
        assert TRACEBACK not in ran.said
    assert disturbed.chain.runs[-1].status == 0


def test_the_submission_is_that_of_an_undisturbed_run(disturbed: Disturbed) -> None:
    assert disturbed.submission == (runs.reference().results / "submission.csv").read_bytes()


def test_every_result_is_that_of_an_undisturbed_run(disturbed: Disturbed) -> None:
    reference = runs.reference()
    wanted = {
        name: found
        for name, found in reproducible(reference.results).items()
        if name.startswith("experiments/mel_sed/") or not name.startswith("experiments/")
    }
    assert disturbed.results == wanted
    assert disturbed.data == contents(reference.folder / "disk" / DEMO)


def test_no_output_ever_had_two_writers(disturbed: Disturbed) -> None:
    assert disturbed.chain.noted("two writers") == []
    assert disturbed.chain.noted("survived") == []


def test_no_output_was_ever_visible_half_written(disturbed: Disturbed) -> None:
    disk = disturbed.chain.checkout.folder / "disk"
    assert disturbed.chain.noted("written in place") == []
    renamed = {
        Path(note["path"]).resolve().relative_to(disk.resolve()).as_posix() for note in disturbed.chain.noted("rename")
    }
    assert {f"results/{name}" for name in disturbed.results} <= renamed
    assert {f"{DEMO}/{name}" for name in disturbed.data} <= renamed


def test_nothing_is_left_of_what_was_interrupted(disturbed: Disturbed) -> None:
    assert disturbed.left_over == []


def test_a_training_goes_on_after_its_last_finished_epoch() -> None:
    """The smoke run trains 2 epochs: the job is killed in the second one, Snakemake while the model is written."""
    disturbed = runs.disturbed(CHAIN_OF["kill"])
    killed, orphaned = (disturbed.chain.faults["train_fold", kind].training_log for kind in ("kill", "orphan"))
    assert re.findall(r"epoch (\d)/2", killed) == ["1"]
    assert re.findall(r"epoch (\d)/2", orphaned) == ["2"]
    assert re.findall(r"epoch (\d)/2", disturbed.last_training_log) == []
