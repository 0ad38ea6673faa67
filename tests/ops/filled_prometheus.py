"""A real Prometheus whose past is known: series are written as OpenMetrics, made into blocks by promtool, and served on a free loopback
port."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

from postgres import free_port  # beside tests/shells, which native_stack.py puts into the path

MOST_SECONDS = 60
HOUR, DAY = 3600, 86400
STEP = 300  # seconds between samples: a query of the last five minutes finds one


class Series:
    """One metric: `value(moment)` gives its number, None a gap. A counter is kept as it is told, resets and all."""

    def __init__(self, name, labels, value, is_counter=False, step=None):
        self.name, self.labels, self.value, self.is_counter, self.step = name, labels, value, is_counter, step


def openmetrics(series, start, stop, step=STEP):
    lines, families = [], {}
    for one in series:
        families.setdefault(one.name, []).append(one)
    for name, members in families.items():
        family = name.removesuffix("_total") if members[0].is_counter else name
        lines.append(f"# TYPE {family} {'counter' if members[0].is_counter else 'gauge'}")
        for one in members:
            labels = ",".join(f'{key}="{value}"' for key, value in one.labels.items())
            head = f"{name}{{{labels}}}" if labels else name
            for moment in range(start, stop + 1, one.step or step):
                value = one.value(moment)
                if value is not None:
                    lines.append(f"{head} {value!r} {moment}")
    return "\n".join([*lines, "# EOF"]) + "\n"


def fill(folder, series, start, stop, step=STEP):
    """Blocks in `folder`, the storage of a Prometheus that is not running."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder.parent / "history.txt"
    source.write_text(openmetrics(series, start, stop, step), encoding="utf-8")
    done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "--max-block-duration=2048h", "openmetrics", "-q", source, folder],
                          capture_output=True, text=True, timeout=MOST_SECONDS)
    assert done.returncode == 0, done.stderr
    source.unlink()


class FilledPrometheus:
    def __init__(self, series, start, stop, step=STEP):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        fill(self.folder / "data", series, start, stop, step)
        (self.folder / "prometheus.yml").write_text("scrape_configs: []\n", encoding="ascii")
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=400d"], stdout=log, stderr=log)
        end = time.monotonic() + MOST_SECONDS
        while not self.is_ready():
            assert time.monotonic() < end and self.process.poll() is None, (self.folder / "log").read_text(errors="replace")
            time.sleep(0.1)

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/-/ready", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def query(self, expression, moment):
        asked = f"{self.url}/api/v1/query?query={urllib.request.quote(expression)}&time={moment}"
        with urllib.request.urlopen(asked, timeout=MOST_SECONDS) as response:
            return json.load(response)["data"]["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(MOST_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)
