"""The two sides of each comparison, started for it on free loopback ports: the built server, and Debian's nginx that answers `return 200`."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/shells"))
from postgres import free_port  # noqa: E402

PROGRAM = ROOT / "build/release/bin/causal-gym"
MOST_SECONDS = 60
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log {log};
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    default_type application/json;
    location / {{ return 200 '{body}'; }}
  }}
}}
"""


def allow_open_files():
    """As many as the machine lets this program and what it starts have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Side:
    """A process and those that it starts; its own folder."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.process = None
        self.port = 0

    def wait_for_answers(self, log):
        deadline = time.monotonic() + MOST_SECONDS
        while True:
            try:
                with urllib.request.urlopen(self.url("/health"), timeout=5):
                    return
            except urllib.error.URLError:
                assert self.process.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.02)

    def processes(self):
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        return [pid, *map(int, children)]

    def cpu_seconds(self):
        """Of all its processes since they began, in user and kernel mode."""
        ticks = 0
        for pid in self.processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS_A_SECOND

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(MOST_SECONDS)
        shutil.rmtree(self.folder)


class Nginx(Side):
    """Answers everything with a body of so many bytes; with `logs`, a line for each request as it does when nobody says otherwise."""

    def __init__(self, body_bytes, logs=False):
        super().__init__()
        self.port = free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        log = f"{self.folder}/access.log" if logs else "off"
        text = user + CONFIGURATION.format(folder=self.folder, port=self.port, body="x" * body_bytes, log=log)
        (self.folder / "conf").write_text(text, encoding="utf-8")
        self.process = subprocess.Popen(["nginx", "-p", self.folder, "-c", self.folder / "conf", "-e", self.folder / "error.log"],
                                        stdin=subprocess.DEVNULL)
        self.wait_for_answers(self.folder / "error.log")


class Server(Side):
    """`causal-gym serve` with these variables, whose log goes to a file; on a new SQLite file unless another database is given."""

    def __init__(self, database=None, **variables):
        super().__init__()
        log = self.folder / "log"
        self.port = free_port()
        command = [PROGRAM, "serve", "--port", str(self.port), "--metrics-port", "0", "--database", database or self.folder / "runs.sqlite"]
        with open(log, "w", encoding="utf-8") as stderr:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
                                            env={**os.environ, **variables})
        self.wait_for_answers(log)

    def request(self, path, body=None):
        """The bytes of a 200 or 202."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url(path), data), timeout=MOST_SECONDS) as response:
            return response.read()
