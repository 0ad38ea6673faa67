"""The whole stack without containers: Debian's programs and ours on free loopback ports, in a scratch folder, none as root.

Its operations.toml describes a bare host to the procedures; tests/ops/supervisor.py stands in for systemd.
"""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for folder in (HERE.parent / "shells", ROOT / "ops"):
    sys.path.insert(0, str(folder))
from postgres import PROGRAMS, as_postgres, free_port  # noqa: E402

MOST_SECONDS = 240
SECRETS = ("postgres_password", "database_password", "pgbouncer_password", "monitor_password", "redis_password", "jwt_secret_key",
           "second_factor_key")
NAMES = ("app", "metrics", "postgres", "redis", "nginx", "status", "pgbouncer", "prometheus", "alertmanager", "node", "postgres_exporter",
         "redis_exporter", "nginx_exporter")
UNITS = {"postgres": "postgresql@15-main.service", "redis": "redis-server.service", "nginx": "nginx.service", "pgbouncer": "pgbouncer.service",
         "prometheus": "prometheus.service", "alertmanager": "prometheus-alertmanager.service",
         "node-exporter": "prometheus-node-exporter.service", "postgres-exporter": "prometheus-postgres-exporter.service",
         "redis-exporter": "prometheus-redis-exporter.service", "nginx-exporter": "prometheus-nginx-exporter.service"}
START_ORDER = ("redis", "pgbouncer", "alertmanager", "app", "nginx", "node-exporter", "postgres-exporter", "redis-exporter", "nginx-exporter",
               "prometheus")
INSTANCES = 5  # ports are kept free for so many servers

