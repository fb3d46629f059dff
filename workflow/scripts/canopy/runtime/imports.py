"""Importing large packages: quietly, and without others that they look for and Canopy does not use."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def muted() -> Iterator[None]:
    """Send whatever is written to the process's standard error nowhere while the block runs.

    For TensorFlow's import: its libraries print lines about themselves before any log level counts (CUDA was looked
    for, oneDNN is on), which would stand between the lines of progress. What goes wrong is raised all the same.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Let importing some packages fail while the block runs, as if they were not installed: jobs start sooner.

    For packages that others import only where they are there. One that is already imported stays at hand.

    Parameters
    ----------
    *packages : str
        Names of top-level packages.
    """
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None makes `import` raise ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def numpy_probability() -> Any:
    """Return TensorFlow Probability on NumPy, which looks for TensorFlow only to copy docstrings from it."""
    with without("tensorflow"):
        import tensorflow_probability.substrates.numpy as tfp
    return tfp
