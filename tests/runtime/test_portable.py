"""What each system does in its own way: as it is done here, and as it would be done elsewhere."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from canopy.runtime import portable, watchdog


class Msvcrt(SimpleNamespace):
    """What Windows has in place of `fcntl`: a lock of bytes, which a handle that is closed lets go."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__(held={})

    def locking(self, handle: int, mode: int, n_bytes: int) -> None:
        assert (mode, n_bytes) == (self.LK_NBLCK, 1)
        file = os.fstat(handle).st_ino
        try:
            os.fstat(self.held.get(file, -1))
        except OSError:
            self.held[file] = handle
        else:
            raise OSError(errno.EACCES, "Permission denied")


@pytest.fixture(params=["linux", "win32"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "win32":
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
        monkeypatch.delattr(os, "O_NOFOLLOW")
        monkeypatch.delattr(os, "killpg")
    return str(request.param)


@pytest.fixture
def started() -> Iterator["subprocess.Popen[bytes]"]:
    """Start a program that starts another one; both would run for a minute."""
    code = "import subprocess, sys; subprocess.run(['sleep', '60'])"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as process:
        yield process


def test_a_lock_is_held_by_one_until_it_is_let_go(system: str, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = portable.lock(path, wait=True)
    assert held is not None
    assert portable.lock(path, wait=False) is None
    found: list[int | None] = []
    waiting = threading.Thread(target=lambda: found.append(portable.lock(path, wait=True)))
    waiting.start()
    time.sleep(0.3)
    assert found == []
    os.close(held)
    waiting.join(timeout=10)
    assert found != []
    assert found[0] is not None
    os.close(found[0])
    again = portable.lock(path, wait=False)
    assert again is not None
    os.close(again)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_in_a_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "a file of mine")
    with pytest.raises(OSError, match="symbolic links"):
        portable.lock(tmp_path / "lock", wait=False)
    assert not (tmp_path / "a file of mine").exists()


def test_a_process_ends_with_all_that_it_started(system: str, started: "subprocess.Popen[bytes]") -> None:
    psutil = pytest.importorskip("psutil")
    end = time.monotonic() + 20
    while not (children := psutil.Process(started.pid).children()) and time.monotonic() < end:
        time.sleep(0.02)
    assert children
    portable.end_with_children(started)
    started.wait(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_without_handles_of_processes_their_numbers_are_looked_at(
    started: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    monkeypatch.setattr(watchdog, "LOOK_EVERY_S", 0.02)
    watching = threading.Thread(target=watchdog.wait_for_end, args=([started.pid],))
    watching.start()
    time.sleep(0.2)
    assert watching.is_alive()
    portable.end_with_children(started)
    started.wait(timeout=10)
    watching.join(timeout=10)
    assert not watching.is_alive()


def test_a_process_ends_itself_at_once(system: str) -> None:
    hidden = "import signal; del signal.SIGKILL\n" if system == "win32" else ""
    code = f"{hidden}import atexit; atexit.register(print, 'cleaned up')\n"
    code += "from canopy.runtime.portable import end_at_once; end_at_once()"
    scripts = Path(portable.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(scripts)}, capture_output=True, check=False
    )
    assert done.returncode < 0
    assert done.stdout == b""


def test_what_the_processor_can_do_is_read_where_the_system_tells_it(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16\nbugs\t\t: spectre_v1\nflags\t\t: fpu amx_bf16\n")
    assert portable.processor_flags(told) == {"fpu", "avx2", "avx512_bf16", "amx_bf16"}
    assert portable.processor_flags(tmp_path / "nothing") == set()
