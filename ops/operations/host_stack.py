"""The services as programs of a bare host: units of systemd, or of whatever answers the same verbs."""
import contextlib
import glob
import json
import os
import pathlib
import re
import shutil
import tempfile
import time
import urllib.parse

from operations.compose_stack import role_secret
from operations.errors import CouldNotCheck
from operations.left_behind import PRIVATE
from operations.programs import open_program, run_program
from operations.secret_files import replace_secret
from operations.sockets import connections, nginx_workers
from operations.settings import causal_gym
from operations.stack import SCALABLE, ServiceState, Stack, wait_until
from operations.web import request

INSTANCE = re.compile(r"(app|worker)-(\d+)\.env$")
READY_SECONDS, DRAIN_SECONDS, RELOAD_SECONDS = 60, 10, 15
LOOK_SECONDS = 2  # so often a unit that is not ready is asked whether it still runs


class HostStack(Stack):
    kind = "host"

    def __init__(self, settings, cleanup):
        super().__init__(settings, cleanup)
        self.own_folder = None

    # Units

    def supervise(self, verb, unit, check=True, seconds=120):
        return run_program([self.settings.stack.supervisor, verb, unit], check=check, seconds=seconds)

    def numbers(self, service):
        folder = pathlib.Path(self.settings.stack.instances_folder)
        found = (INSTANCE.fullmatch(path.name) for path in folder.glob(f"{service}-*.env"))
        return sorted(int(match[2]) for match in found if match)

    def unit(self, service, number=None):
        if service in SCALABLE:
            return getattr(self.settings.stack, f"{service}_unit").format(instance=number)
        if service not in self.settings.stack.units:
            raise CouldNotCheck(f"no unit is known for the service {service}: add it to [stack.units]")
        return self.settings.stack.units[service]

    def units_of(self, service):
        return [self.unit(service, number) for number in self.numbers(service)] if service in SCALABLE else [self.unit(service)]

    def instances(self, service):
        return self.units_of(service)

    def states(self):
        return [state for service in [*SCALABLE, *self.settings.stack.units] for state in self.states_of(service)]

    def states_of(self, service):
        told = [(unit, self.supervise("is-active", unit, check=False, seconds=60).stdout.strip()) for unit in self.units_of(service)]
        return [ServiceState(service, unit, word == "active", "", word) for unit, word in told]

    def runs(self, service):
        return any(self.supervise("is-active", unit, check=False, seconds=60).stdout.strip() == "active" for unit in self.units_of(service))

    def expected(self):
        return self.settings.stack.expected or ["app", *self.settings.stack.units]

    def start(self, service):
        for unit in self.units_of(service):
            self.supervise("start", unit)

    def stop(self, service):
        for unit in self.units_of(service):
            self.supervise("stop", unit)

    def restart(self, service, instance=""):
        """An instance of app gets no new requests while it restarts; those that are down come first, to take over from the others."""
        states = self.states_of(service)
        for unit in [instance] if instance else [state.instance for state in sorted(states, key=lambda state: state.running)]:
            number = next((n for n in self.numbers("app") if self.unit("app", n) == unit), None)
            others = [n for n in self.numbers("app") if n != number and self.is_running("app", n)]
            if number is not None and others:
                self.route_to(others)
                self.drain(number)
            self.supervise("restart", unit)
            if number is not None:
                self.wait_ready(number)
                self.route_to(sorted([*others, number]))

    def reload(self, service):
        if service == "nginx":
            self.check_nginx()
        port = urllib.parse.urlsplit(self.settings.urls.public).port
        before = nginx_workers(port) if service == "nginx" and port else set()
        for unit in self.units_of(service):
            self.supervise("reload", unit)
        if before:
            wait_until(lambda: not before & nginx_workers(port), "workers of nginx with the new configuration", RELOAD_SECONDS)

    def check_nginx(self):
        words = self.settings.other.get("recovery", {}).get("nginx_check") or ["nginx", "-t"]
        run_program(words)

    # Instances

    def url(self, number):
        return f"http://127.0.0.1:{self.settings.stack.first_port + number - 1}"

    def wait_ready(self, number):
        looked = time.monotonic()

        def ready():
            nonlocal looked
            with contextlib.suppress(CouldNotCheck):
                return request(self.url(number) + "/ready", seconds=2)[0] == 200
            if time.monotonic() < looked + LOOK_SECONDS:
                return False
            looked = time.monotonic()
            if not self.is_running("app", number):
                raise CouldNotCheck(f"{self.unit('app', number)} ended before it was ready: see its log")
            return False
        wait_until(ready, f"{self.unit('app', number)} ready at {self.url(number)}", READY_SECONDS)

    def route_to(self, numbers):
        """nginx and Prometheus learn which instances of app there are; the old list comes back if nginx refuses the new one."""
        path = pathlib.Path(self.settings.stack.upstream_file)
        lines = [f"server 127.0.0.1:{self.settings.stack.first_port + n - 1} max_fails=1 fail_timeout=2s;" for n in numbers]
        before = path.read_text(encoding="ascii") if path.exists() else None
        after = "\n".join(lines) + "\n"
        if after != before:
            replace_file(path, after, 0o644)
            try:
                self.reload("nginx")
            except CouldNotCheck:
                if before is not None:
                    replace_file(path, before, 0o644)
                raise
        self.watch("app")

    def metrics_port(self, service, number):
        first = {"app": self.settings.stack.first_metrics_port, "worker": self.settings.stack.first_worker_metrics_port}
        return first[service] + number - 1

    def watch(self, service):
        """Prometheus learns which instances there are."""
        numbers = self.numbers(service)
        if service == "worker":  # one whose file was written before names no port, and answers nowhere
            numbers = [n for n in numbers if self.worker_port_line(n) in self.instance_file(service, n).read_text(encoding="utf-8", errors="replace").splitlines()]
        targets = [f"127.0.0.1:{self.metrics_port(service, n)}" for n in numbers]
        folder = pathlib.Path(self.settings.stack.targets_folder)
        if folder.is_dir():
            replace_file(folder / f"{service}.json", json.dumps([{"targets": targets, "labels": {"job": service}}]) + "\n", 0o644)

    def worker_port_line(self, number):
        return f"CAUSAL_GYM_WORK_METRICS_PORT={self.metrics_port('worker', number)}"

    def instance_file(self, service, number):
        return pathlib.Path(self.settings.stack.instances_folder) / f"{service}-{number}.env"

    def write_instance(self, service, number):
        path = self.instance_file(service, number)
        port = self.metrics_port(service, number)
        lines = [f"CAUSAL_GYM_PORT={self.settings.stack.first_port + number - 1}", f"CAUSAL_GYM_METRICS_PORT={port}"]
        if service == "worker":
            lines = [self.worker_port_line(number)]
        replace_file(path, "".join(line + "\n" for line in lines), 0o644)
        return path

    def is_running(self, service, number):
        return self.supervise("is-active", self.unit(service, number), check=False, seconds=60).stdout.strip() == "active"

    def drain(self, number):
        """Until nobody is connected to an instance that gets no new requests; who stays longer is waited for by the server itself."""
        port = self.settings.stack.first_port + number - 1
        with contextlib.suppress(CouldNotCheck):
            wait_until(lambda: connections(port) == 0, f"the last request of {self.unit('app', number)}", DRAIN_SECONDS)

    def scale(self, service, count):
        self.start_instances(service, [n for n in range(1, count + 1) if not self.is_running(service, n)])
        surplus = [n for n in self.numbers(service) if n > count]
        if service == "app":
            self.route_to([n for n in self.numbers("app") if n not in surplus])
        for number in reversed(surplus):
            if service == "app":
                self.drain(number)
            self.stop_instance(service, number, forget=True)
        if service == "app" and surplus:
            self.route_to(self.numbers("app"))
        if service == "worker":
            self.watch("worker")

    def start_instances(self, service, numbers):
        """All of them, or none: what was started is stopped again when one does not come up."""
        known, begun = self.numbers(service), []
        try:
            for number in numbers:
                begun.append(number)
                if number not in known:
                    self.write_instance(service, number)
                self.supervise("start", self.unit(service, number))
                if service == "app":
                    self.wait_ready(number)
        except BaseException:
            for number in reversed(begun):
                self.stop_instance(service, number, forget=number not in known)
            raise

    def stop_instance(self, service, number, forget):
        self.supervise("stop", self.unit(service, number), check=False)
        if forget:
            self.instance_file(service, number).unlink(missing_ok=True)

    # Programs

    def run(self, service, argv, *, stdin=None, seconds=120, stdout=None, check=True, environment=None):
        options = {"stdout": stdout} if stdout is not None else {}
        return run_program(self.found(service, argv), stdin=stdin, seconds=seconds, check=check,
                           environment=dict(os.environ) | (environment or {}), **options)

    def open(self, service, argv, *, environment=None, stderr=None):
        return open_program(self.found(service, argv), environment=dict(os.environ) | (environment or {}), stderr=stderr)

    def found(self, service, argv):
        """PostgreSQL's own programs are found where Debian puts them."""
        argv = list(map(str, argv))
        if service == "postgres" and not shutil.which(argv[0]):
            argv[0] = str(pathlib.Path(self.settings.postgres.programs) / argv[0])
        return argv

    def as_owner(self, argv):
        """As the user whose files PostgreSQL's are; who is not root can only be that user already. It does not outlive this procedure."""
        owner = self.settings.postgres.system_user
        change = [f"--reuid={owner}", f"--regid={owner}", "--init-groups"] if os.geteuid() == 0 else []
        return ["setpriv", *change, "--pdeathsig", "INT", *self.found("postgres", argv)]

    def logs(self, service, hours):
        files = self.settings.paths.logs.get(service)
        if files is None:
            for unit in self.units_of(service):
                yield from run_program(["journalctl", "-u", unit, "-o", "cat", "--since", f"-{hours:g}h", "--no-pager"]).stdout.splitlines()
            return
        paths = sorted({path for pattern in files for path in glob.glob(pattern)}, key=os.path.getmtime)
        if not paths:
            raise CouldNotCheck(f"no log file of {service}: {', '.join(files)}")
        for path in paths:
            with open(path, encoding="utf-8", errors="replace") as lines:
                yield from (line.rstrip("\n") for line in lines)

    def sql_command(self, user, database):
        settings = self.settings.postgres
        environment = {"PGHOST": settings.host, "PGPORT": str(settings.port), "PGUSER": user, "PGDATABASE": database,
                       "PGCONNECT_TIMEOUT": "5"}
        secret = role_secret(self.settings, user)
        if secret:
            environment["PGPASSFILE"] = self.passfile(user, self.secret(secret))
        return ["psql"], environment

    def passfile(self, user, password):
        """A file of one line that libpq reads; it goes when the procedure ends, or if that was killed, with the next one."""
        if self.own_folder is None:
            made = tempfile.TemporaryDirectory(prefix=f"{PRIVATE}{os.getpid()}-")
            self.own_folder = pathlib.Path(self.cleanup.enter_context(made))
        path = self.own_folder / f"{urllib.parse.quote(user, safe='')}.pgpass"
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        replace_file(path, f"*:*:*:{user}:{escaped}\n", 0o600)
        return str(path)

    def database_address(self):
        parts = urllib.parse.urlsplit(self.secret(self.settings.postgres.url))
        return parts.hostname or "", parts.port or 5432

    def tell_database_address(self, host, port):
        name = self.settings.postgres.url
        parts = urllib.parse.urlsplit(self.secret(name))
        credentials = parts.netloc.rpartition("@")[0]
        replace_secret(self.secret_path(name), parts._replace(netloc=f"{credentials}@{host}:{port}").geturl())

    def pooler_address(self):
        return self.settings.pgbouncer.host, self.settings.pgbouncer.port

    def postgres_address(self):
        host = self.settings.postgres.host
        return ("127.0.0.1" if host.startswith("/") else host), self.settings.postgres.port

    def tell_database(self, user, password):
        name = self.settings.postgres.url
        replace_secret(self.secret_path(name), with_credentials(self.secret(name), user, password))

    def environment_file(self):
        return self.settings.paths.environment

    def check_configuration(self, path, values):
        home = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/")}
        run_program([causal_gym(self.settings), "config", "check"], environment=home | values)

    def read_environment_anew(self):
        """They do at each start."""

    def tell_redis(self, password):
        name = self.settings.redis.url
        replace_secret(self.secret_path(name), with_credentials(self.secret(name), self.settings.redis.user, password))
        if "redis-exporter" in self.settings.stack.units and self.runs("redis-exporter"):
            self.restart("redis-exporter")

    def exported(self):
        status, text, _ = request(self.settings.urls.postgres_exporter, seconds=self.settings.limits.http_seconds)
        if status != 200:
            raise CouldNotCheck(f"{self.settings.urls.postgres_exporter} answers {status}")
        return text

    def signs_in(self, user, password, through_pooler=False):
        place = self.settings.pgbouncer if through_pooler else self.settings.postgres
        environment = {"PGHOST": place.host, "PGPORT": str(place.port), "PGUSER": user, "PGDATABASE": self.settings.postgres.database,
                       "PGCONNECT_TIMEOUT": "5", "PGPASSFILE": self.passfile(user, password)}
        return self.run("postgres", ["psql", "-X", "-q", "-t", "-c", "SELECT 1"], environment=environment, check=False).returncode == 0

    def tell_pooler(self, role, password):
        path = pathlib.Path(self.settings.pgbouncer.users)
        lines = path.read_text(encoding="utf-8").splitlines()
        quoted = password.replace('"', '""')
        replace_secret(path, "\n".join([line for line in lines if not line.startswith(f'"{role}" ')] + [f'"{role}" "{quoted}"']))
        self.reload("pgbouncer")

    def direct_urls(self, service):
        return [self.url(number) for number in self.numbers(service)] if service == "app" else []

    def pooler_command(self):
        settings = self.settings.pgbouncer
        environment = {"PGHOST": settings.host, "PGPORT": str(settings.port), "PGUSER": settings.admin, "PGDATABASE": "pgbouncer",
                       "PGCONNECT_TIMEOUT": "5", "PGPASSFILE": self.passfile(settings.admin, self.secret(self.pooler_secret))}
        return ["psql"], environment

    def redis_command(self):
        settings = self.settings.redis
        environment = {"REDISCLI_AUTH": self.secret(settings.password)} if settings.password else {}
        user = ["--user", settings.user] if settings.user else []
        return ["redis-cli", "-h", settings.host, "-p", str(settings.port), "--no-auth-warning", *user], environment


def with_credentials(url, user, password):
    """The same URL with this user and password, escaped."""
    parts = urllib.parse.urlsplit(url)
    pair = f"{urllib.parse.quote(user, safe='')}:{urllib.parse.quote(password, safe='')}"
    return parts._replace(netloc=f"{pair}@{parts.netloc.rsplit('@', 1)[-1]}").geturl()


def replace_file(path, text, mode):
    """Whole or not at all, also after a power cut."""
    path = pathlib.Path(path)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
