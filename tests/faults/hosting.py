"""What tests of language models in runs launched over HTTP share: servers and workers beside the scripted provider."""
import contextlib
import json
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

from model_run import Workplace

PROGRAM, SERVER = sys.argv[1:3]
MODEL = "openai/some-model"
ALLOWED = {"CAUSAL_GYM_MODELS_ALLOWED": "openai/*,compatible/causal-gym/*", "CAUSAL_GYM_MODELS_MOST_COST": "0"}
EXPERIMENT = {"environments": ["chain-v1"], "interventions": ["smoke=true"], "beliefs": ["P(fire)", "P(alarm)"]}
MOST_SECONDS = 60


class Hosting(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(PROGRAM, SERVER)
        self.addCleanup(self.place.close)
        self.logs, self.answers = [], []

    @contextlib.contextmanager
    def serve(self, database, **more):
        """The address of a server, and its process; killed at the end, if it lives."""
        log = self.place.folder / f"log{len(self.logs)}"
        self.logs.append(log)
        with open(log, "w") as file:
            process = subprocess.Popen([PROGRAM, "serve", "--port", "0", "--metrics-port", "0", "--database", database], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=file, env={**self.place.environment, **ALLOWED, **more})
        try:
            yield self.listening(log, process), process
        finally:
            process.kill()
            process.wait()

    def listening(self, log, process):
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            for line in log.read_text().splitlines():
                if '"listening"' in line:
                    event = json.loads(line)
                    self.metrics = f"http://127.0.0.1:{event['metrics_port']}/metrics"
                    return f"http://127.0.0.1:{event['port']}"
            time.sleep(0.02)
        self.fail(log.read_text())

    def working(self, log, process):
        deadline = time.monotonic() + MOST_SECONDS
        while '"working"' not in log.read_text():
            self.assertIsNone(process.poll(), log.read_text())
            self.assertLess(time.monotonic(), deadline, log.read_text())
            time.sleep(0.02)

    def ask(self, address, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(address + path, data, method=method), timeout=MOST_SECONDS) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read().decode()
        self.answers.append(text)
        return status, json.loads(text) if text else None

    def launch(self, address, agents, status=202, **more):
        got, value = self.ask(address, "/api/v1/experiments", {**EXPERIMENT, "agents": agents, **more})
        self.assertEqual(got, status, value)
        return value["result"]["id"] if status == 202 else value["error"]

    def ended(self, address, run):
        deadline = time.monotonic() + MOST_SECONDS
        while (value := self.ask(address, f"/api/v1/runs/{run}")[1]["result"])["state"] in ("running", "interrupted"):
            self.assertLess(time.monotonic(), deadline, "".join(log.read_text() for log in self.logs))
            time.sleep(0.05)
        return value

    @contextlib.contextmanager
    def worker(self, database, **more):
        log = self.place.folder / f"log{len(self.logs)}"
        self.logs.append(log)
        with open(log, "w") as file:
            process = subprocess.Popen([PROGRAM, "worker", "--database", database], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
                                       env={**self.place.environment, **ALLOWED, "CAUSAL_GYM_LEASE_SECONDS": "1", **more})
        try:
            self.working(log, process)
            yield next(f"http://127.0.0.1:{event['metrics_port']}/metrics" for event in map(json.loads, log.read_text().splitlines())
                       if event["event"] == "working"), process
        finally:
            process.kill()
            process.wait()
