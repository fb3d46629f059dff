"""GPUs are claimed one by one; progress is told in words."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from canopy.config.compute import Compute
from canopy.runtime import devices
from canopy.runtime.devices import claim, installed_gpus
from canopy.runtime.progress import Progress, duration

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
HOLD = """
import sys
from pathlib import Path
from canopy.runtime.devices import claim
print(claim(sys.argv[2:], Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


class Holder:
    """Another process that claims a GPU and keeps it until it is told to end."""

    def __init__(self, folder: Path, *gpus: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), *gpus],
            env={"PYTHONPATH": str(SCRIPTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.gpu = self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.communicate("\n", timeout=60)


def test_two_processes_claim_two_gpus_and_give_them_back(tmp_path: Path) -> None:
    first = Holder(tmp_path, "0", "1")
    second = Holder(tmp_path, "0", "1")
    assert [first.gpu, second.gpu] == ["0", "1"]
    first.end()
    after = Holder(tmp_path, "0", "1")
    assert after.gpu == "0"
    for holder in (second, after):
        holder.end()


def test_more_jobs_than_gpus_share_them_evenly(tmp_path: Path) -> None:
    """Snakemake was told of more GPUs than there are (`--resources gpu=5`)."""
    holders = [Holder(tmp_path, "0", "1") for _ in range(5)]
    assert [holder.gpu for holder in holders] == ["0", "1", "0", "1", "0"]
    holders[1].end()
    again = Holder(tmp_path, "0", "1")
    assert again.gpu == "1", "where fewest are"
    for holder in (holders[0], *holders[2:], again):
        holder.end()


@pytest.mark.parametrize("n_gpus", [1, 3, 8])
def test_any_number_of_jobs_that_start_at_once_share_out_as_many_gpus(n_gpus: int, tmp_path: Path) -> None:
    gpus = [str(number) for number in range(n_gpus)]
    with ThreadPoolExecutor(n_gpus) as pool:
        holders = list(pool.map(lambda _: Holder(tmp_path, *gpus), gpus))
    assert sorted(holder.gpu for holder in holders) == gpus
    for holder in holders:
        holder.end()


JOB = """
import sys
from unittest.mock import MagicMock
sys.modules["tensorflow"] = sys.modules["keras"] = MagicMock()
from canopy.config.compute import Compute
from canopy.runtime.devices import prepare
print(prepare(Compute(), gpu=True), flush=True)
sys.stdin.readline()
"""


def test_each_training_of_a_machine_with_four_gpus_computes_on_its_own(tmp_path: Path) -> None:
    stand_in(tmp_path, "echo 0; echo 1; echo 2; echo 3")
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    pipe = subprocess.PIPE
    jobs = [
        subprocess.Popen([sys.executable, "-c", JOB], env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(4)
    ]
    told = [job.stdout.readline().strip() for job in jobs if job.stdout]
    assert sorted(told) == ["GPU 0", "GPU 1", "GPU 2", "GPU 3"]
    for job in jobs:
        job.communicate("\n", timeout=60)


def test_a_killed_process_gives_its_gpu_back(tmp_path: Path) -> None:
    first = Holder(tmp_path, "7")
    first.process.kill()
    first.process.communicate(timeout=60)
    second = Holder(tmp_path, "7", "8")
    assert second.gpu == "7"
    second.end()


def test_a_lock_file_that_another_user_made_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "canopy-gpu-0.lock").touch()
    opened: list[int] = []
    real = os.open

    def watched(path: Path, flags: int, *mode: int) -> int:
        opened.append(flags)
        return real(path, flags, *mode)

    monkeypatch.setattr(os, "open", watched)
    assert claim(["0"], tmp_path) == "0"
    assert [flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) for flags in opened] == [0]


def test_without_a_gpu_none_is_claimed(tmp_path: Path) -> None:
    assert claim([], tmp_path) == "-1"
    assert os.listdir(tmp_path) == []


def stand_in(folder: Path, script: str) -> str:
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "nvidia-smi").chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("script", "found"), [("echo 0; echo 1", ["0", "1"]), ("echo 'no driver'; exit 9", [])], ids=["two", "broken"]
)
def test_gpus_are_those_that_the_driver_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: list[str]
) -> None:
    monkeypatch.setenv("PATH", stand_in(tmp_path, script))
    assert installed_gpus() == found


def test_without_a_driver_there_are_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed_gpus() == []


@pytest.fixture
def tensorflow(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Stand in for TensorFlow and Keras, which are slow to start."""
    stand_in = MagicMock()
    stand_in.config.list_physical_devices.return_value = []
    monkeypatch.setitem(sys.modules, "tensorflow", stand_in)
    monkeypatch.setitem(sys.modules, "keras", stand_in)
    monkeypatch.setattr(devices, "pin", lambda: [])
    return stand_in


@pytest.mark.parametrize(
    ("given", "gpu", "visible"),
    [("3", True, "3"), ("3", False, "-1"), (None, True, "5"), (None, False, "-1"), ("", True, "")],
)
def test_a_job_sees_the_gpu_it_was_given_or_claims_one(
    tensorflow: MagicMock, monkeypatch: pytest.MonkeyPatch, given: str | None, gpu: bool, visible: str
) -> None:
    monkeypatch.setattr(devices, "claim", lambda gpus, folder: "5")
    if given is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert "CPU, 3 threads" in devices.prepare(Compute(threads=3), gpu=gpu)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == visible


def test_threads_and_determinism_come_from_the_settings(tensorflow: MagicMock) -> None:
    devices.prepare(Compute(threads=3, deterministic=True), gpu=False)
    tensorflow.config.threading.set_intra_op_parallelism_threads.assert_called_once_with(3)
    tensorflow.config.experimental.enable_op_determinism.assert_called_once_with()
    tensorflow.reset_mock()
    devices.prepare(Compute(threads=1, deterministic=False), gpu=False)
    tensorflow.config.experimental.enable_op_determinism.assert_not_called()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7815, "2 h 10 min"),
    ],
)
def test_durations_are_told_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_progress_tells_now_and_then_what_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    counter = Progress(10, "recordings")
    for _ in range(10):
        now[0] += 2
        counter.step()
    assert capsys.readouterr().out.splitlines() == [
        "3 of 10 recordings, 14 s left",
        "6 of 10 recordings, 8 s left",
        "9 of 10 recordings, 2 s left",
    ]
