"""Lets the jobs of checkouts start from a process that has imported their packages already."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
AS_JOBS_HAVE_IT = {
    **{"PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
    **{"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
}
"""What the rules' shell prefix and `canopy.runtime.imports` set, and Python and its packages read as they start."""


@contextmanager
def warm() -> Iterator[Mapping[str, str]]:
    """Start the server; give the variables with which Snakemake's jobs find it."""
    with tempfile.TemporaryDirectory(prefix="canopy-warm-") as folder:
        path = os.path.join(folder, "socket")
        server = subprocess.Popen(
            [sys.executable, HERE / "server.py", path],
            env={**os.environ, **AS_JOBS_HAVE_IT},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        try:
            if server.stdout.readline() != "ready\n":
                raise AssertionError(server.communicate()[1])
            yield {"CANOPY_WARM": path, "PYTHONPATH": str(HERE)}
        finally:
            server.terminate()
            server.communicate()
