"""Two Snakemakes at once: in one folder the second is turned away, and two checkouts may share a dataset."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import generate_demo
from faults.chain import Chain, prepare
from faults.checkout import SMALL, Checkout, contents

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
DEMO = '{"n_train": 6, "n_test": 3, "duration_s": 5.0, "n_species": 3, "species_per_recording": [1, 3]}'
LISTING = "disk/results/recordings/train.csv"


def test_a_second_snakemake_in_a_folder_is_turned_away_and_harms_nothing(tmp_path: Path) -> None:
    chain: Chain = prepare(tmp_path, {"list_recordings": ["pause"]})
    first = chain.checkout.start(*SMALL, "--", LISTING)
    while not chain.noted("struck") and first.poll() is None:
        time.sleep(0.05)
    before = contents(chain.checkout.folder / "disk")
    second = chain.checkout.snakemake(*SMALL, "--", LISTING)
    assert second.status == 1
    assert "Directory cannot be locked" in second.said
    assert "--unlock" in second.said
    assert contents(chain.checkout.folder / "disk") == before
    looked = chain.checkout.snakemake("-n", *SMALL, "--", LISTING)
    assert looked.status == 0, looked.said
    (chain.state / "go").touch()
    said, _ = first.communicate(timeout=120)
    assert first.returncode == 0, said
    assert (chain.checkout.folder / LISTING).exists()
    starts = [note["rule"] for note in chain.noted("start")]
    assert starts == ["generate_demo", "list_recordings"]


def test_ctrl_c_ends_the_jobs_and_the_plain_command_goes_on(tmp_path: Path) -> None:
    chain = prepare(tmp_path, {"list_recordings": ["pause"]})
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts by `&` ignores it
    first = chain.checkout.start(*SMALL, "--", LISTING)
    signal.signal(signal.SIGINT, before)
    while not chain.noted("struck") and first.poll() is None:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGINT)
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 1, said
    assert not (chain.checkout.folder / LISTING).exists()
    again = chain.checkout.snakemake(*SMALL, "--", LISTING)
    assert again.status == 0, again.said
    assert [note["rule"] for note in chain.noted("start")] == ["generate_demo", "list_recordings", "list_recordings"]
    assert chain.noted("two writers") == []


@pytest.fixture
def read_only_data(tmp_path: Path) -> Iterator[Path]:
    """Return a dataset in RFCX's layout; read-only as far as this machine lets a test make it so."""
    data = tmp_path / "data set"
    generate_demo.main(["--settings", DEMO, "--output", str(data)])
    bound = os.geteuid() == 0 and subprocess.run(["mount", "--bind", data, data], capture_output=True).returncode == 0
    if bound:
        subprocess.run(["mount", "-o", "remount,ro,bind", data], check=True, capture_output=True)
    yield data
    if bound:
        subprocess.run(["umount", "-l", data], check=True)


def seen(folder: Path) -> dict[str, tuple[int, int]]:
    status = {path.relative_to(folder).as_posix(): path.stat() for path in [folder, *folder.rglob("*")]}
    return {name: (found.st_mtime_ns, found.st_size) for name, found in status.items()}


def test_two_checkouts_share_one_read_only_dataset(read_only_data: Path, tmp_path: Path) -> None:
    before = seen(read_only_data)
    checkouts = [Checkout(tmp_path / f"checkout {number}") for number in (1, 2)]
    overlay = ("--configfile", "configs/smoke.yaml", "--config", "dataset=rfcx", "results=disk/results")
    targets = [
        f"disk/results/{name}" for name in ("splits/folds.csv", "features/mel/train/0.npy", "recordings/test.csv")
    ]
    both = [one.start(*overlay, f"data={read_only_data}", "--", *targets) for one in checkouts]
    for process in both:
        said, _ = process.communicate(timeout=200)
        assert process.returncode == 0, said
    assert seen(read_only_data) == before
    by_clock = ("logs", "bench", "provenance/jobs")
    first, second = (contents(one.results, where=lambda name: not name.startswith(by_clock)) for one in checkouts)
    assert first == second
    assert {f"disk/results/{name}" for name in first} >= set(targets)
