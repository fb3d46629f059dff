"""The runs that the tests of faults and of determinism compare: each is made once per session.

The undisturbed run comes first; the others use its copy of the checkout, so that they run the same code whatever is
edited meanwhile. Then the same with another number of cores, the reference of the fault matrix and its two
chains run at the same time.
"""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from faults.chain import CHAINS, RULES, Chain, prepare, run, small_disk, stop, suffers
from faults.checkout import DEMO, SMALL, Checkout, contents, files, reproducible
from staleness.warm.start import warm

ONE_EXPERIMENT = (*SMALL, "run=[mel_sed]")
DISK_MEGABYTES = 64
Result = TypeVar("Result")


@dataclass(frozen=True)
class Disturbed:
    """What a chain of faults left when its last run had succeeded."""

    chain: Chain
    disk_fills: bool
    results: dict[str, str]
    data: dict[str, str]
    submission: bytes
    left_over: list[str]
    """Drafts, files put aside and checkpoints."""
    last_training_log: str


@cache
def folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="canopy-faults-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def finished(checkout: Checkout, *arguments: str, cores: int) -> Checkout:
    ran = checkout.snakemake(*arguments, cores=cores)
    assert ran.status == 0, ran.said[-5000:]
    return checkout


@cache
def undisturbed() -> Checkout:
    """Return a checkout with the smoke run, on two cores, two models at a time."""
    return finished(Checkout(folder() / "undisturbed"), "--resources", "gpu=2", *SMALL, cores=2)


@cache
def _warm() -> Mapping[str, str]:
    """Start the process from which the chains' jobs start; it ends with the tests."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(warm())


@cache
def _others() -> tuple[Future[Checkout], Future[Checkout], dict[tuple[str, ...], Future[Disturbed]]]:
    base = undisturbed()
    with small_disk(_made(folder() / "try"), 1) as disk_fills:
        pass
    _warm()
    pool = ThreadPoolExecutor(2 + len(CHAINS))
    chains = {kinds: pool.submit(_disturbed, base, kinds, disk_fills) for kinds in CHAINS}
    reference = pool.submit(_reference, base)
    again = pool.submit(lambda: finished(Checkout(folder() / "again", source=base.folder), *SMALL, cores=1))
    pool.shutdown(wait=False)
    return again, reference, chains


def _reference(base: Checkout) -> Checkout:
    return finished(base.copy(folder() / "reference"), *ONE_EXPERIMENT, cores=2)


def _disturbed(base: Checkout, kinds: tuple[str, ...], disk_fills: bool) -> Disturbed:
    suffered = [kind for kind in kinds if disk_fills or kind != "disk"]
    plan = {script: [kind for kind in suffered if suffers(script, kind)] for script in RULES}
    chain = prepare(folder() / "chains" / "-".join(kinds), plan, base.folder, _warm())
    disk = chain.checkout.folder / "disk"
    with small_disk(disk, DISK_MEGABYTES):
        run(chain, *ONE_EXPERIMENT)
        names = [path.relative_to(disk).as_posix() for path in files(disk)]
        return Disturbed(
            chain,
            disk_fills,
            reproducible(chain.checkout.results),
            contents(disk / DEMO),
            (chain.checkout.results / "submission.csv").read_bytes(),
            [name for name in names if ".part." in name or ".aside" in name or "checkpoints/" in name],
            chain.training_log(),
        )


def _made(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _wait(future: Future[Result]) -> Result:
    """Return a run's outcome; if the wait is interrupted, let the chain end too."""
    try:
        return future.result()
    except BaseException:
        stop.set()
        raise


def again() -> Checkout:
    """Return another undisturbed run of the same, on one core."""
    return _wait(_others()[0])


def reference() -> Checkout:
    """Return the undisturbed run of the first experiment alone."""
    return _wait(_others()[1])


def disturbed(kinds: tuple[str, ...]) -> Disturbed:
    """Return the run of the first experiment in which every rule suffered every fault of a chain."""
    return _wait(_others()[2][kinds])