NGINX = """
daemon off; worker_processes 1; pid {folder}/run/nginx.inner; error_log {folder}/log/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
  log_format structured escape=json '{{"ts":"$time_iso8601","remote":"$remote_addr","method":"$request_method","path":"$uri","status":$status,'
    '"seconds":$request_time,"bytes":$body_bytes_sent,"agent":"$http_user_agent","request_id":"$request_id"}}';
  access_log {folder}/log/access.log structured;
  client_body_temp_path {folder}/nginx/body; proxy_temp_path {folder}/nginx/proxy; fastcgi_temp_path {folder}/nginx/fastcgi;
  uwsgi_temp_path {folder}/nginx/uwsgi; scgi_temp_path {folder}/nginx/scgi;
  upstream app {{ least_conn; include {folder}/etc/upstream.conf; keepalive 32; }}
  server {{
    listen 127.0.0.1:{nginx};
    location / {{
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 60s; proxy_connect_timeout 2s; proxy_next_upstream error timeout http_502 http_503;
    }}
    location ~ ^/api/v1/runs/[^/]+/events$ {{ proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
  }}
  server {{ listen 127.0.0.1:{status}; location /stub_status {{ stub_status; }} }}
}}
"""
PGBOUNCER = """
[databases]
causal_experiments = host=127.0.0.1 port={postgres} dbname=causal_experiments
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {pgbouncer}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/etc/pgbouncer-users.txt
auth_user = pgbouncer
admin_users = pgbouncer
auth_query = SELECT name, password FROM pgbouncer.lookup($1)
pool_mode = transaction
max_client_conn = 200
default_pool_size = 25
server_lifetime = 3600
server_idle_timeout = 600
ignore_startup_parameters = extra_float_digits
"""
PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
{more}
scrape_configs:
  - job_name: app
    file_sd_configs: [{{files: ["{folder}/etc/targets/app.json"], refresh_interval: 1s}}]
  - {{job_name: prometheus, static_configs: [{{targets: ["127.0.0.1:{prometheus}"]}}]}}
  - {{job_name: alertmanager, static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}
  # Its collectors take longer than a second where the processors are busy, and a scrape may take no longer than its interval.
  - {{job_name: node, scrape_interval: 3s, static_configs: [{{targets: ["127.0.0.1:{node}"]}}]}}
  - {{job_name: postgres, static_configs: [{{targets: ["127.0.0.1:{postgres_exporter}"]}}]}}
  - {{job_name: redis, static_configs: [{{targets: ["127.0.0.1:{redis_exporter}"]}}]}}
  - {{job_name: nginx, static_configs: [{{targets: ["127.0.0.1:{nginx_exporter}"]}}]}}
"""
ALERTING = """
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
"""
ALERTMANAGER = """
route: {receiver: drill}
receivers: [{name: drill}]
"""
ROLES = """
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
\\c template1
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE ROLE causal_user LOGIN PASSWORD '{database_password}';
CREATE ROLE pgbouncer LOGIN PASSWORD '{pgbouncer_password}';
CREATE ROLE causal_monitor LOGIN PASSWORD '{monitor_password}' IN ROLE pg_monitor;
CREATE DATABASE causal_experiments OWNER causal_user;
\\c causal_experiments
CREATE SCHEMA pgbouncer AUTHORIZATION postgres;
CREATE FUNCTION pgbouncer.lookup(wanted text) RETURNS TABLE (name text, password text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
  AS $$ SELECT rolname::text, rolpassword::text FROM pg_authid WHERE rolname = wanted AND rolcanlogin AND NOT rolsuper $$;
REVOKE ALL ON FUNCTION pgbouncer.lookup(text) FROM PUBLIC;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer;
GRANT EXECUTE ON FUNCTION pgbouncer.lookup(text) TO pgbouncer;
ALTER SCHEMA public OWNER TO causal_user;
"""


class NativeStack:
    """Started whole unless `only` names the services that a test needs (app, nginx, postgres...)."""

    def __init__(self, program, only=None, postgres_settings=(), prometheus_more=None, access=False):
        self.program = pathlib.Path(program).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o755)
        self.ports = {name: free_port() for name in NAMES}
        self.ports["app"] = first_free_row(3 * INSTANCES)
        self.ports["metrics"] = self.ports["app"] + INSTANCES
        self.ports["worker_metrics"] = self.ports["app"] + 2 * INSTANCES
        self.services = ["app", *UNITS] if only is None else list(only)
        self.access = access
        for name, mode in (("log", 0o777), ("run", 0o777), ("etc", 0o755), ("etc/targets", 0o755), ("etc/instances", 0o755), ("etc/redis", 0o700), ("nginx", 0o777), ("state", 0o700),
                           ("metrics", 0o755), ("data", 0o777), ("backups", 0o750), ("secrets", 0o700), ("secrets/read", 0o755)):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(mode)
        try:
            self.make_secrets()
            self.make_configurations(prometheus_more)
            if "postgres" in self.services:
                self.make_database(postgres_settings)
            self.make_units()
            self.write_settings()
            for service in [name for name in START_ORDER if name in self.services]:
                self.supervise("start", "causal-gym-app@1.service" if service == "app" else UNITS[service])
                if service == "app":
                    self.wait(lambda: self.get(self.app_url() + "/ready"), "the server")
                port = self.ports["node" if service == "node-exporter" else service.replace("-", "_")]
                self.wait(lambda: listens(port), service)  # what starts after it may need it
            if "prometheus" in self.services:
                self.wait(self.all_scraped, "the first scrapes")
        except BaseException:
            self.close()
            raise

    # Making

    def make_secrets(self):
        for name in SECRETS:
            self.write_secret(name, secrets.token_urlsafe(36))
        self.write_urls()

    def write_secret(self, name, value):
        path = self.folder / "secrets" / name
        path.write_text(value + "\n", encoding="ascii")
        path.chmod(0o600)

    def secret(self, name):
        return (self.folder / "secrets" / name).read_text(encoding="ascii").strip()

    def write_urls(self):
        """What the server is told: through PgBouncer, as in production."""
        through = "pgbouncer" if "pgbouncer" in self.services else "postgres"
        password, redis = (urllib.parse.quote(self.secret(name), safe="") for name in ("database_password", "redis_password"))
        self.write_secret("database_url", f"postgresql://causal_user:{password}@127.0.0.1:{self.ports[through]}/causal_experiments")
        self.write_secret("redis_url", f"redis://:{redis}@127.0.0.1:{self.ports['redis']}/0")

    def make_configurations(self, prometheus_more):
        told = self.ports | {"folder": self.folder}
        more = ALERTING.format(**told) + (prometheus_more or "")
        texts = {"nginx.conf": ("user root;" if os.geteuid() == 0 else "") + NGINX.format(**told), "pgbouncer.ini": PGBOUNCER.format(**told),
                 "prometheus.yml": PROMETHEUS.format(more=more, **told), "alertmanager.yml": ALERTMANAGER,
                 "pgbouncer-users.txt": f'"pgbouncer" "{self.secret("pgbouncer_password")}"\n',
                 "redis.conf": f"bind 127.0.0.1\nport {self.ports['redis']}\ndir {self.folder}/data\naclfile {self.folder}/etc/redis/users.acl\n"
                               "maxmemory 64mb\nmaxmemory-policy allkeys-lru\nsave ''\n",
                 "redis/users.acl": f"user default on #{hashlib.sha256(self.secret('redis_password').encode()).hexdigest()} ~* &* +@all\n",
                 "environment": "CAUSAL_GYM_LOG_LEVEL=info\n",
                 "upstream.conf": f"server 127.0.0.1:{self.ports['app']} max_fails=1 fail_timeout=2s;\n",
                 "targets/app.json": json.dumps([{"targets": [f"127.0.0.1:{self.ports['metrics']}"], "labels": {"job": "app"}}]),
                 "instances/app-1.env": f"CAUSAL_GYM_PORT={self.ports['app']}\nCAUSAL_GYM_METRICS_PORT={self.ports['metrics']}\n"}
        for name, text in texts.items():
            (self.folder / "etc" / name).write_text(text, encoding="utf-8")
        for name in ("pgbouncer-users.txt", "redis.conf", "redis/users.acl", "redis"):
            (self.folder / "etc" / name).chmod(0o700 if name == "redis" else 0o600)
            if os.geteuid() == 0:
                shutil.chown(self.folder / "etc" / name, "postgres" if name.startswith("pgb") else "nobody")

    def make_database(self, settings):
        """Data checksums, SCRAM, pg_stat_statements; roles and database as the containers' initialisation makes them."""
        data = self.folder / "postgres"
        data.mkdir()
        data.chmod(0o777)
        passwords = self.folder / "run" / "initial"
        passwords.write_text(self.secret("postgres_password") + "\n", encoding="ascii")
        passwords.chmod(0o644)
        subprocess.run(as_postgres(PROGRAMS / "initdb", "-D", data / "data", "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={passwords}",
                                   "--data-checksums", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"),
                       check=True, capture_output=True, cwd="/", timeout=MOST_SECONDS)
        passwords.unlink()
        self.postgres_argv = [str(PROGRAMS / "postgres"), "-D", str(data / "data"), "-p", str(self.ports["postgres"]), "-k", "",
                              "-c", "listen_addresses=127.0.0.1", "-c", "shared_preload_libraries=pg_stat_statements", "-c", "fsync=off",
                              *(word for setting in settings for word in ("-c", setting.replace("{folder}", str(self.folder))))]
        self.make_units()
        self.supervise("start", UNITS["postgres"])
        self.wait(lambda: self.psql("SELECT 1", database="postgres", check=False).returncode == 0, "PostgreSQL")
        self.psql(ROLES.format(**{name: self.secret(name) for name in SECRETS}), database="postgres")

    def make_units(self):
        folder, ports = self.folder, self.ports
        exporters = {
            "postgres-exporter": (["prometheus-postgres-exporter", f"--web.listen-address=127.0.0.1:{ports['postgres_exporter']}"],
                                  {"DATA_SOURCE_URI": f"127.0.0.1:{ports['postgres']}/causal_experiments?sslmode=disable",
                                   "DATA_SOURCE_USER": "causal_monitor", "DATA_SOURCE_PASS_FILE": f"{folder}/run/postgres-exporter/monitor_password"}),
            "redis-exporter": ([str(ROOT / "ops/compose/redis/start_exporter")],
                               {"SECRETS_FOLDER": f"{folder}/run/redis-exporter", "REDIS_EXPORTER_FOLDER": f"{folder}/run/redis-exporter",
                                "REDIS_ADDRESS": f"127.0.0.1:{ports['redis']}", "LISTEN_ADDRESS": f"127.0.0.1:{ports['redis_exporter']}"}),
            "nginx-exporter": (["prometheus-nginx-exporter", "-nginx.scrape-uri", f"http://127.0.0.1:{ports['status']}/stub_status",
                                "-web.listen-address", f"127.0.0.1:{ports['nginx_exporter']}"], {}),
            "node-exporter": (["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{ports['node']}",
                               f"--collector.textfile.directory={folder}/metrics"], {}),
            "prometheus": (["prometheus", f"--config.file={folder}/etc/prometheus.yml", f"--storage.tsdb.path={folder}/data/prometheus",
                            f"--web.listen-address=127.0.0.1:{ports['prometheus']}", "--web.enable-lifecycle", "--storage.tsdb.retention.time=400d"], {}),
            "alertmanager": (["prometheus-alertmanager", f"--config.file={folder}/etc/alertmanager.yml", f"--storage.path={folder}/data/alertmanager",
                              f"--web.listen-address=127.0.0.1:{ports['alertmanager']}", "--cluster.listen-address="], {}),
            "redis": (["redis-server", str(folder / "etc/redis.conf")], {})}
        units = {UNITS[name]: {"argv": argv, "environment": environment, "user": "nobody", "group": "nogroup", "log": f"{name}.log"}
                 for name, (argv, environment) in exporters.items()}
        for name, secret in (("postgres-exporter", "monitor_password"), ("redis-exporter", "redis_password")):
            units[UNITS[name]]["credentials"] = {str(folder / "secrets" / secret): str(folder / "run" / name / secret)}
        if hasattr(self, "postgres_argv"):
            units[UNITS["postgres"]] = {"argv": self.postgres_argv, "user": "postgres", "log": "postgres.log", "stop": "SIGINT"}
        units[UNITS["pgbouncer"]] = {"argv": ["pgbouncer", str(folder / "etc/pgbouncer.ini")], "user": "postgres", "log": "pgbouncer.log"}
        units[UNITS["nginx"]] = {"argv": self.nginx_argv(), "log": "nginx.log", "stop": "SIGQUIT"}
        for name, words in (("app", ["serve"]), ("worker", ["worker"])):
            units[f"causal-gym-{name}@.service"] = {"argv": [str(self.program), *words], "log": f"{name}-{{instance}}.log", "environment": self.environment(),
                                                    "environment_files": [str(folder / "etc/environment"), str(folder / f"etc/instances/{name}-{{instance}}.env")]}
        (folder / "units.json").write_text(json.dumps(units, indent=1), encoding="utf-8")
        shutil.copy(HERE / "supervisor.py", folder / "supervisor")
        (folder / "supervisor").chmod(0o755)

    def nginx_argv(self):
        return ["nginx", "-p", str(self.folder), "-c", str(self.folder / "etc/nginx.conf"), "-e", str(self.folder / "log/nginx-error.log")]

    def environment(self):
        secrets_folder = self.folder / "secrets"
        given = {"DATABASE_URL_FILE": str(secrets_folder / "database_url")}
        if "redis" in self.services:
            given["REDIS_URL_FILE"] = str(secrets_folder / "redis_url")
        if self.access:
            given |= {"JWT_SECRET_KEY_FILE": str(secrets_folder / "jwt_secret_key"), "CAUSAL_GYM_AUTH_ACCESS": "on",
                      "CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY_FILE": str(secrets_folder / "second_factor_key"),
                      "CAUSAL_GYM_AUTH_TRUSTED_PROXIES": "127.0.0.1"}
        else:
            given |= {"CAUSAL_GYM_AUTH_ACCESS": "off"}
        return given

    def write_settings(self, **tables):
        """operations.toml; `tables` adds to or replaces keys of its tables, as in write_settings(limits={"disk_warning": 0.1})."""
        folder, ports = self.folder, self.ports
        expected = [name for name in ["app", *UNITS] if name in self.services]
        written = {
            "stack": {"kind": "host", "supervisor": str(folder / "supervisor"), "expected": expected, "instances_folder": str(folder / "etc/instances"),
                      "first_port": ports["app"], "first_metrics_port": ports["metrics"],
                      "first_worker_metrics_port": ports["worker_metrics"], "upstream_file": str(folder / "etc/upstream.conf"),
                      "targets_folder": str(folder / "etc/targets"), "units": {name: unit for name, unit in UNITS.items() if name in self.services}},
            "urls": {"public": f"http://127.0.0.1:{ports['nginx']}", "metrics": f"http://127.0.0.1:{ports['metrics']}/metrics",
                     "prometheus": f"http://127.0.0.1:{ports['prometheus']}", "alertmanager": f"http://127.0.0.1:{ports['alertmanager']}",
                     "postgres_exporter": f"http://127.0.0.1:{ports['postgres_exporter']}/metrics"},
            "postgres": {"host": "127.0.0.1", "port": ports["postgres"], "admin_password": "postgres_password", "data": str(folder / "postgres/data")},
            "pgbouncer": {"port": ports["pgbouncer"], "config": str(folder / "etc/pgbouncer.ini"), "users": str(folder / "etc/pgbouncer-users.txt")},
            "redis": {"port": ports["redis"]},
            "paths": {"state": str(folder / "state"), "metrics": str(folder / "metrics"), "backups": str(folder / "backups"),
                      "secrets": str(folder / "secrets"), "environment": str(folder / "etc/environment"), "program": str(self.program), "disks": [str(folder)],
                      "logs": {"app": [f"{folder}/log/app-*.log"], "nginx": [f"{folder}/log/access.log"], "postgres": [f"{folder}/log/postgres.log"]}},
            "limits": {"memory_warning": 0.99, "memory_critical": 0.999, "cpu_warning": 50.0, "cpu_critical": 60.0, "disk_warning": 0.99,
                       "disk_critical": 0.999},
            "recovery": {"nginx_check": [*self.nginx_argv(), "-t"]}}
        for name, table in tables.items():
            written.setdefault(name, {}).update(table)
        lines = []
        for name, table in written.items():
            lines += [f"[{name}]", *(f"{key} = {toml(value)}" for key, value in table.items()), ""]
        self.settings_file = folder / "operations.toml"
        self.settings_file.write_text("\n".join(lines), encoding="utf-8")

    # Using

    def supervise(self, verb, unit):
        done = subprocess.run([str(self.folder / "supervisor"), verb, unit], timeout=MOST_SECONDS, capture_output=True, text=True)
        assert done.returncode == 0 or verb == "is-active", f"{verb} {unit}: {done.stderr}\n{self.logs()}"
        return done

    def psql(self, text, database="causal_experiments", user="postgres", check=True):
        secret = {"postgres": "postgres_password", "causal_user": "database_password"}.get(user, f"{user}_password")
        given = os.environ | {"PGPASSWORD": self.secret(secret)}
        return subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(self.ports["postgres"]), "-U", user, "-d", database, "-X", "-q", "-A", "-t",
                               "-v", "ON_ERROR_STOP=1"], input=text, text=True, capture_output=True, env=given, check=check, timeout=MOST_SECONDS)

    def procedure(self, name, *arguments, environment=None):
        """(exit code, report) of a procedure, as an operator runs it, with --json."""
        done = subprocess.run([str(ROOT / "ops/procedures" / f"{name}.sh"), "--config", str(self.settings_file), "--json", *map(str, arguments)],
                              capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, env=os.environ | (environment or {}))
        try:
            report = json.loads(done.stdout)
        except ValueError as error:
            raise AssertionError(f"{name} printed no report, ended with {done.returncode}: {done.stdout}{done.stderr}") from error
        assert report["exit_code"] == done.returncode, (report["exit_code"], done.returncode, done.stderr)
        return done.returncode, report

    def app_url(self, number=1):
        return f"http://127.0.0.1:{self.ports['app'] + number - 1}"

    def public_url(self):
        return f"http://127.0.0.1:{self.ports['nginx']}"

    def post(self, path, body, base=None):
        """The JSON of an answer of the server, through nginx."""
        asked = urllib.request.Request((base or self.public_url()) + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=MOST_SECONDS) as response:
            return json.load(response)

    def get(self, url):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.read() or b"-"
        except OSError:
            return None

    def all_scraped(self):
        text = self.get(f"http://127.0.0.1:{self.ports['prometheus']}/api/v1/targets")
        targets = json.loads(text)["data"]["activeTargets"] if text else []
        scraped = {target["labels"]["job"] for target in targets if target["health"] == "up"}
        jobs = {"app": "app", "prometheus": "prometheus", "alertmanager": "alertmanager", "node": "node-exporter", "postgres": "postgres-exporter",
                "redis": "redis-exporter", "nginx": "nginx-exporter"}
        return all(job in scraped for job, service in jobs.items() if service in self.services)

    def wait(self, condition, what, seconds=MOST_SECONDS):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what} did not come:\n{self.logs()}"
            time.sleep(0.05)

    def logs(self):
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-800:]}" for path in sorted((self.folder / "log").iterdir()))

    def close(self):
        if (self.folder / "supervisor").exists():
            running = [path.name.removesuffix(".pid") for path in (self.folder / "run").glob("*.pid")]
            for unit in sorted(running, key=lambda unit: (unit == UNITS["postgres"], "causal-gym" not in unit)):
                with contextlib.suppress(subprocess.SubprocessError):
                    self.supervise("stop", unit)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def first_free_row(count):
    """The first of `count` ports in a row that are free, below those that the system gives to connections going out."""
    while True:
        first = random.randrange(12000, 32000 - count)
        with contextlib.ExitStack() as listeners:
            try:
                for port in range(first, first + count):
                    listener = listeners.enter_context(socket.socket())
                    listener.bind(("127.0.0.1", port))
                return first
            except OSError:
                continue


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


def findings(report, step, severity=None):
    """Messages of a step, of one severity or of all."""
    return [finding["message"] for finding in report["findings"]
            if finding["step"] == step and (severity is None or finding["severity"] == severity)]
