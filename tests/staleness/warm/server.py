"""Starts the scripts of rules from a process that has imported their packages already: `python server.py SOCKET`.

Importing TensorFlow takes most of a tiny job's time. The process forks for each job, and the job then runs the
script of its own checkout with its own arguments, environment, folder and streams. Nothing of Canopy is imported
beforehand, and nothing is computed, so that TensorFlow has no threads yet when it is forked.
"""

import atexit
import contextlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def preload() -> None:
    """Import what the scripts import."""
    sys.modules.update(dict.fromkeys(("sklearn", "matplotlib")))  # type: ignore[arg-type]  # as canopy.runtime.devices does
    import keras  # noqa: F401
    import tensorflow  # noqa: F401
    import tensorflow_probability as tfp

    del sys.modules["sklearn"], sys.modules["matplotlib"]
    import jinja2  # noqa: F401
    import librosa
    import matplotlib.pyplot  # noqa: F401
    import pandas  # noqa: F401
    import pandera.pandas  # noqa: F401
    import pydantic  # noqa: F401
    import scipy.fft
    import scipy.signal
    import scipy.sparse
    import scipy.special  # noqa: F401
    import soundfile  # noqa: F401
    import soxr  # noqa: F401
    import tensorflow_probability.substrates.numpy as numpy_tfp

    assert all((tfp.distributions.Beta, numpy_tfp.distributions, numpy_tfp.optimizer, librosa.filters.mel))


def serve(path: str) -> None:
    """Run one job for each that asks, until told to end."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            asking, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                run(asking)
            asking.close()
            reap()


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def run(asking: socket.socket) -> None:
    """Be the job that a process asks for, and tell it the status."""
    job, streams = receive(asking)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    status = 1
    try:
        status = main(job)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        asking.sendall(bytes([status]))
        os._exit(status)


def receive(asking: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the job that a process hands over, and its three streams."""
    length, streams, _, _ = socket.recv_fds(asking, 8, 3)
    with asking.makefile("rb") as rest:
        return json.loads(rest.read(int.from_bytes(length, "big"))), streams


def main(job: dict[str, Any]) -> int:
    """Run the script as Python would, and return its exit status."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.argv, sys.path[:] = job["arguments"], job["path"]
    sys.orig_argv[:] = [sys.executable, *job["arguments"]]
    customize()
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
            return 1
        return ended.code or 0
    return 0


def customize() -> None:
    """Run the other `sitecustomize` modules that are on the PYTHONPATH of the job, as its own start would have."""
    for folder in os.environ["PYTHONPATH"].split(os.pathsep):
        module = Path(folder, "sitecustomize.py")
        if module.is_file() and module.resolve().parent != HERE:
            runpy.run_path(str(module))


if __name__ == "__main__":
    preload()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(sys.argv[1])
