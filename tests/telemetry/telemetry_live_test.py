#!/usr/bin/env python3
"""The running server's metrics, logs, traces and health: counts are those of the requests that were made, promtool finds nothing, and a real
Prometheus answers the queries of the operators' runbook.

usage: telemetry_live_test.py PROGRAM
"""
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = sys.argv[1]
ENDED_STATES = ("finished", "cancelled", "failed", "interrupted")


def fetch(url, body=None, headers=None):
    """(status, text, headers) of one request."""
    request = urllib.request.Request(url, None if body is None else body.encode(), headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def until(condition, seconds, what):
    """The first true value of the condition."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


class Server:
    """`causal-gym serve` on free ports; its log goes to a file."""

    def __init__(self, folder, **environment):
        self.log_path = os.path.join(folder, "log")
        self.log_file = open(self.log_path, "w")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", "--metrics-port", "0", "--database", os.path.join(folder, "runs.sqlite")],
            stderr=self.log_file, env={**os.environ, **environment})
        listening = until(lambda: [e for e in self.events() if e["event"] == "listening"], 30, "listening")[0]
        self.address = f"http://127.0.0.1:{listening['port']}"
        self.metrics_address = f"127.0.0.1:{listening['metrics_port']}"

    def lines(self):
        with open(self.log_path) as log:
            return [line for line in log.read().split("\n") if line]

    def events(self):
        return [json.loads(line) for line in self.lines() if line.endswith("}")]

    def get(self, path, body=None, headers=None):
        return fetch(self.address + path, body, headers)

    def scrape(self):
        return fetch(f"http://{self.metrics_address}/metrics")[1]

    def samples(self):
        pairs = (line.rsplit(" ", 1) for line in self.scrape().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def run_experiment(self):
        status, text, _ = self.get("/api/v1/experiments", json.dumps(
            {"environments": ["chain-v1"], "agents": ["ideal", "seeing"], "trials": 2}))
        assert status == 202, text
        run = json.loads(text)["result"]["id"]
        shown = f"/api/v1/runs/{run}"
        until(lambda: any(f'"state":"{state}"' in self.get(shown)[1].replace(" ", "") for state in ENDED_STATES), 30, run)
        return run

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        self.log_file.close()
        return self.process.returncode


class LiveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def serve(self, **environment):
        server = Server(self.folder, **environment)
        self.addCleanup(server.end)
        return server


ASK = '{"model": "sprinkler-v1", "query": "P(slippery | do(sprinkler=on))"}'


class Metrics(LiveTest):
    def test_they_have_an_address_of_their_own(self):
        server = self.serve(CAUSAL_GYM_METRICS_ADDRESS="127.0.0.2")
        port = server.metrics_address.split(":")[1]
        self.assertEqual(fetch(f"http://127.0.0.2:{port}/metrics")[0], 200)
        with self.assertRaises(urllib.error.URLError):
            fetch(f"http://127.0.0.1:{port}/metrics")
        self.assertEqual(server.get("/metrics")[0], 404)
        with self.assertRaises(urllib.error.URLError):
            fetch(server.address.replace("127.0.0.1", "127.0.0.2") + "/live")

    def test_counts_are_those_of_the_requests_made(self):
        server = self.serve()
        for _ in range(7):
            self.assertEqual(server.get("/api/v1/ask", ASK)[0], 200)
        for _ in range(3):
            self.assertEqual(server.get("/api/v1/ask", '{"model": "sprinkler-v1", "query": "P(rian)"}')[0], 400)
        for _ in range(2):
            self.assertEqual(server.get("/nowhere")[0], 404)
        samples = server.samples()
        self.assertEqual(samples['causal_inference_requests_total{method="ask",status="ok"}'], 7)
        self.assertEqual(samples['causal_inference_requests_total{method="ask",status="error"}'], 3)
        self.assertEqual(samples['causal_inference_errors_total{code="unknown_name",method="ask"}'], 3)
        self.assertEqual(samples['causal_inference_duration_seconds_count{method="ask"}'], 10)
        self.assertEqual(samples['http_requests_total{method="POST",status="200"}'], 7)
        self.assertEqual(samples['http_requests_total{method="POST",status="400"}'], 3)
        self.assertEqual(samples['http_requests_total{method="GET",status="404"}'], 2)
        self.assertEqual(samples["http_request_duration_seconds_count"], 12)
        # The log is the other road.
        logged = [event for event in server.events() if event["event"] == "request"]
        self.assertEqual(len(logged), 12)

    def test_a_run_is_told_as_its_export_tells_it(self):
        server = self.serve()
        run = server.run_experiment()
        until(lambda: server.samples()["causal_active_experiments"] == 0, 10, "idle")
        samples = server.samples()
        self.assertEqual(samples['causal_experiments_total{state="created"}'], 1)
        self.assertEqual(samples['causal_experiments_total{state="finished"}'], 1)
        self.assertEqual(samples['causal_queue_jobs{state="waiting"}'], 0)
        _, rows, _ = server.get(f"/api/v1/runs/{run}/export?format=csv")
        outcomes = re.findall(r",(stated|refused|unparseable|agent_error|not_reached),", rows)
        self.assertGreater(len(outcomes), 0)
        for outcome in ("stated", "refused", "unparseable", "agent_error", "not_reached"):
            self.assertEqual(samples[f'causal_beliefs_total{{outcome="{outcome}"}}'], outcomes.count(outcome))
        self.assertEqual(samples['causal_store_operations_total{operation="finish_episode",status="ok"}'], 4)

    def test_promtool_finds_nothing(self):
        server = self.serve()
        server.get("/api/v1/ask", ASK)
        server.run_experiment()
        checked = subprocess.run(["promtool", "check", "metrics"], input=server.scrape(), capture_output=True, text=True,
                                 timeout=60)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))


class Prometheus(LiveTest):
    def start(self, server):
        """The address of a Prometheus that scrapes the server five times a second."""
        config = os.path.join(self.folder, "prometheus.yml")
        with open(config, "w") as out:
            json.dump({"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
                       "scrape_configs": [{"job_name": "causal-gym",
                                           "static_configs": [{"targets": [server.metrics_address]}]}]}, out)
        log_path = os.path.join(self.folder, "prometheus.log")
        log = open(log_path, "w")
        self.addCleanup(log.close)
        # Its own port 0 is a free one, which it tells in its log.
        process = subprocess.Popen(["prometheus", f"--config.file={config}",
                                    f"--storage.tsdb.path={os.path.join(self.folder, 'tsdb')}",
                                    "--web.listen-address=127.0.0.1:0"], stdout=log, stderr=log)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.terminate)

        def told():
            with open(log_path) as text:
                found = re.search(r'msg="Listening on" address=(127\.0\.0\.1:[1-9]\d*)', text.read())
            return found and found[1]
        address = until(told, 30, "Prometheus listens")
        until(lambda: fetch(f"http://{address}/-/ready")[0] == 200, 30, "Prometheus is ready")
        return address

    def query(self, address, expression):
        """The values of an instant query, by their labels' values in order."""
        _, text, _ = fetch(f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        answer = json.loads(text)
        self.assertEqual(answer["status"], "success", text)
        return {tuple(each["metric"].values()): float(each["value"][1]) for each in answer["data"]["result"]}

    def test_the_queries_of_the_runbook_return_data(self):
        server = self.serve()
        address = self.start(server)
        until(lambda: self.query(address, "up").get(("up", server.metrics_address, "causal-gym")) == 1, 30, "up == 1")
        for _ in range(30):
            server.get("/api/v1/ask", ASK)
        for _ in range(10):
            server.get("/api/v1/ask", '{"model": "sprinkler-v1", "query": "P("}')
        counted = 'sum(causal_inference_requests_total{method="ask"})'
        until(lambda: self.query(address, counted).get(()) == 40, 30, "all are counted")
        quantile = "histogram_quantile(0.95, sum by (le,method)(rate(causal_inference_duration_seconds_bucket[7d])))"
        self.assertTrue(0 < self.query(address, quantile)[("ask",)] < 10)
        mean = ("sum by(method)(rate(causal_inference_duration_seconds_sum[7d]))"
                " / sum by(method)(rate(causal_inference_duration_seconds_count[7d]))")
        self.assertTrue(0 < self.query(address, mean)[("ask",)] < 10)
        ratio = ('sum by(method)(increase(causal_inference_requests_total{status="error"}[7d]))'
                 " / sum by(method)(increase(causal_inference_requests_total[7d]))")
        self.assertAlmostEqual(self.query(address, ratio)[("ask",)], 0.25, delta=1e-6)
        self.assertGreater(self.query(address, "sum(increase(causal_inference_requests_total[30d]))")[()], 0)


class Logs(LiveTest):
    """The greps of the operators' runbook, over the log as they see it."""

    GREPS = {"errors": "-i error", "levels": "-E (ERROR|CRITICAL|FATAL)", "slow": "slow_request",
             "providers": "-E (openai.*error|anthropic.*error)", "timeouts": "timeout",
             "connections": "connection.*failed"}

    def grep(self, server):
        """How many lines each finds."""
        def count(options):
            done = subprocess.run(["grep", "-c", *options.split(" ", 1), server.log_path] if " " in options
                                  else ["grep", "-c", options, server.log_path], capture_output=True, text=True, timeout=30)
            return int(done.stdout)
        return {name: count(options) for name, options in self.GREPS.items()}

    def test_a_busy_and_healthy_server_says_none_of_the_words(self):
        server = self.serve(CAUSAL_GYM_SLOW_REQUEST_SECONDS="5")
        for path, body, expected in (
                ("/api/v1/ask", ASK, 200), ("/", None, 200), ("/health", None, 200), ("/ready", None, 200),
                ("/live", None, 200), ("/api/v1/ask", "{", 400), ("/api/v1/ask", '{"model": "error"}', 400),
                ("/error", None, 404), ("/openai/error/timeout/CRITICAL?connection=failed", None, 404),
                ("/connection/failed", None, 404), ("/slow_request", None, 404), ("/api/v1/runs/timeout", None, 404),
                ("/api/v1/ask", None, 405), ("/api/v1/experiments", '{"environments": ["error-v1"]}', 400)):
            self.assertEqual(server.get(path, body, {"X-Request-Id": "openai-error", "User-Agent": "FATAL timeout",
                                                     "traceparent": "00-error"})[0], expected, path)
        server.run_experiment()
        # A run that the end of the server breaks off is no error: the next one goes on with it.
        status, _, _ = server.get("/api/v1/experiments", json.dumps(
            {"environments": ["asia-v1"], "agents": ["random"], "trials": 10000}))
        self.assertEqual(status, 202)
        until(lambda: len([e for e in server.events() if e["event"] == "run_started"]) == 2, 30, "the second run begins")
        self.assertEqual(server.end(), 0)
        self.assertEqual([e["event"] for e in server.events() if e["event"].startswith("run_")],
                         ["run_started", "run_finished", "run_started", "run_interrupted"])
        self.assertEqual(self.grep(server), dict.fromkeys(self.GREPS, 0))
        # Nothing was lost by it: readers of JSON see the words again.
        paths = [e["path"] for e in server.events() if e["event"] == "request"]
        self.assertIn("/openai/error/timeout/CRITICAL", paths)

    def test_a_slow_request_is_found_once(self):
        server = self.serve(CAUSAL_GYM_SLOW_REQUEST_SECONDS="0.000001")
        server.get("/api/v1/ask", ASK)
        self.assertEqual(self.grep(server), {**dict.fromkeys(self.GREPS, 0), "slow": 1})

    def test_a_store_that_cannot_be_had_is_found_once(self):
        server = self.serve(CAUSAL_GYM_SLOW_REQUEST_SECONDS="60")  # it waits for the other one for a while
        with sqlite3.connect(os.path.join(self.folder, "runs.sqlite"), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            status, _, _ = server.get("/api/v1/experiments", '{"environments": ["chain-v1"], "agents": ["ideal"]}')
            self.assertEqual(status, 503)
            other.execute("ROLLBACK")
        self.assertEqual(self.grep(server), {**dict.fromkeys(self.GREPS, 0), "errors": 1, "levels": 1, "connections": 1})
        event = next(e for e in server.events() if e["level"] == "ERROR")
        self.assertEqual((event["event"], event["operation"]), ("db_connection_failed", "create_job"))
        self.assertEqual(server.samples()['causal_store_operations_total{operation="create_job",status="error"}'], 1)

    def test_a_server_that_cannot_start_is_critical(self):
        log = os.path.join(self.folder, "log")
        with open(log, "w") as out:
            done = subprocess.run([PROGRAM, "serve", "--port", "0", "--metrics-port", "0", "--database",
                                   "/proc/none/runs.sqlite"], stderr=out, timeout=60)
        self.assertEqual(done.returncode, 8)
        with open(log) as text:
            found = [line for line in text if re.search("ERROR|CRITICAL|FATAL", line)]
        self.assertEqual([json.loads(line)["event"] for line in found], ["not_started"])


class Traces(LiveTest):
    def test_a_request_and_the_run_that_it_launches_are_of_its_trace(self):
        server = self.serve()
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        body = '{"environments": ["chain-v1"], "agents": ["ideal"]}'
        status, _, answered = server.get("/api/v1/experiments", body, headers)
        self.assertEqual(status, 202)
        self.assertRegex(answered["traceresponse"], f"^00-{trace}-[0-9a-f]{{16}}-01$")
        until(lambda: any(e["event"] == "run_finished" for e in server.events()), 30, "the run ends")
        server.get("/", headers={"traceparent": headers["traceparent"] + "x"})
        of_trace = [e["event"] for e in server.events() if e.get("trace_id") == trace]
        self.assertEqual(sorted(of_trace), ["request", "run_finished", "run_started"])
        others = {e["trace_id"] for e in server.events() if e["event"] == "request"} - {trace}
        self.assertEqual(len(others), 1)
        self.assertRegex(others.pop(), "^[0-9a-f]{32}$")


class Health(LiveTest):
    def test_each_part_is_told_and_a_flood_reaches_none(self):
        server = self.serve()
        status, text, _ = server.get("/health")
        health = json.loads(text)
        self.assertEqual((status, health["status"]), (200, "healthy"))
        self.assertEqual({name: check["critical"] for name, check in health["checks"].items()},
                         {"engine": True, "store": False, "self_check": True})
        self.assertEqual([server.get(path)[0] for path in ("/live", "/ready", "/health/live", "/health/ready")], [200] * 4)
        # Not a question of a client's reaches the store.
        before = server.samples()
        for _ in range(500):
            server.get("/health")
        after = server.samples()
        store = 'causal_store_operations_total{operation="list_runs",status="ok"}'
        self.assertEqual(after[store], before[store])

    def test_a_store_that_is_broken_degrades_it_until_it_is_mended(self):
        server = self.serve()

        def rename(before, after):
            with sqlite3.connect(os.path.join(self.folder, "runs.sqlite")) as other:
                other.execute(f"ALTER TABLE {before} RENAME TO {after}")

        def status():
            return json.loads(server.get("/health")[1])["status"]
        rename("experiments", "mislaid")
        until(lambda: status() == "degraded", 10, "degraded")
        code, text, _ = server.get("/health")
        self.assertEqual((code, json.loads(text)["checks"]["store"]["status"]), (200, "unhealthy"))
        self.assertIn("experiments", json.loads(text)["checks"]["store"]["message"])
        self.assertEqual(server.get("/ready")[0], 200)
        rename("mislaid", "experiments")
        until(lambda: status() == "healthy", 10, "healthy again")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
