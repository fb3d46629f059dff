"""The workflow on a real SLURM gives the bytes of a run on this machine, whatever happens to its jobs and to SLURM."""

import importlib.util
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.chain import RULES, Chain, prepare
from faults.checkout import SMALL, Checkout, Ran, contents, reproducible
from slurm.cluster import Cluster, missing, running

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(1200)]
PROFILE = ("--workflow-profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "2")
WATCHFUL = Path(__file__).parents[1] / "slurm" / "watchful.py"
WHAT = (*SMALL, "run=[mel_sed]", "notify={command: cp /dev/stdin disk/told.txt}")
PLUGIN = "snakemake_executor_plugin_slurm"


@dataclass(frozen=True)
class Disturbed:
    """A run on SLURM; in its midst slurmctld was stopped and started again, and a training was cancelled."""

    chain: Chain
    ran: Ran
    jobs: list[dict[str, str]]
    cancelled: str
    """SLURM's number of the job that was cancelled."""
    state_after_restart: str
    log_when_cancelled: str


def wait_until(is_so: Callable[[], object], process: "subprocess.Popen[bytes]", log: Path) -> None:
    while not is_so():
        assert process.poll() is None, log.read_text(errors="replace")[-5000:]
        time.sleep(0.2)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if missing():
        pytest.skip(f"needs SLURM, without {', '.join(missing())}: apt-get install slurm-wlm munge")
    if importlib.util.find_spec(PLUGIN) is None:
        pytest.skip(f"needs {PLUGIN}: make install-dev")
    with running(tmp_path_factory.mktemp("slurm")) as started:
        yield started


@pytest.fixture(scope="module")
def disturbed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Disturbed:
    chain = prepare(tmp_path_factory.mktemp("on slurm"), {"train_fold": ["hold"]})
    checkout = chain.checkout
    log = checkout.folder / "said.txt"
    with open(log, "wb") as said:
        process = subprocess.Popen(
            [sys.executable, WATCHFUL, *checkout.given(*PROFILE, *WHAT, cores=None)],
            cwd=checkout.folder,
            env=checkout.environment | cluster.environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: chain.noted("struck"), process, log)
        held = chain.noted("struck")[0]["pid"]
        job = next(note["job"] for note in chain.noted("start") if note["pid"] == held)
        cluster.stop_controller()
        wait_until(lambda: b"SLURM does not answer" in log.read_bytes(), process, log)
        cluster.start_controller()
        found = next(one for one in cluster.jobs() if one["id"] == job)
        log_when_cancelled = training_log(checkout, found)
        subprocess.run(["scancel", job], env=checkout.environment | cluster.environment, check=True)
        process.wait()
    finally:
        process.kill()
    ran = Ran(process.returncode, log.read_text(errors="replace"))
    return Disturbed(chain, ran, cluster.jobs(), job, found["state"], log_when_cancelled)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, disturbed: Disturbed) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("here") / "check out", source=disturbed.chain.checkout.folder)
    ran = checkout.snakemake(*WHAT)
    assert ran.status == 0, ran.said[-5000:]
    return checkout


def training_log(checkout: Checkout, job: dict[str, str]) -> str:
    """Return what a training has said; Snakemake tells SLURM its rule and its wildcards."""
    fold = job["what"][-1]
    return (checkout.results / "logs" / "train_fold" / "mel_sed" / f"fold{fold}.log").read_text()


def rule_of(job: dict[str, str]) -> str:
    found = re.match(r"rule_(\w+?)(?:_wildcards_.*)?$", job["what"])
    assert found, job
    return found[1]


def test_a_run_on_slurm_succeeds_although_a_job_is_cancelled_and_slurm_restarts(disturbed: Disturbed) -> None:
    assert disturbed.ran.status == 0, disturbed.ran.said[-5000:]


def test_every_rule_ran_as_a_slurm_job_once_and_the_cancelled_one_again(disturbed: Disturbed) -> None:
    assert {rule_of(job) for job in disturbed.jobs} == set(RULES.values())
    started = [note["job"] for note in disturbed.chain.noted("start")]
    assert sorted(started, key=int) == [job["id"] for job in disturbed.jobs]
    times = Counter(job["what"] for job in disturbed.jobs)
    again = [what for what, count in times.items() if count > 1]
    assert [rule_of({"what": what}) for what in again] == ["train_fold"]
    assert [job["state"] for job in disturbed.jobs if job["what"] == again[0]] == ["CANCELLED", "COMPLETED"]
    assert Counter(job["state"] for job in disturbed.jobs) == {"CANCELLED": 1, "COMPLETED": len(disturbed.jobs) - 1}
    assert disturbed.chain.noted("two writers") == []


def test_jobs_run_on_while_slurmctld_is_away(disturbed: Disturbed) -> None:
    assert disturbed.state_after_restart == "RUNNING"


def test_a_cancelled_training_goes_on_after_its_last_finished_epoch_with_more_memory(disturbed: Disturbed) -> None:
    assert re.findall(r"epoch (\d)/2", disturbed.log_when_cancelled) == ["1"]
    cancelled = next(job for job in disturbed.jobs if job["id"] == disturbed.cancelled)
    attempts = [job for job in disturbed.jobs if job["what"] == cancelled["what"]]
    assert [job["memory"] for job in attempts] == ["4000M", "8000M"]
    assert re.findall(r"epoch (\d)/2", training_log(disturbed.chain.checkout, cancelled)) == ["2"]


def test_trainings_have_a_gpu_each_and_tables_have_none(cluster: Cluster, disturbed: Disturbed) -> None:
    asked = {rule_of(job) for job in disturbed.jobs if "gpu" in job["gpus"]}
    assert asked == {"train_fold", "predict_fold"}
    if cluster.deals_gpus:
        first_two = [note["gpu"] for note in disturbed.chain.noted("start") if note["rule"] == "train_fold"][:2]
        assert sorted(first_two) == ["0", "1"]


def test_slurm_gives_the_bytes_of_a_run_on_this_machine(disturbed: Disturbed, local: Checkout) -> None:
    found, expected = reproducible(disturbed.chain.checkout.results), reproducible(local.results)
    assert found == expected
    assert sum(name.startswith("experiments/") and name.endswith(".weights.h5") for name in found) == 2
    assert {"submission.csv", "ensemble/weights.csv", "experiments/mel_sed/oof/scores.csv"} <= found.keys()
    data = [contents(one.folder / "disk" / "data") for one in (disturbed.chain.checkout, local)]
    assert data[0] == data[1]


def test_nothing_is_left_to_do_for_a_run_on_this_machine(disturbed: Disturbed) -> None:
    checkout = disturbed.chain.checkout
    checkout.environment.pop("CANOPY_FAULTS", None)
    assert "Nothing to be done" in checkout.snakemake("-n", *WHAT).said


def test_the_command_in_notify_hears_of_a_run_on_slurm(disturbed: Disturbed) -> None:
    told = (disturbed.chain.checkout.folder / "disk" / "told.txt").read_text()
    assert told.startswith("Canopy finished: ")
    assert "2 train_fold" in told
    assert (disturbed.chain.checkout.results / "summary.txt").read_text().strip() in told
