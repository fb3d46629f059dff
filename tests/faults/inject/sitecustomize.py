"""Faults in the middle of jobs, from outside: Python imports this file in every process that finds it on PYTHONPATH.

In a script of a rule it notes what the job does to files, and lets it suffer the next fault that is planned for its
rule. The product knows nothing of it. `tests/faults/chain.py` plans the faults and reads the notes.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import re
import resource
import signal
import sys
import time
from pathlib import Path

STATE = os.environ.get("CANOPY_FAULTS", "")
SCRIPT = re.compile(r".*/workflow/scripts/(\w+)\.py")
DRAFT = re.compile(r"\.-?\d+\.part\..+")
ONE_OUTPUT = ["list_recordings", "evaluate_test", "write_submission", "list_applied", "make_review"]
HIT_AT_RENAME = {**dict.fromkeys(ONE_OUTPUT, 1), "generate_demo": 10}
"""Rules with one output are hit when they rename it; all others at their second rename: a training in epoch 2."""
ONE_OF_TWO = {"train_fold": "/fold0/model.json"}
"""Of jobs of a rule that run side by side, the one that suffers: what its arguments hold."""
ORPHAN_S = 40.0
"""How long a job of a killed Snakemake would go on."""
PAUSE_S = 120.0


class Job:
    """One job's process: its rule, the fault it suffers, and what it has done so far."""

    def __init__(self, rule: str) -> None:
        self.rule, self.state, self.pid = rule, Path(STATE), os.getpid()
        self.disk = str(Path("disk").resolve()) + os.sep
        self.renames = 0
        self.note("start", job=os.environ.get("SLURM_JOB_ID"), gpu=os.environ.get("CUDA_VISIBLE_DEVICES"))
        self._look_for_another()
        self.fault = self._next_fault()
        if self.fault:
            self.note("planned", kind=self.fault)
        at_once = {"disk": self._fill_disk, "input": self._spoil_input, "pause": self._pause}
        if self.fault in at_once:
            at_once[self._strikes()]()

    def note(self, what: str, **more: object) -> None:
        line = json.dumps({"t": time.time(), "what": what, "rule": self.rule, "pid": self.pid, **more}) + "\n"
        handle = os.open(self.state / "notes.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, line.encode())
        os.close(handle)

    def _look_for_another(self) -> None:
        """Note if another process that makes the same outputs is alive: two writers."""
        job = hashlib.sha256("\0".join(sys.orig_argv[1:]).encode()).hexdigest()[:16]
        path = self.state / "alive" / job
        if path.exists() and alive(*path.read_text().split()):
            self.note("two writers")
        path.write_text(f"{self.pid} {started(self.pid)}")

    def _next_fault(self) -> str:
        if not any(name.endswith(ONE_OF_TWO.get(self.rule, "")) for name in sys.orig_argv):
            return ""
        with open(self.state / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path, taken = self.state / "planned" / self.rule, self.state / "taken"
            faults = path.read_text().split() if path.exists() else []
            if not faults:
                return ""
            if taken.exists():  # in this run another job suffers: this one fails at once, and its turn comes
                os._exit(os.EX_TEMPFAIL)
            path.write_text(" ".join(faults[1:]))
            taken.touch()
        return faults[0]

    def _strikes(self) -> str:
        """Note that the planned fault happens now, and return its kind."""
        kind, self.fault = self.fault, ""
        self.note("struck", kind=kind)
        return kind

    def _pause(self) -> None:
        """Wait until the test says go."""
        end = time.time() + PAUSE_S
        while not (self.state / "go").exists() and time.time() < end:
            time.sleep(0.05)

    def _fill_disk(self) -> None:
        handle = os.open(Path(self.disk, "filler"), os.O_WRONLY | os.O_CREAT)
        for size in (1 << 16, 1):
            try:
                while os.write(handle, bytes(size)):
                    pass
            except OSError:
                continue
        os.close(handle)

    def _spoil_input(self) -> None:
        """Put a folder where one of the inputs should be, unless another job just did so with the only one."""
        given = sys.orig_argv[2:]
        settings = json.loads(given[given.index("--settings") + 1]) if "--settings" in given else {}
        named = [*given, *strings(settings)]
        path = next((Path(name) for name in named if len(name) < 1000 and os.path.isfile(name)), None)
        if path is None:
            return
        aside = path.with_name(path.name + ".aside")
        aside.mkdir()
        exchange(path, aside)
        self.note("spoilt", path=str(path.resolve()))

    def watch(self, event: str, arguments: tuple) -> None:
        """See what the job does to files; an audit hook of Python."""
        if event == "open" and isinstance(arguments[0], str | os.PathLike):
            path = real(arguments[0])
            if path.startswith(self.disk):
                self._opened(path, writing=bool(arguments[2] & (os.O_WRONLY | os.O_RDWR)))
        elif event == "os.rename" and real(arguments[1]).startswith(self.disk):
            self._renames(real(arguments[1]))

    def _opened(self, path: str, *, writing: bool) -> None:
        if writing and not DRAFT.fullmatch(os.path.basename(path)):
            self.note("written in place", path=path)
        if self.fault == "memory":
            self._strikes()
            exhaust_memory()

    def _renames(self, path: str) -> None:
        self.renames += 1
        self.note("rename", path=path)
        if self.fault in ("kill", "orphan", "hold") and self.renames == HIT_AT_RENAME.get(self.rule, 2):
            kind = self._strikes()
            if kind == "hold":
                return self._pause()
            if kind == "kill":
                os.kill(self.pid, signal.SIGKILL)
            os.kill(int(os.environ["CANOPY_STARTED_BY"].split()[0]), signal.SIGKILL)
            time.sleep(ORPHAN_S)
            self.note("survived")


def real(path: str | os.PathLike) -> str:
    """Return where a file is; `resources` of the checkout is a link to its disk."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def exchange(one: Path, other: Path) -> None:
    """Let two paths change places at once: who reads meanwhile finds one or the other."""
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if ctypes.CDLL(None, use_errno=True).renameat2(here, os.fsencode(one), here, os.fsencode(other), swap):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def exhaust_memory() -> None:
    """Allow no more memory than there is now, and ask for some: the allocation fails as on a full machine."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(),) * 2)
    hoard = []
    while True:
        hoard.append(bytearray(1 << 20))


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def started(pid: int) -> str:
    return stat(pid)[19]


def alive(pid: str, when: str) -> bool:
    try:
        return started(int(pid)) == when and stat(int(pid))[0] not in "ZX"
    except OSError:
        return False


if STATE and len(sys.orig_argv) > 1 and (script := SCRIPT.fullmatch(sys.orig_argv[1])):
    sys.addaudithook(Job(script[1]).watch)
