"""A SLURM of our own: Debian's slurmctld, slurmd and munged, from one temporary folder, without accounting.

Nothing outside the folder is written, and no SLURM that is installed here is touched: sockets, keys, state and the
configuration lie in the folder, and the ports are free ones. By hand: `PYTHONPATH=tests python -m slurm.cluster FOLDER`
starts it and prints the environment in which `sbatch`, `squeue` and Snakemake find it, until it is interrupted.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "squeue", "scancel", "scontrol", "sinfo", "srun", "sacct")
"""Behind a wrapper each: the plugin takes SLURM's variables from a job's environment, SLURM_CONF among them."""
FORMAT = "JobID:|,State:|,Comment:|,MinMemory:|,tres-per-job:"
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
CONF = """\
ClusterName=canopy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# No control groups (containers forbid them), no database.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/ended.txt
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
MinJobAge=3600
KillWait=2
MessageTimeout=5
ReturnToService=2
GresTypes=gpu
# What the node is said to have, not what it has.
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=work Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [name for name in (*DAEMONS, *CLIENTS) if shutil.which(name, path=PATH) is None]


class Cluster:
    """One node with make-believe GPUs.

    Attributes
    ----------
    environment : dict of str to str
        The variables with which commands find this SLURM.
    deals_gpus : bool
        Whether jobs are told their GPUs' numbers in CUDA_VISIBLE_DEVICES: the GPUs are device files, which only root
        may make. Otherwise they are counted only.
    """

    def __init__(self, folder: Path, *, cpus: int = 6, gpus: int = 2, memory_mb: int = 64000) -> None:
        self.folder, self.host = folder, socket.gethostname().partition(".")[0]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool", "bin"):
            (folder / name).mkdir(parents=True)
        self.conf = folder / "slurm.conf"
        ports = free_ports(2)
        self.conf.write_text(
            CONF.format(
                folder=folder,
                host=self.host,
                user=os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip(),
                cpus=cpus,
                gpus=gpus,
                memory_mb=memory_mb,
                controller_port=ports[0],
                node_port=ports[1],
            )
        )
        self.deals_gpus = all(self._device(folder / f"gpu{number}") for number in range(gpus))
        lines = [f"File={folder / f'gpu{number}'}" for number in range(gpus)] if self.deals_gpus else [f"Count={gpus}"]
        (folder / "gres.conf").write_text("".join(f"NodeName={self.host} Name=gpu {line}\n" for line in lines))
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o400)
        folder.chmod(0o755)  # munged trusts no folder that others may write
        for name in CLIENTS:
            self._wrap(name)
        self.environment = {"SLURM_CONF": str(self.conf), "PATH": os.pathsep.join([str(folder / "bin"), PATH])}

    @staticmethod
    def _device(path: Path) -> bool:
        """Make a device that does nothing; return whether this user may."""
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except OSError:
            return False
        return True

    def _wrap(self, name: str) -> None:
        wrapper = self.folder / "bin" / name
        wrapper.write_text(f"#!/bin/sh\nSLURM_CONF='{self.conf}' exec {shutil.which(name, path=PATH)} \"$@\"\n")
        wrapper.chmod(0o755)

    # The daemons.

    def start(self) -> None:
        """Start all daemons, and return when the node takes jobs."""
        folder = self.folder
        files = [
            f"--{what}={folder / f'munge.{end}'}"
            for what, end in (("socket", "socket"), ("key-file", "key"), ("pid-file", "pid"), ("seed-file", "seed"))
        ]
        self._daemon("munged", "--foreground", "--force", *files, f"--log-file={folder / 'munge.log'}")
        self._wait("munged", (folder / "munge.socket").exists)
        self.start_controller()
        self._daemon("slurmd", "-D", "-f", str(self.conf), "-N", self.host)
        self._wait("slurmd", lambda: self.ask("sinfo", "-h", "-o", "%T") in ("idle", "mixed", "allocated"))

    def start_controller(self) -> None:
        """Start slurmctld, with the state that an earlier one saved."""
        self._daemon("slurmctld", "-D", "-f", str(self.conf))
        self._wait("slurmctld", lambda: "is UP" in self.ask("scontrol", "ping"))

    def stop_controller(self) -> None:
        """End slurmctld as `systemctl stop` does: by SIGTERM, upon which it saves its state."""
        self._end("slurmctld")

    def stop(self) -> None:
        """Cancel all jobs and end all daemons."""
        if self._runs("slurmctld"):
            self.ask("scancel", "--user", str(os.getuid()))
            end = time.monotonic() + 20
            while self.ask("squeue", "-h", "-o", "%i") and time.monotonic() < end:
                time.sleep(0.2)
        for name in ("slurmd", "slurmctld", "munged"):
            self._end(name)

    def _daemon(self, name: str, *arguments: str) -> None:
        program = shutil.which(name, path=PATH)
        assert program is not None
        with open(self.folder / f"{name}.said", "ab") as said:
            self.processes[name] = subprocess.Popen(
                [program, *arguments],
                env={**os.environ, **self.environment},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _runs(self, name: str) -> bool:
        return name in self.processes and self.processes[name].poll() is None

    def _end(self, name: str) -> None:
        if self._runs(name):
            self.processes[name].send_signal(signal.SIGTERM)
            try:
                self.processes[name].wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.processes[name].kill()
                self.processes[name].wait()

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not ready():
            if time.monotonic() > end or not self._runs(name):
                told = "".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob(f"{name}.[ls]*"))
                raise RuntimeError(f"{name} did not start:\n{told}")
            time.sleep(0.1)

    # The clients.

    def ask(self, *command: str) -> str:
        """Run a client and return what it printed; nothing if it failed."""
        asked = subprocess.run(
            [str(Path(shutil.which(command[0], path=PATH) or command[0])), *command[1:]],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.stdout.strip() if asked.returncode == 0 else ""

    def jobs(self) -> list[dict[str, str]]:
        """Return all jobs that slurmctld remembers, by number: what Snakemake says it is, and what it asked for."""
        lines = self.ask("squeue", "-h", "--states=all", "--sort=i", "-O", FORMAT).splitlines()
        return [dict(zip(("id", "state", "what", "memory", "gpus"), line.split("|"), strict=True)) for line in lines]


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Give a cluster that runs, and end it."""
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def main() -> None:
    if missing():
        sys.exit(f"error: {', '.join(missing())} not installed: apt-get install slurm-wlm munge")
    with running(Path(sys.argv[1]).resolve()) as cluster:
        for name, value in cluster.environment.items():
            print(f"export {name}='{value}'", flush=True)
        for end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(end, lambda *_: sys.exit())
        signal.pause()


if __name__ == "__main__":
    main()
