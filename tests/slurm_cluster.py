"""A SLURM of one node on the loopback interface: no network, no accounting, stopped with what it started."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol")

CONFIGURATION = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
ReturnToService=2
MinJobAge=86400
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=32000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class Job:
    """What the queue says of a job, finished ones included."""

    number: str
    state: str
    memory: str
    rule: str


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    host: str
    environment: dict[str, str]

    def call(self, *command: str) -> str:
        """One of SLURM's programs; what it printed."""
        done = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=60
        )
        return done.stdout if done.returncode == 0 else ""

    def jobs(self) -> list[Job]:
        """Every job there has been, in the order of submission."""
        text = self.call("squeue", "--states=all", "-h", "--sort=i", "-o", "%i|%T|%m|%k")
        rows = [line.split("|", 3) for line in text.splitlines()]
        return [Job(*row[:3], row[3].removeprefix("rule_").split("_wildcards")[0]) for row in rows]

    def node(self, state: str) -> None:
        """Drain the node or resume it."""
        self.call("scontrol", "update", f"nodename={self.host}", f"state={state}", "reason=test")

    @property
    def node_state(self) -> str:
        return self.call("sinfo", "-h", "-o", "%T").strip()


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], other.getsockname()[1]]


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster with its files in a folder; on the way out every process it consists of is stopped."""
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool", "log", "run", "bin"):
        (folder / name).mkdir(parents=True)
    conf = folder / "slurm.conf"
    conf.write_text(CONFIGURATION.format(host=host, user=getpass.getuser(), folder=folder, ports=_free_ports()))
    (folder / "gres.conf").write_text(f"NodeName={host} Name=gpu File=/dev/null\n")
    (folder / "cgroup.conf").write_text("CgroupPlugin=autodetect\nCgroupAutomount=no\n")
    srun = folder / "bin" / "srun"  # Snakemake's job steps forget where the configuration is
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec {shutil.which("srun")} "$@"\n')
    srun.chmod(0o755)
    environment = {"SLURM_CONF": str(conf), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    commands = (["slurmctld", "-D", "-i", "-f", str(conf)], ["slurmd", "-D", "-N", host, "-f", str(conf)])
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            started.append(subprocess.Popen(command, env={**os.environ, **environment}, **quiet))
        running = Cluster(host, environment)
        _wait(lambda: running.node_state == "idle", f"no node came up; see {folder / 'log'}")
        try:
            yield running
        finally:
            running.call("scancel", "--user", getpass.getuser())
            _wait(lambda: not running.call("squeue", "-h", "--states=running,completing").strip(), "jobs do not end")
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=30)
        _end_orphans(conf)


def _end_orphans(conf: Path) -> None:
    """Kill what outlived its job: without cgroups SLURM loses sight of a process whose parent was killed."""
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended meanwhile, or is another user's
            if f"SLURM_CONF={conf}".encode() in environ.read_bytes().split(b"\0"):
                os.kill(int(environ.parent.name), signal.SIGKILL)


def _wait(condition, failure: str, seconds: float = 60) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, failure
        time.sleep(0.1)
