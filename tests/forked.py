"""Runs Snakemake in processes that are forked from one that has imported it: half of a start is its imports.

The process that forks knows nothing of Canopy: each run imports the code of its own folder. What must be a process like
any other (one that is sent signals by its number, or as a group) is started as one, by `subprocess`.
"""

import atexit
import contextlib
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

SIZE_BYTES = 8
KILLED = -int(signal.SIGKILL)


def snakemake(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, timeout_s: float = 900
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m snakemake` in a folder to its end; both streams are in `stdout`.

    The status is that of `subprocess`: negative where a signal ended it.
    """
    job = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
    text = json.dumps(job).encode()
    with tempfile.TemporaryFile() as said, open(os.devnull, "rb") as nothing, socket.socket(socket.AF_UNIX) as asking:
        asking.connect(_server())
        asking.settimeout(timeout_s)
        streams = [nothing.fileno(), said.fileno(), said.fileno()]
        socket.send_fds(asking, [len(text).to_bytes(SIZE_BYTES, "big")], streams)
        asking.sendall(text)
        try:
            answer = asking.recv(SIZE_BYTES)
        except TimeoutError:
            raise subprocess.TimeoutExpired(list(arguments), timeout_s) from None
        said.seek(0)
        status = int.from_bytes(answer, "big", signed=True) if answer else KILLED
        return subprocess.CompletedProcess(list(arguments), status, said.read().decode(errors="replace"))


@cache
def _server() -> str:
    """Start the process that forks, once; return its socket. It ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="canopy-forked-")
    path = os.path.join(folder.name, "socket")
    server = subprocess.Popen(
        [sys.executable, __file__, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    atexit.register(folder.cleanup)
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    return path


# The process that forks.


def serve(path: str) -> None:
    """Run one Snakemake for each that asks, until the standard input ends."""
    import pandas  # noqa: F401
    import pydantic
    import smart_open  # noqa: F401
    import snakemake.cli
    import snakemake.profiles
    import snakemake.storage

    snakemake.cli.get_argument_parser()  # imports the plugins
    assert all((pydantic.BaseModel, pydantic.TypeAdapter))  # pydantic imports what it is asked for
    assert threading.active_count() == 1, "a process with threads must not be forked"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(path)
        listener.listen(16)
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        print("ready", flush=True)
        while all(key.fileobj is listener for key, _ in selector.select()):
            asking, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                keep(asking)
            asking.close()


def keep(asking: socket.socket) -> None:
    """Fork the process that is asked for, tell its status, and kill it if nobody waits for it any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(asking, SIZE_BYTES, 3)
    with asking.makefile("rb") as rest:
        job = json.loads(rest.read(int.from_bytes(length, "big")))
    child = os.fork()
    if child == 0:
        asking.close()
        run(job, streams)
    with selectors.DefaultSelector() as selector, open(os.pidfd_open(child), "rb") as ended:
        selector.register(ended, selectors.EVENT_READ)
        selector.register(asking, selectors.EVENT_READ)
        if all(key.fileobj is asking for key, _ in selector.select()):
            os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        asking.sendall(status.to_bytes(SIZE_BYTES, "big", signed=True))
    os._exit(0)


def run(job: dict[str, Any], streams: list[int]) -> None:
    """Be `python -m snakemake` with its own arguments, environment, folder and streams."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    above = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [job["folder"], *above, *sys.path[1:]]
    sys.argv = ["snakemake", *job["arguments"]]
    status = 1
    try:
        if any(os.path.exists(os.path.join(path, "sitecustomize.py")) for path in above):
            importlib.import_module("sitecustomize")
        status = main()
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> int:
    try:
        runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
