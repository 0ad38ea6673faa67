"""A PostgreSQL of a procedure's own, on a bare host: its own data directory, a free port of loopback, nothing of the live one's.

It is started by this process and does not outlive it. Who may reach its socket, in a folder of its owner's, is the superuser there.
"""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from operations.errors import CouldNotCheck
from operations.programs import last_lines, open_program, run_program
from operations.psql_session import Session
from operations.stack import wait_until

STOP_SECONDS = 60
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class PrivatePostgres:
    """`home`: a folder for its configuration, log and socket, removed at the end; `data` stays where it is told to be."""

    def __init__(self, stack, cleanup, data=None, scratch=None):
        self.stack, self.settings = stack, stack.settings.postgres
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-private-", dir=scratch or None))
        cleanup.callback(shutil.rmtree, self.home, ignore_errors=True)
        if os.geteuid() == 0:
            shutil.chown(self.home, self.settings.system_user, self.settings.system_user)
        self.data = pathlib.Path(data) if data else self.home / "data"
        self.log, self.port, self.process = self.home / "log", free_port(), None
        for name, text in (("postgresql.conf", ""), ("pg_hba.conf", HBA), ("pg_ident.conf", "")):
            (self.home / name).write_text(text, encoding="ascii")
            (self.home / name).chmod(0o644)
        cleanup.callback(self.stop)

    def owner(self, argv, *, seconds=600, stdin=None, check=True):
        given = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return run_program(self.stack.as_owner(argv), environment=given, seconds=seconds, stdin=stdin, check=check, folder="/")

    def initialise(self, manifest):
        """An empty cluster such as the manifest's: encoding, locale, checksums."""
        checksums = ["--data-checksums"] if manifest.get("data_checksums", True) else []
        self.owner(["initdb", "-D", self.data, "-U", self.settings.admin, "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions",
                    f"--encoding={manifest['encoding']}", f"--lc-collate={manifest['collate']}", f"--lc-ctype={manifest['ctype']}", "--locale=C.UTF-8",
                    *checksums])

    def start(self, seconds=600):
        """Returns when it takes writes: after recovery, when there is one to be done."""
        options = {"config_file": self.home / "postgresql.conf", "hba_file": self.home / "pg_hba.conf", "ident_file": self.home / "pg_ident.conf",
                   "listen_addresses": "127.0.0.1", "unix_socket_directories": self.home, "archive_mode": "off", "hot_standby": "off",
                   "logging_collector": "off", "max_connections": 40, "shared_preload_libraries": "", "ssl": "off"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with open(self.log, "ab") as log:
            given = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
            self.process = subprocess.Popen([str(word) for word in self.stack.as_owner(["postgres", "-D", self.data, "-p", self.port, *words])],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=given, cwd="/")
        wait_until(self.answers, f"PostgreSQL on {self.data}", seconds)

    def answers(self):
        if self.process.poll() is not None:
            raise CouldNotCheck(f"PostgreSQL does not start on {self.data}: {last_lines(self.log.read_text(errors='replace'))}")
        return run_program(self.stack.found("postgres", ["pg_isready", "-q", "-h", self.home, "-p", self.port]), check=False, seconds=10).returncode == 0

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(2)  # SIGINT: a fast shutdown
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # What is asked of it

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"PGHOST": str(self.home), "PGPORT": str(self.port), "PGUSER": self.settings.admin}

    def run(self, argv, *, stdin=None, seconds=600):
        return run_program(self.stack.found("postgres", argv), stdin=stdin, seconds=seconds, environment=self.environment())

    def psql(self, text, database="postgres", seconds=600):
        return self.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"], stdin=text, seconds=seconds).stdout

    def session(self, cleanup, database):
        def open_psql(words, errors):
            argv = self.stack.found("postgres", ["psql", "-d", database, *words])
            return open_program(argv, environment=self.environment(), stderr=errors)
        return Session(open_psql, cleanup)

    def restore_dump(self, backup, seconds=3600):
        """Roles, then the database with what belongs to it, under its own name; the first error ends it."""
        self.psql((backup.folder / "roles.sql").read_text(encoding="utf-8"))
        with open(backup.folder / "database.dump", "rb") as file:
            self.run(["pg_restore", "--create", "--exit-on-error", "-d", "postgres"], stdin=file, seconds=seconds)

    def content(self, database):
        from operations.database_content import read_content
        with contextlib.ExitStack() as cleanup:
            session = self.session(cleanup, database)
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return read_content(session)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"
