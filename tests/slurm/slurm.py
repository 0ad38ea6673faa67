"""Debian's Slurm for tests: munged, slurmctld and one slurmd on free loopback ports, in a temporary folder."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

MOST_SECONDS = 60
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={control_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
ReturnToService=2
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=lab Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Slurm:
    def __init__(self, cpus=4):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o755)  # or munge warns
        self.processes = []
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.configuration = self.folder / "slurm.conf"
        control_port, node_port = free_ports(2)
        self.configuration.write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], user=pwd.getpwuid(os.geteuid()).pw_name, folder=self.folder, cpus=cpus,
            control_port=control_port, node_port=node_port))
        self.environment = {**os.environ, "SLURM_CONF": str(self.configuration)}
        try:
            self._start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                        f"--pid-file={self.folder}/munge.pid", f"--log-file={self.folder}/munge.log", f"--seed-file={self.folder}/munge.seed")
            self._until(lambda: (self.folder / "munge.socket").exists())
            self._start("slurmctld", "-D", "-c")
            self._start("slurmd", "-D")
            self._until(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T", check=False))
        except BaseException:
            self.close()
            raise

    def _start(self, program, *arguments):
        with open(self.folder / f"{program}.out", "w", encoding="utf-8") as out:
            self.processes.append(subprocess.Popen([f"/usr/sbin/{program}", *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                                   env=self.environment, cwd=self.folder))

    def _until(self, condition):
        deadline = time.monotonic() + MOST_SECONDS
        while not condition():
            assert time.monotonic() < deadline and all(each.poll() is None for each in self.processes), self.logs()
            time.sleep(0.1)

    def logs(self):
        return "\n".join(f"{file}: {file.read_text()[-2000:]}" for file in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out")))

    def run(self, *command, check=True, **more):
        """What a program of Slurm prints."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, cwd=self.folder, env={**self.environment, **more})
        assert not check or done.returncode == 0, done.stderr + self.logs()
        return done.stdout.strip()

    def states(self):
        """Of the jobs that have not ended: by id, what Slurm says of them."""
        lines = self.run("squeue", "-h", "-r", "-o", "%A %T").splitlines()
        return dict(line.split() for line in lines)

    def close(self):
        if len(self.processes) > 1:
            self.run("scancel", "--user", pwd.getpwuid(os.geteuid()).pw_name, check=False)
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(MOST_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder)
