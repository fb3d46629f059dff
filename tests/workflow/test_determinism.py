"""The same configuration and data give the same bytes, whatever the number of cores."""

import pytest

from faults import runs
from faults.checkout import DEMO, SMALL, contents, reproducible

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3000)]


def test_two_runs_with_different_cores_give_the_same_bytes() -> None:
    first, second = runs.undisturbed(), runs.again()
    assert contents(first.folder / "disk" / DEMO) == contents(second.folder / "disk" / DEMO)
    found = reproducible(first.results)
    assert found == reproducible(second.results)
    kinds = {name.rsplit("/", 1)[-1].partition(".")[0].rstrip("0123456789") for name in found}
    assert kinds >= {"submission", "model", "history", "scores", "framewise", "metrics", "weights", "folds", "fold"}
    weights = {found[name] for name in found if name.endswith(".weights.h5")}
    assert len(weights) == 4  # each twice: among the results, and in the package


def test_nothing_is_to_be_done_after_a_run() -> None:
    for cores in (1, 4):
        ran = runs.undisturbed().snakemake("-n", *SMALL, cores=cores)
        assert "Nothing to be done" in ran.said
