"""What all tests share: a quiet, seeded machine without a GPU, and the real data where it is at hand."""

import gc
import os
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# Before any test imports TensorFlow or matplotlib; a job that a workflow test starts inherits them.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["MPLBACKEND"] = "Agg"
# Tests read what Snakemake itself says; tests/runtime/test_terminal.py looks at ours.
os.environ["CANOPY_OUTPUT"] = "snakemake"

import numpy as np
import pytest

# TensorFlow's modules are a million objects that stay: looking through them as often as usual takes a fifteenth of all.
gc.set_threshold(100_000, 50, 1000)

REPOSITORY = Path(__file__).resolve().parents[1]
SEED = 20260101


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the workflow tests last: what breaks a function is told before what breaks a whole run."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is not None)


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk() -> Iterator[None]:
    """Let functions under test not wait for the disk: no test cuts the power. The jobs of workflow tests do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        patch.setattr(os, "sync", lambda: None)
        yield


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Seed Python, NumPy and, where a test has imported it, Keras with TensorFlow."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(SEED)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the folder that holds the Snakefile."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return `../shared/data`, the real recordings and tables; skip the test where it is missing."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {folder}")
    return folder


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory, warm: Mapping[str, str]) -> tuple[Any, str]:
    """Return a checkout of its own in which everything has run once, not to be changed, and what Snakemake said."""
    from staleness.checkout import finished

    return finished(tmp_path_factory.mktemp("a finished run"), warm)


@pytest.fixture(scope="session")
def warm() -> Iterator[Mapping[str, str]]:
    """Return the variables with which jobs start from a process that has imported TensorFlow and the like already."""
    from staleness.warm.start import warm

    with warm() as environment:
        yield environment
