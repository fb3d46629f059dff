"""What each system does in its own way: locks between programs, the end of processes, what the processor can do."""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LOOK_EVERY_S = 0.1


def lock(path: Path, *, wait: bool) -> int | None:
    """Lock a file for this program alone, until its handle is closed or the program ends.

    Another user of the machine may have made the file: it is opened to read, which is enough.

    Parameters
    ----------
    path : Path
        It is made where it is not there. A link is not followed.
    wait : bool
        Until another program lets it go.

    Returns
    -------
    int or None
        The handle; None where another program holds it and this one does not wait.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        handle = os.open(path, flags | os.O_CREAT, 0o644)
    take = _by_msvcrt if sys.platform == "win32" else _by_fcntl
    try:
        if take(handle, wait=wait):
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _by_fcntl(handle: int, *, wait: bool) -> bool:
    import fcntl

    if wait:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or on a file system without locks
        return False
    return True


def _by_msvcrt(handle: int, *, wait: bool) -> bool:
    msvcrt = _module("msvcrt")
    while True:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            if not wait:
                return False
            time.sleep(LOOK_EVERY_S)
        else:
            return True


def is_there(process: int) -> bool:
    """Say whether a process runs, or has ended and nobody has asked yet how."""
    return bool(_module("psutil").pid_exists(process))


def end_at_once() -> None:
    """End this process with all its threads, and clean nothing up."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def end_with_children(process: "subprocess.Popen[bytes]") -> None:
    """End a process that leads a session of its own, and all that it started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
        return
    for one in [*_module("psutil").Process(process.pid).children(recursive=True), process]:
        one.kill()


def processor_flags(path: Path = Path("/proc/cpuinfo")) -> set[str]:
    """Return the processor's extensions by Linux's names, such as `avx512_bf16`; none on other systems."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.partition(":")[2].split()}


def _module(name: str) -> Any:
    """Import what is not in every environment or makes no difference to a result, so that no fingerprint follows it."""
    return importlib.import_module(name)
