"""Where a backup is tried: an instance of PostgreSQL and a server of its own, apart from the live stack in data, ports and network."""
import contextlib
import os
import pathlib
import subprocess
import tempfile
import urllib.parse

from operations.database_content import read_content
from operations.errors import CouldNotCheck
from operations.place import open_place
from operations.private_postgres import PrivatePostgres, free_port
from operations.programs import last_lines, open_program, run_program
from operations.psql_session import Session
from operations.recovery_settings import recovery_settings
from operations.settings import causal_gym
from operations.stack import wait_until
from operations.web import request

READY_SECONDS = 120


def answers(url):
    with contextlib.suppress(CouldNotCheck):
        return request(url, seconds=3)[0] == 200
    return False


class HostTrial:
    """On a bare host: programs of this procedure's own on free ports of loopback."""

    def __init__(self, context, cleanup):
        self.context, self.settings, self.cleanup = context, recovery_settings(context.settings), cleanup
        self.postgres = PrivatePostgres(open_place(context, cleanup), cleanup)
        self.home = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="causal-gym-trial-", dir=self.settings.scratch or None)))
        self.database, self.process = context.settings.postgres.database, None

    def restore(self, backup):
        self.postgres.initialise(backup.manifest)
        self.postgres.start()
        self.database = backup.manifest["database"]
        self.postgres.restore_dump(backup)

    def content(self):
        return self.postgres.content(self.database)

    @property
    def access(self):
        told = self.settings.access
        return self.context.stack.secret_path("jwt_secret_key").is_file() if told == "auto" else told == "on"

    def environment(self):
        """Nothing of the live stack's but its secrets: no Redis, no models' keys, and no run is carried out."""
        secret_path = self.context.stack.secret_path
        given = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.home), "DATABASE_URL_FILE": str(self.home / "database_url"),
                 "CAUSAL_GYM_ADDRESS": "127.0.0.1", "CAUSAL_GYM_PORT": str(self.port), "CAUSAL_GYM_METRICS_PORT": str(free_port()),
                 "CAUSAL_GYM_WORK_IN_SERVER": "false", "CAUSAL_GYM_AUTH_ACCESS": "on" if self.access else "off"}
        if self.access:
            given["JWT_SECRET_KEY_FILE"] = str(secret_path("jwt_secret_key"))
        if self.access and secret_path("second_factor_key").is_file():
            given["CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY_FILE"] = str(secret_path("second_factor_key"))
        return given | self.settings.environment

    def start_application(self):
        """Its address, when it is ready. It signs in to the database as the live one does."""
        postgres = self.context.settings.postgres
        password = urllib.parse.quote(self.context.stack.secret(postgres.user_password), safe="")
        (self.home / "database_url").write_text(f"postgresql://{postgres.user}:{password}@127.0.0.1:{self.postgres.port}/{self.database}\n", encoding="utf-8")
        self.port = free_port()
        self.given = self.environment()
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", causal_gym(self.context.settings), "serve"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=self.given, cwd=self.home)
        self.cleanup.callback(self.stop_application)
        url = f"http://127.0.0.1:{self.port}"
        wait_until(lambda: self.is_ready(url), f"the server on the restored database, at {url},", READY_SECONDS)
        return url

    def is_ready(self, url):
        if self.process.poll() is not None:
            raise CouldNotCheck(f"the server does not start on the restored database: {last_lines((self.home / 'log').read_text(errors='replace'))}")
        return answers(url + "/ready")

    def stop_application(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def program(self, *words, stdin=None, check=True):
        """causal-gym on the restored database."""
        return run_program([causal_gym(self.context.settings), *words], environment=self.given, stdin=stdin, check=check, seconds=self.context.seconds_left)


class ComposeTrial:
    """Of containers: docker-compose.test.yml as a project of its own, whose network leads nowhere else; gone at the end, volumes and all."""

    FILE = "docker-compose.test.yml"

    def __init__(self, context, cleanup):
        self.context, self.stack, self.cleanup = context, context.stack, cleanup
        self.settings = recovery_settings(context.settings)
        self.port, self.project = free_port(), f"causal-trial-{os.getpid()}"
        self.database, self.access = context.settings.postgres.database, True
        given = {"TEST_HTTP_PORT": str(self.port), "TEST_METRICS_PORT": str(free_port()), "SECRETS": str(self.stack.secret_path("x").parent)}
        self.environment = dict(os.environ) | given
        if not (self.stack.folder / self.FILE).exists():
            raise CouldNotCheck(f"{self.stack.folder}/{self.FILE} is missing: a backup is tried in the containers that it describes")
        cleanup.callback(self.compose, "down", "-v", "--remove-orphans", check=False)

    def argv(self, *words):
        return [*self.stack.client, "-p", self.project, "-f", self.FILE, *words]

    def compose(self, *words, seconds=600, **options):
        return run_program(self.argv(*words), folder=self.stack.folder, environment=self.environment, seconds=seconds, **options)

    def psql(self, text, database="postgres"):
        admin = self.context.settings.postgres.admin
        self.compose("exec", "-T", "postgres", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", admin, "-d", database, "-f", "-", stdin=text)

    def restore(self, backup):
        """Over what the image makes at its first start, which is dropped."""
        self.database = backup.manifest["database"]
        self.compose("up", "-d", "postgres")
        ready = ("exec", "-T", "postgres", "psql", "-X", "-U", self.context.settings.postgres.admin, "-d", self.database, "-c", "SELECT 1")
        wait_until(lambda: self.compose(*ready, check=False).returncode == 0, "PostgreSQL of the trial", READY_SECONDS)
        self.psql(f'DROP DATABASE IF EXISTS "{self.database}"')
        self.psql((backup.folder / "roles.sql").read_text(encoding="utf-8"))
        with open(backup.folder / "database.dump", "rb") as file:
            self.compose("exec", "-T", "postgres", "pg_restore", "-U", self.context.settings.postgres.admin, "--create", "--exit-on-error", "-d", "postgres",
                         stdin=file, seconds=self.context.seconds_left)

    def content(self):
        with contextlib.ExitStack() as cleanup:
            def open_psql(words, errors):
                argv = self.argv("exec", "-T", "postgres", "psql", "-U", self.context.settings.postgres.admin, "-d", self.database, *words)
                return open_program(argv, folder=self.stack.folder, environment=self.environment, stderr=errors)
            session = Session(open_psql, cleanup)
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return read_content(session)

    def start_application(self):
        self.compose("up", "-d", "--no-deps", "app")
        url = f"http://127.0.0.1:{self.port}"
        wait_until(lambda: answers(url + "/ready"), f"the server on the restored database, at {url},", READY_SECONDS)
        return url

    def program(self, *words, stdin=None, check=True):
        return self.compose("exec", "-T", "app", "causal-gym", *words, stdin=stdin if stdin is not None else "", check=check)


def open_trial(context, cleanup):
    return (ComposeTrial if context.stack.kind == "compose" else HostTrial)(context, cleanup)
