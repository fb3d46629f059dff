"""Checkouts whose scripts are stood in for."""

import os
from collections.abc import Mapping
from pathlib import Path

from faults.checkout import contents
from staleness.checkout import Checkout

STOOD_IN = {
    "PYTHONPATH": os.fspath(Path(__file__).parent),
    "CANOPY_STANDS_IN": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""The variables with which Snakemake's jobs find what stands in for them."""
NO_RESULTS = ("logs/", "benchmarks/", "provenance/jobs/", ".canopy")


def made(checkout: Checkout, results: str = "results") -> dict[str, str]:
    """Return the digest of each result, but for logs, times and records."""
    return contents(checkout.code / results, where=lambda name: not name.startswith(NO_RESULTS))


def strike(checkout: Checkout, faults: Mapping[str, str]) -> Path:
    """Have the next job of each script end as told; return the folder of those that have not struck."""
    folder = checkout.root / "faults"
    folder.mkdir(exist_ok=True)
    for script, how in faults.items():
        (folder / script).write_text(how, encoding="utf-8")
    checkout.environment["CANOPY_FAULTS"] = os.fspath(folder)
    return folder
