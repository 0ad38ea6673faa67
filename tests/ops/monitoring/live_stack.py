"""The monitored system as it runs on a bare host, in miniature: the built program with PostgreSQL, Redis, nginx and a scripted provider of
models, Debian's exporters, ours of control groups, Alertmanager and Prometheus with the project's own files. All on free loopback ports.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
ROOT = TESTS.parent
sys.path += [str(TESTS / "shells"), str(TESTS / "faults")]
import cgroup_trees  # noqa: E402
from model_run import ScriptedServer, environment  # noqa: E402
from nginx import Nginx  # noqa: E402
from postgres import PASSWORD, PROGRAMS, Postgres, as_postgres, free_port  # noqa: E402

MOST_SECONDS = 150  # of anything, on a busy machine
MODEL = "openai/some-model"
STATUS = "location = /stub_status { stub_status; }"
# Where prometheus.host.yml finds each of them.
PORTS = {"app": 8090, "prometheus": 9090, "alertmanager": 9093, "node": 9100, "containers": 9101, "nginx": 9113, "redis": 9121, "postgres": 9187}


def fetch(url, body=None, method=None, headers=None):
    """(status, text)"""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=MOST_SECONDS) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def until(condition, what, seconds=MOST_SECONDS):
    """The first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            if value := condition():
                return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


