"""How a procedure reaches the services, whether they are containers of a compose stack or programs of a bare host."""
import abc
import contextlib
import csv
import dataclasses
import io
import json
import pathlib
import select
import shutil
import time

from operations.errors import CouldNotCheck
from operations.programs import run_program
from operations.settings import checkout

SCALABLE = ("app", "worker")


@dataclasses.dataclass(frozen=True)
class ServiceState:
    service: str
    instance: str  # a container's or unit's name
    running: bool
    health: str  # healthy, unhealthy, starting, or empty where nothing tells
    detail: str = ""

    @property
    def well(self):
        return self.running and self.health in ("healthy", "")


class Stack(abc.ABC):
    """Services go by the names of docker-compose.yml. Methods raise CouldNotCheck when a service is out of reach."""

    kind = ""

    def __init__(self, settings, cleanup):
        self.settings, self.cleanup = settings, cleanup
        self.pooler_secret = settings.pgbouncer.password  # another one while it is being changed

    @abc.abstractmethod
    def states(self):
        """A ServiceState for each instance of each service, also of those that have ended."""

    @abc.abstractmethod
    def expected(self):
        """The services that must run."""

    @abc.abstractmethod
    def run(self, service, argv, *, stdin=None, seconds=120, stdout=None, check=True, environment=None):
        """A program where the service is, as the service's own user; like run_program."""

    @abc.abstractmethod
    def open(self, service, argv, *, environment=None, stderr=None):
        """Such a program while it runs, with pipes of bytes to talk through."""

    @abc.abstractmethod
    def logs(self, service, hours):
        """The lines that a service wrote in the last hours, oldest first, of all its instances."""

    @abc.abstractmethod
    def start(self, service): ...

    @abc.abstractmethod
    def stop(self, service): ...

    @abc.abstractmethod
    def restart(self, service, instance=""):
        """All instances, one after another, each ready before the next; or one."""

    @abc.abstractmethod
    def reload(self, service):
        """Makes it read its configuration again without ending; checks the configuration first where that can be done."""

    @abc.abstractmethod
    def scale(self, service, count):
        """So many instances of app or worker, each ready before traffic reaches it and drained before it ends."""

    @abc.abstractmethod
    def sql_command(self, user, database):
        """(argv, environment) of a psql that is connected as `user`: admin, user or another role with a secret."""

    @abc.abstractmethod
    def redis_command(self):
        """(argv, environment) of redis-cli, signed in."""

    @abc.abstractmethod
    def database_address(self):
        """(host, port) at which servers and workers are told to find PostgreSQL: its own or PgBouncer's."""

    @abc.abstractmethod
    def tell_database_address(self, host, port):
        """Servers and workers that start from now on look for PostgreSQL there."""

    @abc.abstractmethod
    def pooler_address(self):
        """(host, port) of PgBouncer, as servers reach it."""

    @abc.abstractmethod
    def postgres_address(self):
        """(host, port) of PostgreSQL, as servers reach it."""

    @abc.abstractmethod
    def tell_database(self, user, password):
        """Servers and workers that start from now on sign in at PostgreSQL as this role; those that run go on."""

    @abc.abstractmethod
    def signs_in(self, user, password, through_pooler=False):
        """Whether PostgreSQL, or PgBouncer, lets this role in."""

    @abc.abstractmethod
    def environment_file(self):
        """The file of NAME=VALUE lines that configures servers and workers."""

    @abc.abstractmethod
    def check_configuration(self, path, values):
        """CouldNotCheck tells what `causal-gym config check` finds in this file, whose variables are `values`."""

    @abc.abstractmethod
    def read_environment_anew(self):
        """Servers and workers that are restarted from now on take what stands in the file."""

    @abc.abstractmethod
    def tell_redis(self, password):
        """Servers and workers that start from now on use this password, whose secret is in place already; the exporter uses it at once."""

    @abc.abstractmethod
    def exported(self):
        """What the exporter of PostgreSQL tells: the text of its metrics."""

    @abc.abstractmethod
    def tell_pooler(self, role, password):
        """PgBouncer signs in at PostgreSQL with this from now on."""

    @abc.abstractmethod
    def direct_urls(self, service):
        """Where each instance is reached without nginx, as far as it is from here."""

    @abc.abstractmethod
    def pooler_command(self):
        """(argv, environment) of a psql that is connected to PgBouncer's console, run where PostgreSQL's programs are."""

    def states_of(self, service):
        return [state for state in self.states() if state.service == service]

    def runs(self, service):
        return any(state.service == service and state.running for state in self.states())

    def instances(self, service):
        return [state.instance for state in self.states_of(service)]

    def secret_path(self, name):
        return pathlib.Path(self.settings.paths.secrets) / name

    def secret(self, name):
        path = self.secret_path(name)
        try:
            return path.read_text(encoding="utf-8").removesuffix("\n")
        except OSError as error:
            raise CouldNotCheck(f"the secret {path} cannot be read: {error.strerror}") from error

    def sql(self, text, *, user="", database="", seconds=60):
        """Rows of one statement, each a list of texts. `user` is the application's role when empty."""
        argv, environment = self.sql_command(user or self.settings.postgres.user, database or self.settings.postgres.database)
        done = self.run("postgres", [*argv, "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"], stdin=text,
                        seconds=seconds, environment=environment)
        return list(csv.reader(io.StringIO(done.stdout)))

    def admin_sql(self, text, *, database="", seconds=60):
        return self.sql(text, user=self.settings.postgres.admin, database=database, seconds=seconds)

    def pooler(self, text, seconds=30):
        """Rows of one command of PgBouncer's console, each as {column: text}."""
        argv, environment = self.pooler_command()
        done = self.run("postgres", [*argv, "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", "-f", "-"], stdin=text + ";\n",
                        seconds=seconds, environment=environment)
        return list(csv.DictReader(io.StringIO(done.stdout)))

    @contextlib.contextmanager
    def pooler_held(self, seconds=20):
        """PgBouncer's clients wait meanwhile instead of failing. It goes on whatever becomes of us: the end of our pipe is enough."""
        argv, environment = self.pooler_command()
        name = self.settings.postgres.database
        script = f'(echo "PAUSE {name};"; echo "\\\\! echo held"; read -r _; echo "RESUME {name};") | "$@"'
        with self.open("postgres", ["sh", "-c", script, "sh", *argv, "-X", "-q", "-f", "-"], environment=environment) as process:
            try:
                if not select.select([process.stdout], [], [], seconds)[0] or process.stdout.readline().strip() != b"held":
                    raise CouldNotCheck(f"PgBouncer did not pause within {seconds} s: a transaction lasts longer, or its console refuses us")
                yield
            finally:
                process.stdin.close()
                process.wait(seconds)

    def redis_signs_in(self, password):
        argv, environment = self.redis_command()
        done = self.run("redis", [*argv, "-e", "ping"], seconds=10, environment=environment | {"REDISCLI_AUTH": password}, check=False)
        return done.stdout.strip() == "PONG"

    def redis(self, *words, seconds=10):
        """The reply as text; errors of Redis are CouldNotCheck."""
        argv, environment = self.redis_command()
        return self.run("redis", [*argv, "-e", *words], seconds=seconds, environment=environment).stdout.strip()


