"""The services as containers of a compose stack, by Compose v2 or docker-compose 1.29."""
import contextlib
import json
import os
import pathlib
import re

from operations.errors import CouldNotCheck
from operations.programs import open_program, run_program
from operations.secret_files import replace_secret
from operations.settings import checkout
from operations.stack import SCALABLE, ServiceState, Stack, compose_client, wait_until

DRAIN_SECONDS, APP_PORT = 10, 8501
LABEL = "org.causal-gym.service"
OWN_LABELS = ("com.docker.compose.service", LABEL)


def of_profiles(text):
    """The services of a printed configuration that name a profile: Compose indents by two, and prints a service's keys under its name."""
    found, within, service = set(), False, ""
    for line in text.splitlines():
        indent, key = len(line) - len(line.lstrip()), line.strip()
        if indent == 0:
            within = key == "services:"
        elif indent == 2:
            service = key.rstrip(":")
        elif within and indent == 4 and key.startswith("profiles:"):
            found.add(service)
    return found


class ComposeStack(Stack):
    kind = "compose"

    def __init__(self, settings, cleanup):
        super().__init__(settings, cleanup)
        self.client = compose_client()
        if self.client is None:
            raise CouldNotCheck("there is no Docker Compose (docker compose, docker-compose): set stack.kind to host, or install it")
        self.folder = pathlib.Path(settings.stack.folder or checkout())
        self.anew = False  # whether a restart makes a container from the compose files again
        self.given = {}  # what variables of the compose files are to be instead of what .env says

    def secret_path(self, name):
        """Secrets lie beside the compose files unless the settings say where."""
        configured = pathlib.Path(self.settings.paths.secrets)
        beside = self.folder / "secrets" / name
        return beside if not configured.is_dir() and beside.parent.is_dir() else configured / name

    def compose_argv(self, *words):
        files = [word for file in self.settings.stack.compose_files for word in ("-f", file)]
        project = ["-p", self.settings.stack.project] if self.settings.stack.project else []
        return [*self.client, *files, *project, *words]

    def compose(self, *words, **options):
        options.setdefault("environment", dict(os.environ) | self.given)
        return run_program(self.compose_argv(*words), folder=self.folder, **options)

    def services(self):
        """Without those of a profile, which start only when asked for; docker-compose 1.29 lists them too."""
        optional = of_profiles(self.compose("config").stdout)
        return [name for name in self.compose("config", "--services").stdout.split() if name not in optional]

    def containers(self, service):
        return self.compose("ps", "-q", service, check=False).stdout.split()

    def states(self):
        found = []
        identifiers = self.compose("ps", "-q").stdout.split()
        if not identifiers:
            return []
        for one in json.loads(run_program(["docker", "inspect", *identifiers]).stdout):
            labels, state = one["Config"]["Labels"] or {}, one["State"]
            service = next((labels[label] for label in OWN_LABELS if label in labels), one["Name"].lstrip("/"))
            health = (state.get("Health") or {}).get("Status", "")
            running = state["Running"] and not state.get("Restarting") and not state.get("Paused")
            found.append(ServiceState(service, one["Name"].lstrip("/"), running, health, f"{state['Status']}, {one['RestartCount']} restarts"))
        return found

    def expected(self):
        return self.settings.stack.expected or self.services()

    def run(self, service, argv, *, stdin=None, seconds=120, stdout=None, check=True, environment=None):
        # Values of the environment are given by this process's own, so that no argument holds a secret.
        given = dict(os.environ) | (environment or {})
        names = [word for name in (environment or {}) for word in ("-e", name)]
        options = {"stdout": stdout} if stdout is not None else {}
        return self.compose("exec", "-T", *names, service, *argv, stdin=stdin if stdin is not None else "", seconds=seconds, check=check,
                            environment=given, **options)

    def open(self, service, argv, *, environment=None, stderr=None):
        given = dict(os.environ) | (environment or {})
        names = [word for name in (environment or {}) for word in ("-e", name)]
        return open_program(self.compose_argv("exec", "-T", *names, service, *argv), environment=given, folder=self.folder, stderr=stderr)

    def logs(self, service, hours):
        for container in self.containers(service):
            done = run_program(["docker", "logs", "--since", f"{hours * 60:.0f}m", container])
            yield from done.stdout.splitlines()
            yield from done.stderr.splitlines()

    def start(self, service):
        self.compose("up", "-d", "--no-deps", service, seconds=300)

    def stop(self, service):
        self.compose("stop", service, seconds=120)

    def restart(self, service, instance=""):
        states = sorted(self.states_of(service), key=lambda state: state.well)
        for one in [instance] if instance else [state.instance for state in states]:
            with self.held_off(service, one):
                self.replace(service, one) if (self.given or self.anew) and service in SCALABLE else self.restart_container(one)

    def restart_container(self, instance):
        run_program(["docker", "restart", instance], seconds=120)
        self.wait_well(instance)

    def replace(self, service, instance):
        """By a container that is made anew, as its environment changes."""
        count = len(self.instances(service))
        run_program(["docker", "stop", instance], seconds=120)
        run_program(["docker", "rm", instance])
        self.scale(service, count)

    @contextlib.contextmanager
    def held_off(self, service, instance):
        """nginx sends nothing new to this replica, until it is back; a lone one is left as it is."""
        addresses = self.addresses(instance) if service == "app" and len(self.instances("app")) > 1 else []
        self.drain(instance, addresses)
        yield
        for address in addresses:
            self.run("nginx", ["replicas", "fill", address], check=False)

    def addresses(self, instance):
        """Those that nginx sends requests to: a container has one on each of its networks."""
        networks = json.loads(run_program(["docker", "inspect", "-f", "{{json .NetworkSettings.Networks}}", instance]).stdout)
        known = self.run("nginx", ["replicas", "show"]).stdout.split()
        return [network["IPAddress"] for network in networks.values() if network.get("IPAddress") in known]

    def drain(self, instance, addresses):
        """Until nobody is connected to it any more; who stays longer is waited for by the server itself."""
        for address in addresses:
            self.run("nginx", ["replicas", "drain", address])

        def quiet():
            table = run_program(["docker", "exec", instance, "cat", "/proc/net/tcp"], check=False).stdout
            rows = (line.split() for line in table.splitlines()[1:])
            return not any(row[3] == "01" and row[1].endswith(f":{APP_PORT:04X}") for row in rows)
        with contextlib.suppress(CouldNotCheck):
            wait_until(quiet if addresses else lambda: True, f"the last request of {instance}", DRAIN_SECONDS)

    def wait_well(self, instance, seconds=120):
        wait_until(lambda: any(state.instance == instance and state.well for state in self.states()), f"health of {instance}", seconds)

    def reload(self, service):
        if service == "nginx":
            self.run("nginx", ["nginx", "-t"])
            self.run("nginx", ["nginx", "-s", "reload"])
        else:
            for container in self.containers(service):
                run_program(["docker", "kill", "--signal", "HUP", container])

    def scale(self, service, count):
        """Compose ends the last instances first, so these are the ones that are drained."""
        there = sorted(self.instances(service), key=lambda name: int(re.search(r"(\d*)$", name)[1] or 0))
        for one in there[count:]:
            self.drain(one, self.addresses(one) if service == "app" else [])
            run_program(["docker", "stop", one], seconds=120)
            run_program(["docker", "rm", one])
        self.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", f"{service}={count}", service, seconds=300)
        wait_until(lambda: sum(state.well for state in self.states() if state.service == service) == count,
                   f"{count} healthy instances of {service}", 120)

    def sql_command(self, user, database):
        admin = user == self.settings.postgres.admin
        host = [] if admin else ["-h", "127.0.0.1"]
        environment = {} if admin else {"PGPASSWORD": self.secret(role_secret(self.settings, user))}
        return ["psql", "-U", user, "-d", database, *host], environment

    def database_address(self):
        told = json.loads(run_program(["docker", "inspect", "-f", "{{json .Config.Env}}", *self.instances("app")[:1]]).stdout)
        host, _, port = dict(line.split("=", 1) for line in told).get("DATABASE_ADDRESS", "postgres").partition(":")
        return host, int(port or 5432)

    def tell_database_address(self, host, port):
        """For the containers that are made now, and in .env for those to come."""
        self.given["DATABASE_ADDRESS"] = f"{host}:{port}"
        path = self.environment_file()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if not line.startswith("DATABASE_ADDRESS=")]
        replace_secret(path, "\n".join([*kept, f"DATABASE_ADDRESS={host}:{port}"]))

    def pooler_address(self):
        return "pgbouncer", self.settings.pgbouncer.port

    def postgres_address(self):
        return "postgres", self.settings.postgres.port

    def tell_database(self, user, password):
        replace_secret(self.secret_path(self.settings.postgres.user_password), password)
        self.given["DATABASE_USER"] = user

    def environment_file(self):
        return self.folder / ".env"

    def check_configuration(self, path, values):
        """In a container that is made for it from the new file, and goes away."""
        self.compose("--env-file", pathlib.Path(path).resolve(), "config", "-q")
        self.compose("--env-file", pathlib.Path(path).resolve(), "run", "--rm", "--no-deps", "-T", "app", "config", "check")

    def read_environment_anew(self):
        self.anew = True

    def tell_redis(self, password):
        if self.containers("redis-exporter"):
            self.restart("redis-exporter")

    def exported(self):
        script = "exec 3<>/dev/tcp/127.0.0.1/9187; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        head, _, text = self.run("postgres-exporter", ["bash", "-c", script], seconds=30).stdout.replace("\r\n", "\n").partition("\n\n")
        if " 200 " not in head.splitlines()[0] + " ":
            raise CouldNotCheck(f"the exporter of PostgreSQL answers {head.splitlines()[0]!r}")
        return text

    def signs_in(self, user, password, through_pooler=False):
        place = ["-h", "pgbouncer", "-p", str(self.settings.pgbouncer.port)] if through_pooler else ["-h", "127.0.0.1"]
        argv = ["psql", "-U", user, "-d", self.settings.postgres.database, *place, "-X", "-q", "-t", "-c", "SELECT 1"]
        return self.run("postgres", argv, environment={"PGPASSWORD": password}, check=False).returncode == 0

    def tell_pooler(self, role, password):
        quoted = password.replace('"', '""')
        script = "umask 077; cat >/run/pgbouncer/users.new && mv /run/pgbouncer/users.new /run/pgbouncer/users"
        self.run("pgbouncer", ["sh", "-c", script], stdin=f'"{role}" "{quoted}"\n')
        self.reload("pgbouncer")

    def direct_urls(self, service):
        return []

    def pooler_command(self):
        settings = self.settings.pgbouncer
        return (["psql", "-h", "pgbouncer", "-p", str(settings.port), "-U", settings.admin, "-d", "pgbouncer"],
                {"PGPASSWORD": self.secret(self.pooler_secret)})

    def redis_command(self):
        settings = self.settings.redis
        environment = {"REDISCLI_AUTH": self.secret(settings.password)} if settings.password else {}
        return ["redis-cli", "--no-auth-warning", *(["--user", settings.user] if settings.user else [])], environment


def role_secret(settings, user):
    """The name of the secret that a role signs in with."""
    names = {settings.postgres.user: settings.postgres.user_password, settings.postgres.admin: settings.postgres.admin_password,
             "causal_monitor": "monitor_password", "pgbouncer": "pgbouncer_password"}
    return names.get(user, f"{user}_password")
