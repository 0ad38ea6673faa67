"""Debian's PostgreSQL for tests of the built program: on a free loopback port, in a temporary folder, with a password."""
import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
PASSWORD = "p@ss/w'rd-s3cret"
MOST_SECONDS = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def as_postgres(*command):
    """PostgreSQL refuses root."""
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "KILL"] if os.geteuid() == 0 else []
    return [*user, *map(str, command)]


# Its arguments: the folder to mount on, its size, the commands that come after. In namespaces of its own.
ON_SMALL_DISK = 'mount -t tmpfs -o "size=$2,mode=777" none "$1" && eval "exec $3"'


def wait_for_state(pid, states):
    """Until the process is in one of these (as in /proc/PID/stat), or is no more."""
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state in states:
            return
        time.sleep(0.005)
    raise AssertionError(f"process {pid} came to none of {states}")


class Postgres:
    """With disk_bytes, on a file system of that size, which `disk` leads to."""

    def __init__(self, disk_bytes=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o777)
        secret = self.folder / "password"
        secret.write_text(PASSWORD + "\n")
        self.port, self.databases = free_port(), 0
        disk = self.folder / "disk"
        disk.mkdir()
        disk.chmod(0o777)
        make = as_postgres(PROGRAMS / "initdb", "-D", disk / "data", "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={secret}",
                           "--data-checksums", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        serve = as_postgres(PROGRAMS / "postgres", "-D", disk / "data", "-p", self.port, "-k", "", "-c", "listen_addresses=127.0.0.1",
                            *(["-c", "fsync=off"] if disk_bytes is None else ["-c", "min_wal_size=32MB", "-c", "max_wal_size=32MB"]))
        if disk_bytes is not None:
            both = shlex.join(["sh", "-c", f"{shlex.join(make)} && exec {shlex.join(serve)}"])
            # Who is not root is so in a namespace, where it can mount, and itself again in one within.
            inner = both if os.geteuid() == 0 else f"unshare -U --map-user={os.getuid()} --map-group={os.getgid()} {both}"
            serve = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", ON_SMALL_DISK, "sh", str(disk), str(disk_bytes), inner]
        else:
            subprocess.run(make, check=True, capture_output=True, cwd="/", timeout=MOST_SECONDS)
        self.command = serve
        self.start()
        self.disk = pathlib.Path(f"/proc/{self.process.pid}/root{disk}")
        self.sql("CREATE ROLE causal_user LOGIN PASSWORD '" + PASSWORD.replace("'", "''") + "'")

    def start(self):
        """Returns when it answers."""
        with open(self.folder / "postgres.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + MOST_SECONDS
        while self.sql("SELECT 1", check=False) != "1":
            assert time.monotonic() < deadline, (self.folder / "postgres.log").read_text(encoding="utf-8")
            time.sleep(0.05)

    def kill(self):
        """With SIGKILL: the process that starts all others, and each of these, of which none is left; of one that is on no disk of its own."""
        pid = self.process.pid
        self.process.send_signal(signal.SIGSTOP)  # so that it starts no more
        wait_for_state(pid, "TZ")
        children = list(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
        self.process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.wait(MOST_SECONDS)
        for child in children:  # the next server refuses to start while one holds the memory that they share
            wait_for_state(child, "Z")

    def close(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(MOST_SECONDS)
        shutil.rmtree(self.folder)

    def sql(self, text, database="postgres", check=True):
        done = subprocess.run(["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-c", text],
                              capture_output=True, text=True, env={**os.environ, "PGPASSWORD": PASSWORD}, timeout=MOST_SECONDS)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout.strip()

    def new_database(self):
        self.databases += 1
        self.sql(f"CREATE DATABASE runs{self.databases} OWNER causal_user")
        return f"runs{self.databases}"

    def url(self, database, with_password=True):
        secret = ":" + urllib.parse.quote(PASSWORD, safe="") if with_password else ""
        return f"postgresql://causal_user{secret}@127.0.0.1:{self.port}/{database}"