class Place:
    """Processes and a folder; all of it is gone after `close`."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o755)
        self.processes, self.closers = [], []

    def start(self, name, *command, **more):
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **more})
        self.processes.append(process)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def answers(self, name, url):
        until(lambda: fetch(url)[0] == 200, f"{name} at {url}\n{self.log(name)}")

    def close(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(MOST_SECONDS)
        for close in reversed(self.closers):
            close()
        shutil.rmtree(self.folder)


class Monitors(Place):
    """Alertmanager and Prometheus. `files` replaces the project's: {name: text}."""

    def start_alertmanager(self, configuration, port):
        self.alertmanager = f"http://127.0.0.1:{port}"
        self.start("alertmanager", "prometheus-alertmanager", f"--config.file={configuration}", f"--storage.path={self.folder / 'alertmanager'}",
                   f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=")
        self.answers("alertmanager", f"{self.alertmanager}/-/ready")

    def start_prometheus(self, configuration, port):
        self.prometheus = f"http://127.0.0.1:{port}"
        self.start("prometheus", "prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={self.folder / 'tsdb'}",
                   f"--web.listen-address=127.0.0.1:{port}", "--web.enable-lifecycle", "--storage.tsdb.retention.time=400d")
        self.answers("prometheus", f"{self.prometheus}/-/ready")

    def get(self, path, **parameters):
        status, text = fetch(f"{self.prometheus}/api/v1/{path}?" + urllib.parse.urlencode(parameters))
        answer = json.loads(text)
        assert status == 200 and answer["status"] == "success", f"{parameters}: {text}"
        return answer["data"]

    def series(self, expression):
        data = self.get("query", query=expression)
        return data["result"] if data["resultType"] in ("vector", "matrix") else [data["result"]]


class LiveStack(Monitors):
    def __init__(self, program, llm_server):
        super().__init__()
        try:
            self.ports = {job: free_port() for job in PORTS}
            self.start_services(program, llm_server)
            self.start_exporters()
            alertmanager = self.folder / "alertmanager.yml"
            alertmanager.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n", encoding="utf-8")
            self.start_alertmanager(alertmanager, self.ports["alertmanager"])
            self.start_prometheus(self.configured(), self.ports["prometheus"])
        except BaseException:
            self.close()
            raise

    def start_services(self, program, llm_server):
        self.postgres = Postgres()
        self.closers.append(self.postgres.close)
        self.start_standby()
        self.models = ScriptedServer(llm_server)
        self.closers.append(self.models.close)
        self.redis_port = free_port()
        self.start("redis", "redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "", "--dir", self.folder, "--maxmemory", "64mb")
        self.start("app", program, "serve", "--port", "0", "--metrics-port", self.ports["app"], "--database", self.postgres.url(self.postgres.new_database()),
                   **{**environment(self.models.url, self.folder), "CAUSAL_GYM_MODELS_ALLOWED": "openai/*", "CAUSAL_GYM_MODELS_MOST_COST": "0",
                      "CAUSAL_GYM_REDIS_URL": f"redis://127.0.0.1:{self.redis_port}"})
        listening = until(lambda: re.search(r'"event":"listening".*?"port":(\d+)', self.log("app")), "the program listens")
        self.app = f"http://127.0.0.1:{listening[1]}"
        self.nginx = Nginx([int(listening[1])], STATUS)
        self.closers.append(self.nginx.close)

    def start_standby(self):
        """A second PostgreSQL that follows the first one by a slot."""
        data = self.postgres.folder / "disk/standby"
        subprocess.run(as_postgres(PROGRAMS / "pg_basebackup", "-h", "127.0.0.1", "-p", self.postgres.port, "-U", "postgres", "-D", data, "-R", "-C", "-S",
                                   "standby", "-c", "fast", "--no-sync"), check=True, capture_output=True, cwd="/", timeout=MOST_SECONDS,
                       env={**os.environ, "PGPASSWORD": PASSWORD})
        self.start("standby", *as_postgres(PROGRAMS / "postgres", "-D", data, "-p", free_port(), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"))

    def start_exporters(self):
        listens, metrics = {job: f"127.0.0.1:{port}" for job, port in self.ports.items()}, self.folder / "metrics"
        metrics.mkdir()
        self.textfile = metrics / "procedures.prom"
        self.write_textfile()
        self.start("postgres-exporter", "prometheus-postgres-exporter", f"--web.listen-address={listens['postgres']}",
                   DATA_SOURCE_URI=f"127.0.0.1:{self.postgres.port}/postgres?sslmode=disable", DATA_SOURCE_USER="postgres", DATA_SOURCE_PASS=PASSWORD)
        self.start("redis-exporter", "prometheus-redis-exporter", "-redis.addr", f"redis://127.0.0.1:{self.redis_port}", "-web.listen-address", listens["redis"])
        self.start("nginx-exporter", "prometheus-nginx-exporter", "-nginx.scrape-uri", f"http://127.0.0.1:{self.nginx.port}/stub_status",
                   "-web.listen-address", listens["nginx"])
        self.start("node-exporter", "prometheus-node-exporter", f"--web.listen-address={listens['node']}", f"--collector.textfile.directory={metrics}")
        self.cgroups = self.folder / "cgroup"
        self.use_container(1)
        (self.cgroups / "cgroup.controllers").write_text("cpu memory\n", encoding="utf-8")
        self.start("cgroup-exporter", ROOT / "ops/exporters/cgroup_exporter.py", "--listen", listens["containers"], "--cgroups", self.cgroups)
        for job in ("postgres", "redis", "nginx", "node", "containers"):
            self.answers({"containers": "cgroup-exporter"}.get(job, f"{job}-exporter"), f"http://{listens[job]}/metrics")

    def use_container(self, seconds):
        told = cgroup_trees.UNIFIED["cpu.stat"].replace("usage_usec 2500000", f"usage_usec {int(seconds * 1e6)}").replace("nr_periods 40", f"nr_periods {int(seconds * 100)}")
        cgroup_trees.add_unified(self.cgroups, "/system.slice/causal-gym-app.service", **{"cpu.stat": told})

    def write_textfile(self):
        """What procedures leave for the node exporter."""
        now = int(time.time())
        lines = [f'causal_backup_last_success_timestamp_seconds{{kind="{kind}"}} {now}\ncausal_backup_size_bytes{{kind="{kind}"}} 1000000' for kind in ("logical", "physical")]
        lines += [f"causal_backup_last_verified_timestamp_seconds {now}", f'causal_certificate_not_after_timestamp_seconds{{file="site.pem"}} {now + 8640000}']
        for procedure in ("daily_health_check", "weekly_security_audit", "monthly_backup_recovery_test", "backup"):
            lines += [f'causal_procedure_last_run_timestamp_seconds{{procedure="{procedure}"}} {now}', f'causal_procedure_last_exit_code{{procedure="{procedure}"}} 0']
        temporary = self.textfile.with_suffix(".new")
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        temporary.rename(self.textfile)

    def configured(self):
        """The project's configuration of a bare host, with other ports and a look every two seconds; the rules beside it."""
        text = (ROOT / "monitoring/prometheus.host.yml").read_text(encoding="utf-8")
        (self.folder / "targets").mkdir()
        (self.folder / "targets/app.json").write_text(json.dumps([{"targets": [f"127.0.0.1:{self.ports['app']}"]}]), encoding="utf-8")
        for job, port in PORTS.items():
            assert job == "app" or f"- targets: [127.0.0.1:{port}]" in text, f"prometheus.host.yml has no 127.0.0.1:{port} for {job}"
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{self.ports[job]}")
        text = re.sub(r"(scrape_interval|evaluation_interval|scrape_timeout): \d+s", r"\1: 2s", text)
        for name in ("recording.rules.yml", "alert.rules.yml"):
            rules = (ROOT / "monitoring" / name).read_text(encoding="utf-8")
            (self.folder / name).write_text(re.sub(r"^( +interval:) .*$", r"\1 2s", rules, flags=re.MULTILINE), encoding="utf-8")
        path = self.folder / "prometheus.yml"
        path.write_text(text, encoding="utf-8")
        return path

    def all_up(self):
        until(lambda: {one["metric"]["job"] for one in self.series("up == 1")} == set(PORTS), f"all of {sorted(PORTS)} are scraped")

    def request(self, path, body=None):
        status, text = fetch(self.app + path, body)
        return status, json.loads(text) if text.startswith("{") else None

    def run_experiment(self, **more):
        status, value = self.request("/api/v1/experiments", {"environments": ["chain-v1"], "agents": ["ideal", MODEL], "beliefs": ["P(fire)"], **more})
        assert status == 202, value
        run = value["result"]["id"]
        until(lambda: self.request(f"/api/v1/runs/{run}")[1]["result"]["state"] in ("finished", "failed"), f"run {run} ends")

    def make_traffic(self):
        """One round of what users and their mistakes do."""
        for query in ("P(slippery | do(sprinkler=on))", "P(slippery | do(sprinkler=on))", "P(rian)"):
            self.request("/api/v1/ask", {"model": "sprinkler-v1", "query": query})
        self.request("/api/v1/nowhere")
        fetch(f"http://127.0.0.1:{self.nginx.port}/live")
