"""Checkouts whose scripts are stood in for."""

import os
from pathlib import Path

STOOD_IN = {
    "PYTHONPATH": os.fspath(Path(__file__).parent),
    "CANOPY_STANDS_IN": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""The variables with which Snakemake's jobs find what stands in for them."""
