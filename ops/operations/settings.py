"""operations.toml: where the services of a stack are and what limits hold. Every key has a default; unknown ones are refused."""
import dataclasses
import difflib
import os
import pathlib
import shutil
import tomllib
import typing

from operations.errors import CouldNotCheck

MOST_BYTES = 1 << 20
PLACES = ("/etc/causal-gym/operations.toml",)


@dataclasses.dataclass(frozen=True)
class StackSettings:
    kind: str = "auto"  # compose, host, or auto: compose where its files and a client of Docker are
    compose_files: list = dataclasses.field(default_factory=lambda: ["docker-compose.yml"])
    project: str = ""  # of compose; empty: its own choice
    folder: str = ""  # where the compose files are; empty: the checkout of this program
    supervisor: str = "systemctl"  # of a bare host: answers is-active, start, stop, restart and reload with a unit
    app_unit: str = "causal-gym-app@{instance}.service"
    worker_unit: str = "causal-gym-worker@{instance}.service"
    units: dict = dataclasses.field(default_factory=lambda: {
        "postgres": "postgresql@15-main.service", "redis": "redis-server.service", "nginx": "nginx.service",
        "pgbouncer": "pgbouncer.service", "prometheus": "prometheus.service", "alertmanager": "prometheus-alertmanager.service",
        "node-exporter": "prometheus-node-exporter.service", "postgres-exporter": "prometheus-postgres-exporter.service",
        "redis-exporter": "prometheus-redis-exporter.service", "nginx-exporter": "prometheus-nginx-exporter.service"})
    expected: list = dataclasses.field(default_factory=list)  # services that must run; empty: all that the stack knows
    instances_folder: str = "/etc/causal-gym/instances"  # of a bare host: app-N.env, worker-N.env
    first_port: int = 8511  # of a bare host: instance N listens on first_port + N - 1
    first_metrics_port: int = 8090
    first_worker_metrics_port: int = 8190
    upstream_file: str = "/etc/nginx/causal-gym-upstream.conf"  # of a bare host: one `server` line an instance
    targets_folder: str = "/etc/prometheus/targets"  # of a bare host: app.json and worker.json, which Prometheus watches


@dataclasses.dataclass(frozen=True)
class UrlSettings:
    public: str = "http://127.0.0.1:8501"
    metrics: str = "http://127.0.0.1:8090/metrics"
    prometheus: str = "http://127.0.0.1:9090"
    alertmanager: str = "http://127.0.0.1:9093"
    grafana: str = "http://127.0.0.1:3000"
    postgres_exporter: str = "http://127.0.0.1:9187/metrics"  # of a bare host
    trust: str = ""  # a file of certificates beside the system's, for https


@dataclasses.dataclass(frozen=True)
class PostgresSettings:
    host: str = "/var/run/postgresql"
    port: int = 5432
    admin: str = "postgres"
    admin_password: str = ""  # the name of a secret; empty: peer or trust
    user: str = "causal_user"
    user_password: str = "database_password"
    database: str = "causal_experiments"
    url: str = "database_url"  # of a bare host: the secret that tells servers and workers how to reach it
    programs: str = "/usr/lib/postgresql/15/bin"
    data: str = "/var/lib/postgresql/15/main"
    system_user: str = "postgres"
    replicas: int = 0  # standbys that must be connected


@dataclasses.dataclass(frozen=True)
class PgbouncerSettings:
    host: str = "127.0.0.1"
    port: int = 6432
    admin: str = "pgbouncer"  # who may use its console, and looks up secrets in PostgreSQL
    password: str = "pgbouncer_password"
    config: str = "/etc/pgbouncer/pgbouncer.ini"
    users: str = "/etc/pgbouncer/userlist.txt"  # of a bare host: its auth_file


@dataclasses.dataclass(frozen=True)
class ScalingSettings:
    most: int = 16
    instances_per_core: float = 4.0
    memory_bytes: int = 256 << 20  # what one more instance is expected to need
    app_connections: int = 16  # the most that a server holds to the database: runs and accounts, 8 each
    worker_connections: int = 8
    settle_seconds: float = 3.0  # so long every instance must stay up before it counts


@dataclasses.dataclass(frozen=True)
class RedisSettings:
    host: str = "127.0.0.1"
    port: int = 6379
    user: str = ""
    password: str = "redis_password"  # the name of a secret; empty: none
    url: str = "redis_url"  # of a bare host: the secret that tells servers and workers how to reach it


@dataclasses.dataclass(frozen=True)
class PathSettings:
    state: str = "/var/lib/causal-gym/operations"  # locks, reports, evidence
    metrics: str = "/var/lib/causal-gym/metrics"  # *.prom, which the node exporter reads
    backups: str = "/backups"
    secrets: str = "/etc/causal-gym/secrets"
    environment: str = "/etc/causal-gym/environment"  # of a bare host: variables of all servers and workers
    logs: dict = dataclasses.field(default_factory=dict)  # of a bare host: service to a list of files; without, the journal of its unit
    disks: list = dataclasses.field(default_factory=lambda: ["/", "/backups"])
    program: str = ""  # causal-gym itself; empty: the first in PATH
    certificates: list = dataclasses.field(default_factory=list)  # globs, beside those that nginx, PostgreSQL and PgBouncer name


