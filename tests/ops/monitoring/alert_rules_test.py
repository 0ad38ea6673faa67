#!/usr/bin/env python3
"""The rules of Prometheus: each alert says what it is and where to read on, and has been seen to fire and to keep quiet.

usage: alert_rules_test.py ROOT
"""
import collections
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from yaml_file import read_yaml  # noqa: E402

ROOT = pathlib.Path(sys.argv[1])
MONITORING = ROOT / "monitoring"
TESTS = sorted((MONITORING / "tests").glob("*_test.yml"))
SEVERITIES = {"critical", "warning", "none"}
MOST_SECONDS = 240


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=MOST_SECONDS)
    return done.returncode, done.stdout + done.stderr


def rules(name, kind):
    return [rule for group in read_yaml(MONITORING / name)["groups"] for rule in group["rules"] if kind in rule]


class Configuration(unittest.TestCase):
    def test_prometheus_takes_both_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("prometheus.yml", "prometheus.host.yml", "alert.rules.yml", "recording.rules.yml"):
                shutil.copy(MONITORING / name, folder)
            for name in ("prometheus.yml", "prometheus.host.yml"):
                code, said = promtool("check", "config", pathlib.Path(folder) / name)
                self.assertEqual(code, 0, said)
                self.assertIn("2 rule files found", said)

    def test_a_host_and_a_stack_of_containers_have_the_same_jobs_and_rules(self):
        stack, host = (read_yaml(MONITORING / name) for name in ("prometheus.yml", "prometheus.host.yml"))
        for one in (stack, host):
            one["jobs"] = [job["job_name"] for job in one.pop("scrape_configs")]
            del one["alerting"]
        self.assertEqual(stack, host)
        self.assertEqual(set(stack["jobs"]), {"app", "worker", "postgres", "redis", "nginx", "node", "containers", "prometheus", "alertmanager"})

    def test_the_runbooks_name_is_recorded(self):
        names = [rule["record"] for rule in rules("recording.rules.yml", "record")]
        self.assertIn("causal_inference_duration_seconds", names)
        self.assertEqual(len(names), len(set(names)))
        for name in set(names) - {"causal_inference_duration_seconds"}:
            self.assertRegex(name, r"^[a-z]+:[a-z0-9_]+:[a-z0-9_]+$")


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.alerts = rules("alert.rules.yml", "alert")

    def test_each_says_what_it_is_and_where_to_read_on(self):
        document = (ROOT / "docs/operations/alerts.md").read_text(encoding="utf-8")
        headings = re.findall(r"^### (\w+)$", document, re.MULTILINE)
        self.assertEqual(headings, [alert["alert"] for alert in self.alerts], "the document has the alerts in their order")
        for alert in self.alerts:
            with self.subTest(alert["alert"]):
                self.assertIn(alert["labels"]["severity"], SEVERITIES)
                self.assertTrue(alert["labels"]["area"])
                said = alert["annotations"]
                self.assertEqual(set(said), {"summary", "description", "runbook_url"})
                self.assertEqual(said["runbook_url"], f"docs/operations/alerts.md#{alert['alert'].lower()}")
                self.assertLess(len(re.sub(r"{{.*?}}", "X", said["summary"])), 80)
                told = re.search(rf"^### {alert['alert']}\n\n(\w+)\. ", document, re.MULTILINE)
                self.assertEqual(told and told[1].lower(), alert["labels"]["severity"])

    def test_each_was_seen_to_fire_and_to_keep_quiet(self):
        seen = collections.defaultdict(set)
        for path in TESTS:
            for group in read_yaml(path)["tests"]:
                for one in group["alert_rule_test"]:
                    seen[one["alertname"]].add(bool(one["exp_alerts"]))
        self.assertEqual({name: both for name, both in seen.items() if both != {True, False}}, {})
        self.assertEqual(set(seen), {alert["alert"] for alert in self.alerts})

    def test_promtool_sees_the_same(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for path, (code, said) in zip(TESTS, pool.map(lambda path: promtool("test", "rules", path), TESTS)):
                self.assertEqual(code, 0, f"{path.name}: {said}")

    def test_a_recorded_mean_is_not_spoilt_by_silence(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test.yml"
            path.write_text(f"""
rule_files: [{MONITORING / 'recording.rules.yml'}]
tests:
  - interval: 1m
    input_series:
      - series: causal_inference_duration_seconds_sum{{method="ask"}}
        values: 0+3x20 60x20
      - series: causal_inference_duration_seconds_count{{method="ask"}}
        values: 0+6x20 120x20
    promql_expr_test:
      - expr: avg_over_time(causal_inference_duration_seconds[7d])
        eval_time: 40m
        exp_samples: [{{labels: '{{method="ask"}}', value: 0.5}}]
      - expr: causal_inference_duration_seconds
        eval_time: 40m
        exp_samples: []
""", encoding="utf-8")
            self.assertEqual(promtool("test", "rules", path)[0], 0, promtool("test", "rules", path)[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
