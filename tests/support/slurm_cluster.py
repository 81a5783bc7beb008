"""A Slurm cluster of two nodes on this machine, for as long as a test takes.

The nodes believe that they have 64 CPUs and 8 GPUs each (terminals stand for those), so that batch scripts
run as they are.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from running import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

NODES = ("n1", "n2")

MISSING = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if shutil.which(name) is None] + [
    path for path in ("/dev/tty0", "/dev/tty7") if not Path(path).exists()
]
"""What a cluster needs and this machine has not."""

CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
GresTypes=gpu
MpiDefault=none
ReturnToService=2
FirstJobId={job}
PartitionName=all Nodes=ALL Default=YES State=UP
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=64 Gres=gpu:8\n"


@contextlib.contextmanager
def slurm_cluster(folder: Path, *, job: int) -> Iterator[dict[str, str]]:
    """The environment in which `sbatch` finds the cluster; `job` is its first job's number."""
    host = socket.gethostname()
    ports = free_ports(1 + len(NODES))
    conf = CONF.format(folder=folder, host=host, port=ports[0], user=getpass.getuser(), job=job)
    conf += "".join(
        NODE.format(name=name, host=host, port=port) for name, port in zip(NODES, ports[1:], strict=True)
    )
    for name in ("state", *NODES):
        (folder / name).mkdir()
    (folder / "slurm.conf").write_text(conf, "utf-8")
    (folder / "gres.conf").write_text("Name=gpu File=/dev/tty[0-7]\n", "utf-8")
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    munge = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
    commands = [
        ["munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *munge],
        ["slurmctld", "-D", "-f", str(folder / "slurm.conf")],
        *(["slurmd", "-D", "-N", name, "-f", str(folder / "slurm.conf")] for name in NODES),
    ]
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            if started:
                assert eventually((folder / "munge.socket").exists)
            with (folder / f"{len(started)}.out").open("wb") as out:
                started.append(subprocess.Popen(command, env=environment, stdout=out, stderr=out))
        assert eventually(lambda: idle(environment) == len(NODES), 120), said(folder)
        yield environment
    finally:
        # What a job runs outlives the daemons.
        cancel = ["scancel", f"--user={getpass.getuser()}"]
        subprocess.run(cancel, env=environment, check=False)
        eventually(lambda: idle(environment) == len(NODES), 60)
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def idle(environment: dict[str, str]) -> int:
    """How many nodes wait for work."""
    command = ["sinfo", "--noheader", "--Node", "--format=%T"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.split().count("idle")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def said(folder: Path) -> str:
    """The last that the daemons wrote."""
    written = [*folder.glob("*.log"), *folder.glob("*.out")]
    return "\n".join(f"{path.name}: {path.read_text('utf-8', 'replace')[-1500:]}" for path in sorted(written))