@dataclasses.dataclass(frozen=True)
class LimitSettings:
    memory_warning: float = 0.85
    memory_critical: float = 0.95
    cpu_warning: float = 0.85
    cpu_critical: float = 0.98
    disk_warning: float = 0.80
    disk_critical: float = 0.90
    connections_warning: float = 0.80
    connections_critical: float = 0.95
    replication_lag_bytes: int = 64 << 20
    errors_warning: int = 10  # ERROR or CRITICAL lines a day, or three times the usual
    errors_critical: int = 200
    backup_age_hours: float = 26.0
    backup_verified_days: float = 35.0
    backup_size_factor: float = 3.0  # the newest is at most so much larger or smaller than the median of those before
    certificate_warning_days: float = 21.0  # before it ends; the alerts have the same
    certificate_critical_days: float = 7.0
    http_seconds: float = 5.0


@dataclasses.dataclass(frozen=True)
class BackupSettings:
    offsite: str = ""  # a program that is given a backup's folder and copies it off site
    offsite_check: str = ""  # a program that is given a backup's name, and ends with 0 when the copy is there and whole
    keep_daily: int = 14
    keep_weekly: int = 8
    keep_monthly: int = 12
    stanza: str = "causal"  # of pgBackRest
    pgbackrest_config: str = "/etc/pgbackrest.conf"


@dataclasses.dataclass(frozen=True)
class Settings:
    stack: StackSettings = StackSettings()
    urls: UrlSettings = UrlSettings()
    postgres: PostgresSettings = PostgresSettings()
    pgbouncer: PgbouncerSettings = PgbouncerSettings()
    redis: RedisSettings = RedisSettings()
    scaling: ScalingSettings = ScalingSettings()
    paths: PathSettings = PathSettings()
    limits: LimitSettings = LimitSettings()
    backups: BackupSettings = BackupSettings()
    file: str = ""
    other: dict = dataclasses.field(default_factory=dict)  # tables of single procedures, which read them themselves


# Tables that belong to one procedure each; the procedure checks its keys.
PROCEDURE_TABLES = {"capacity", "alerts", "dashboards", "rotation", "security", "updates", "recovery", "performance", "logs"}


def nearest(name, known):
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def read_table(cls, table, where):
    """One table of the file as its dataclass; every value has the type of its default."""
    fields = {field.name: field for field in dataclasses.fields(cls)}
    defaults = cls()
    for key, value in table.items():
        if key not in fields:
            raise CouldNotCheck(f"{where}: unknown key {key}{nearest(key, fields)}")
        wanted = type(getattr(defaults, key))
        right = isinstance(value, (int, float)) and not isinstance(value, bool) if wanted is float else type(value) is wanted
        if not right:
            raise CouldNotCheck(f"{where}: {key} must be {wanted.__name__}, not {value!r}")
    return cls(**table)


def read_settings(path=None):
    """From the file that is named, else $CAUSAL_GYM_OPERATIONS, else /etc/causal-gym/operations.toml if there is one, else defaults."""
    named = path or os.environ.get("CAUSAL_GYM_OPERATIONS")
    found = named or next((place for place in PLACES if os.path.exists(place)), None)
    if found is None:
        return Settings()
    try:
        content = pathlib.Path(found).read_bytes()
        if len(content) > MOST_BYTES:
            raise CouldNotCheck(f"{found}: more than {MOST_BYTES} bytes")
        tables = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CouldNotCheck(f"{found}: {error}") from error
    classes = {name: cls for name, cls in typing.get_type_hints(Settings).items() if dataclasses.is_dataclass(cls)}
    parts, other = {}, {}
    for name, table in tables.items():
        if name in classes and isinstance(table, dict):
            parts[name] = read_table(classes[name], table, f"{found}: [{name}]")
        elif name in PROCEDURE_TABLES and isinstance(table, dict):
            other[name] = table
        else:
            raise CouldNotCheck(f"{found}: unknown table {name}{nearest(name, [*classes, *PROCEDURE_TABLES])}")
    return Settings(**parts, file=str(found), other=other)


def checkout():
    """The folder that holds ops/, docker-compose.yml and monitoring/."""
    return pathlib.Path(__file__).resolve().parents[2]


def causal_gym(settings):
    """The program's path, or CouldNotCheck."""
    found = settings.paths.program or shutil.which("causal-gym")
    if not found or not os.access(found, os.X_OK):
        raise CouldNotCheck(f"no program causal-gym ({found or 'not in PATH'}): set paths.program")
    return found