def wait_until(condition, what, seconds):
    """Polls; CouldNotCheck names what did not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise CouldNotCheck(f"{what} did not come within {seconds:g} s")
        time.sleep(0.1)


def compose_client():
    """The words before `up`, `ps`...: Compose v2, else docker-compose 1.29, else None."""
    if shutil.which("docker"):
        try:
            run_program(["docker", "compose", "version"], seconds=10)
            return ["docker", "compose"]
        except CouldNotCheck:
            pass
    return ["docker-compose"] if shutil.which("docker-compose") else None


def open_stack(settings, cleanup):
    from operations.compose_stack import ComposeStack
    from operations.host_stack import HostStack
    if settings.stack.kind not in ("auto", "compose", "host"):
        raise CouldNotCheck(f"stack.kind must be auto, compose or host, not {settings.stack.kind!r}")
    kind = settings.stack.kind
    if kind == "auto":
        folder = pathlib.Path(settings.stack.folder or checkout())
        has_files = all((folder / file).exists() for file in settings.stack.compose_files)
        kind = "compose" if has_files and shutil.which("docker") else "host"
    return (ComposeStack if kind == "compose" else HostStack)(settings, cleanup)


def json_lines(text):
    """Values of a text that is one JSON array, or one object a line: both forms are printed by versions of Compose."""
    text = text.strip()
    if text.startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]
