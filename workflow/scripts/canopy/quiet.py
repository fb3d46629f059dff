"""Importing TensorFlow without the lines that its libraries print about themselves.

They come before any log level counts, say nothing of the job (CUDA was looked for, oneDNN is on), and
would stand between the lines of progress. What goes wrong is raised as an exception all the same.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def muted() -> Iterator[None]:
    """Send whatever is written to the process's standard error nowhere while the block runs."""
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
