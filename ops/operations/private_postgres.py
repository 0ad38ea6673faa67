"""A PostgreSQL of a procedure's own: its own data directory, a free port of loopback, nothing of the live one's.

It does not outlive the procedure. Who may reach its socket, in a folder of its owner's, is the superuser there.
"""
import contextlib
import pathlib
import socket
import subprocess
import tempfile

from operations.database_content import read_content
from operations.errors import CouldNotCheck
from operations.programs import last_lines
from operations.psql_session import Session
from operations.stack import wait_until

STOP_SECONDS = 60
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class PrivatePostgres:
    """In a place. `data` stays where it is told to be; without it, it lies with configuration, log and socket in a folder that goes at the end."""

    def __init__(self, place, cleanup, data=None):
        self.lasts = data is not None  # what lies in a folder that goes need not outlive a power cut
        self.place, self.admin = place, place.context.settings.postgres.admin
        self.home = pathlib.Path(place.run(["mktemp", "-d", "-p", place.scratch, "causal-gym-private-XXXXXX"]).stdout.strip())
        cleanup.callback(place.run, ["rm", "-rf", self.home], check=False)
        self.data = pathlib.Path(data) if data else self.home / "data"
        self.port, self.process = free_port(), None
        self.log = cleanup.enter_context(tempfile.TemporaryFile())
        for name, text in (("postgresql.conf", ""), ("pg_hba.conf", HBA), ("pg_ident.conf", "")):
            place.write(self.home / name, text)
        cleanup.callback(self.stop)

    def initialise(self, manifest):
        """An empty cluster such as the manifest's: encoding, locale, checksums."""
        checksums = ["--data-checksums"] if manifest.get("data_checksums", True) else []
        self.place.run(["initdb", "-D", self.data, "-U", self.admin, "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions",
                        f"--encoding={manifest['encoding']}", "--locale=C.UTF-8", f"--lc-collate={manifest['collate']}",
                        f"--lc-ctype={manifest['ctype']}", *checksums, *([] if self.lasts else ["--no-sync"])])

    def start(self, seconds=600):
        """Returns when it takes writes: after recovery, when there is one to be done. It archives nothing."""
        options = {"config_file": self.home / "postgresql.conf", "hba_file": self.home / "pg_hba.conf", "ident_file": self.home / "pg_ident.conf",
                   "listen_addresses": "127.0.0.1", "unix_socket_directories": self.home, "archive_mode": "off", "hot_standby": "off",
                   "logging_collector": "off", "log_destination": "stderr", "max_connections": 40, "shared_preload_libraries": "", "ssl": "off",
                   "fsync": "on" if self.lasts else "off"}
        words = ["postgres", "-D", self.data, "-p", self.port, *(word for name, value in options.items() for word in ("-c", f"{name}={value}"))]
        self.process = subprocess.Popen(self.place.argv(list(map(str, words))), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env=self.place.environment, cwd="/")
        wait_until(self.answers, f"PostgreSQL on {self.data}", seconds)

    def answers(self):
        if self.process.poll() is not None:
            raise CouldNotCheck(f"PostgreSQL does not start on {self.data}: {last_lines(self.told())}")
        return self.place.run(["pg_isready", "-q", "-h", self.home, "-p", self.port], check=False).returncode == 0

    def told(self):
        """What it has logged."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self):
        """By its data directory, as a signal to this side of a container does not reach it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.place.run(["pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", STOP_SECONDS, "stop"], check=False, seconds=2 * STOP_SECONDS)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    # What is asked of it

    def words(self, program, *more):
        return [program, "-h", self.home, "-p", self.port, "-U", self.admin, *more]

    def psql(self, text, database="postgres"):
        return self.place.run(self.words("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"), stdin=text).stdout.strip()

    def restore_dump(self, backup):
        """Roles, then the database with what belongs to it, under its own name; the first error ends it."""
        self.psql((backup.folder / "roles.sql").read_text(encoding="utf-8"))
        with open(backup.folder / "database.dump", "rb") as file:
            self.place.run(self.words("pg_restore", "--create", "--exit-on-error", "-d", "postgres"), stdin=file)

    def session(self, cleanup, database):
        return Session(lambda words, errors: self.place.open(self.words("psql", "-d", database, *words), stderr=errors), cleanup)

    def content(self, database):
        with contextlib.ExitStack() as cleanup:
            session = self.session(cleanup, database)
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return read_content(session)
