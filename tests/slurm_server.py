"""A Slurm of one node on the loopback interface, as long as a block runs."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

__all__ = ["MISSING", "slurm"]

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")

PATH = os.pathsep.join(["/usr/sbin", "/usr/local/sbin", os.environ.get("PATH", "")])

MISSING = [name for name in NEEDED if shutil.which(name, path=PATH) is None]
"""Programs that are not on this machine."""

PATIENCE = 60.0
"""Seconds the daemons have to come up."""

CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
MailProg=/bin/true
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
MinJobAge=5
ReturnToService=2
NodeName=node0 NodeAddr=127.0.0.1 NodeHostname={host} CPUs={cpus}
PartitionName=all Nodes=node0 Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def slurm(folder: Path, cpus: int = 2) -> Iterator[dict[str, str]]:
    """The environment that reaches the server.

    Args:
        folder: short and empty: a socket has a name of at most 107 characters.
        cpus: jobs at once.
    """
    environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
    _configure(folder, cpus)
    with ExitStack() as daemons:
        for command in (
            [
                *("munged", "--foreground", "--force", f"--key-file={folder}/munge.key"),
                *(f"--socket={folder}/munge.socket", f"--pid-file={folder}/munge.pid"),
                *(f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed"),
            ],
            ["slurmctld", "-D", "-c"],
            ["slurmd", "-D", "-c", "-N", "node0"],
        ):
            daemons.enter_context(_daemon(command, folder, environment))
            if command[0] == "munged":
                _wait((folder / "munge.socket").exists, folder)
        _wait(lambda: _idle(environment), folder)
        daemons.callback(_cancel_all, environment)
        yield environment


def _configure(folder: Path, cpus: int) -> None:
    # others must reach the socket of munge
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    controller, node = _free_ports()
    host = socket.gethostname().partition(".")[0]
    text = CONFIGURATION.format(
        controller=controller, node=node, folder=folder, user=getpass.getuser(), host=host, cpus=cpus
    )
    (folder / "slurm.conf").write_text(text)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


@contextmanager
def _daemon(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (folder / f"{command[0]}.out").open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _idle(environment: dict[str, str]) -> bool:
    answer = subprocess.run(
        ["sinfo", "--noheader", "--format=%t"], env=environment, capture_output=True, text=True, check=False
    )
    return answer.stdout.split() == ["idle"]


def _cancel_all(environment: dict[str, str]) -> None:
    """End what a test that failed has left: it would outlive the daemons."""
    subprocess.run(["scancel", f"--user={getpass.getuser()}"], env=environment, check=False)
    end = time.monotonic() + 10.0
    while time.monotonic() < end:
        answer = subprocess.run(["squeue", "--noheader"], env=environment, capture_output=True, check=False)
        if not answer.stdout:
            return
        time.sleep(0.1)


def _wait(ready: object, folder: Path) -> None:
    assert callable(ready)
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            logs = "\n".join(f"{path}:\n{path.read_text()[-2000:]}" for path in sorted(folder.glob("*.out")))
            raise RuntimeError(f"Slurm does not come up:\n{logs}")
        time.sleep(0.1)
